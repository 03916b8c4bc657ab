"""AES-128 where there is no `cryptolib`: `cryptography`'s, or our own (FIPS 197; SP 800-38A).

    encrypt = aes_block(key)
    encrypt(blocks, blocks)  # buffers of whole 16-byte blocks, in place if they are the same
    encrypt = cbc_encryptor(key, vector)  # goes on from where its last call ended
    mode = aead(is_gcm)(key, tag_length)  # if there is one: mode.seal, mode.open

Our own takes about 40 µs for a block on a PC. The time of its table look-ups depends on the data;
on a board no other program shares the cache.
"""

# `Cipher` stands for all names of `cryptography`: without them it is None.
# pyright: reportPossiblyUnboundVariable=false

if 1 - 1:
    from nce.seams import Any, Buffer, Crypt


try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
except ImportError:
    Cipher = None  # type: ignore[assignment, misc]


class NativeCcm:
    """The interface of `nce.dtls.ccm`."""

    def __init__(self, key: bytes, tag_length: int) -> None:
        self._mode: "AESCCM | AESGCM" = AESCCM(key, tag_length)

    def seal(self, nonce: bytes, plaintext: bytes, additional: bytes) -> bytes:
        """Ciphertext and tag."""
        return self._mode.encrypt(nonce, plaintext, additional)

    def open(self, nonce: bytes, sealed: bytes, additional: bytes) -> "bytes | None":
        """The plaintext, or None when the tag is wrong."""
        try:
            return self._mode.decrypt(nonce, sealed, additional)
        except InvalidTag:
            return None


class NativeGcm(NativeCcm):
    """The interface of `nce.dtls.gcm`."""

    def __init__(self, key: bytes, _tag_length: int) -> None:
        self._mode = AESGCM(key)


def aead(is_gcm: bool) -> "Any":
    """The CCM or GCM of `cryptography`; None where it must be made of AES."""
    if Cipher is None:
        return None
    return NativeGcm if is_gcm else NativeCcm


def aes_block(key: bytes) -> "Crypt":
    """One key's encryption of blocks, each by itself."""
    if Cipher is None:
        return each_block(Aes128(key).encrypt)
    return _into(Cipher(algorithms.AES(bytes(key)), modes.ECB()).encryptor())


def cbc_encryptor(key: bytes, vector: "Buffer") -> "Crypt":
    """One key's CBC encryption."""
    if Cipher is None:
        return chained(Aes128(key).encrypt, vector)
    return _into(Cipher(algorithms.AES(bytes(key)), modes.CBC(bytes(vector))).encryptor())


def native_decryptor(key: bytes, vector: "Buffer") -> "Crypt | None":
    """One key's CBC decryption by `cryptography`, if it is there."""
    if Cipher is None:
        return None
    return _into(Cipher(algorithms.AES(bytes(key)), modes.CBC(bytes(vector))).decryptor())


def _into(context: "Any") -> "Crypt":
    update = context.update

    def crypt(source: "Any", destination: "Any") -> None:
        destination[:] = update(source)

    return crypt


def each_block(encrypt: "Crypt") -> "Crypt":
    """A block function, of whole blocks."""

    def crypt(source: "Any", destination: "Any") -> None:
        source = memoryview(source)
        destination = memoryview(destination)
        for at in range(0, len(source), 16):
            encrypt(source[at : at + 16], destination[at : at + 16])

    return crypt


def chained(encrypt: "Crypt", vector: "Buffer") -> "Crypt":
    """A block function, as CBC encryption (SP 800-38A, 6.2)."""
    last = bytearray(vector)

    def crypt(source: "Any", destination: "Any") -> None:
        for at in range(0, len(source), 16):
            for index in range(16):
                last[index] ^= source[at + index]
            encrypt(last, last)
            destination[at : at + 16] = last

    return crypt


def double(value: int) -> int:
    """Times x in the field of 5.1 (FIPS 197, 4.2.1)."""
    value <<= 1
    return value ^ 0x11B if value & 0x100 else value


def _make_sbox() -> bytes:
    # FIPS 197, 5.1.1: the inverse in GF(2^8), then an affine transformation. 3 generates the
    # field, so its powers and those of its inverse walk through all pairs of inverses.
    sbox = bytearray(256)
    power = inverse = 1
    while True:
        power ^= double(power)  # times 3
        inverse ^= inverse << 1  # times 0xf6, the inverse of 3
        inverse ^= inverse << 2
        inverse ^= inverse << 4
        inverse &= 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        twice = inverse | inverse << 8
        mixed = inverse ^ twice >> 7 ^ twice >> 6 ^ twice >> 5 ^ twice >> 4
        sbox[power] = mixed & 0xFF ^ 0x63
        if power == 1:
            break
    sbox[0] = 0x63
    return bytes(sbox)


SBOX = _make_sbox()
_DOUBLE = bytes([double(value) for value in range(256)])
# ShiftRows: the byte at row r, column c comes from column c + r (5.1.2).
_SHIFTED = bytes([(index + 4 * (index & 3)) & 15 for index in range(16)])
ROUNDS = 10


class Aes128:
    """One key's schedule."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError("an AES-128 key has 16 bytes, not %d" % len(key))
        self._schedule = _expand(key)
        self._state = bytearray(16)
        self._shifted = bytearray(16)

    def encrypt(self, source: "Any", destination: "Any") -> None:
        """Encrypt the 16 bytes of `source` into `destination`."""
        state = self._state
        shifted = self._shifted
        schedule = self._schedule
        for index in range(16):
            state[index] = source[index] ^ schedule[index]
        for position in range(16, 16 * ROUNDS, 16):
            for index in range(16):
                shifted[index] = SBOX[state[_SHIFTED[index]]]
            for column in range(0, 16, 4):
                # MixColumns (5.1.3) and AddRoundKey.
                first = shifted[column]
                second = shifted[column + 1]
                third = shifted[column + 2]
                fourth = shifted[column + 3]
                every = first ^ second ^ third ^ fourth
                at = position + column
                state[column] = first ^ every ^ _DOUBLE[first ^ second] ^ schedule[at]
                state[column + 1] = second ^ every ^ _DOUBLE[second ^ third] ^ schedule[at + 1]
                state[column + 2] = third ^ every ^ _DOUBLE[third ^ fourth] ^ schedule[at + 2]
                state[column + 3] = fourth ^ every ^ _DOUBLE[fourth ^ first] ^ schedule[at + 3]
        for index in range(16):
            destination[index] = SBOX[state[_SHIFTED[index]]] ^ schedule[16 * ROUNDS + index]


def _expand(key: bytes) -> bytearray:
    # 5.2
    schedule = bytearray(16 * (ROUNDS + 1))
    schedule[:16] = key
    constant = 1
    for at in range(16, len(schedule), 4):
        word = schedule[at - 4 : at]
        if at % 16 == 0:
            word = bytearray(
                (SBOX[word[1]] ^ constant, SBOX[word[2]], SBOX[word[3]], SBOX[word[0]])
            )
            constant = double(constant)
        for index in range(4):
            schedule[at + index] = schedule[at + index - 16] ^ word[index]
    return schedule
