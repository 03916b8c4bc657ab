"""AES-128 decryption where there is no `cryptolib` (FIPS 197, 5.3), which CBC alone needs.

decrypt = cbc_decryptor(key, vector)
decrypt(blocks, blocks)  # buffers of whole 16-byte blocks, in place if they are the same
"""

from nce.dtls.aes import ROUNDS, SBOX, Aes128, double, native_decryptor

if 1 - 1:
    from nce.seams import Any, Buffer, Crypt


_INVERSE = bytearray(256)
for _index in range(256):
    _INVERSE[SBOX[_index]] = _index
# InvShiftRows: the byte at row r, column c comes from column c - r (5.3.1).
_SHIFTED = bytes([(index - 4 * (index & 3)) & 15 for index in range(16)])


def cbc_decryptor(key: bytes, vector: "Buffer") -> "Crypt":
    """One key's CBC decryption."""
    return native_decryptor(key, vector) or unchained(InverseAes128(key).decrypt, vector)


class InverseAes128(Aes128):
    """One key's schedule, walked backwards."""

    def decrypt(self, source: "Any", destination: "Any") -> None:
        """Decrypt the 16 bytes of `source` into `destination`."""
        state = self._state
        shifted = self._shifted
        schedule = self._schedule
        for index in range(16):
            state[index] = source[index] ^ schedule[16 * ROUNDS + index]
        for position in range(16 * (ROUNDS - 1), -1, -16):
            for index in range(16):
                shifted[index] = _INVERSE[state[_SHIFTED[index]]] ^ schedule[position + index]
            if position:
                _unmix(shifted, state)
        for index in range(16):
            destination[index] = shifted[index]


def _unmix(source: bytearray, destination: bytearray) -> None:
    # InvMixColumns (5.3.3) is MixColumns after a multiplication that doubles twice.
    for column in range(0, 16, 4):
        first, second, third, fourth = source[column : column + 4]
        even = double(double(first ^ third))
        odd = double(double(second ^ fourth))
        first ^= even
        second ^= odd
        third ^= even
        fourth ^= odd
        every = first ^ second ^ third ^ fourth
        destination[column] = first ^ every ^ double(first ^ second)
        destination[column + 1] = second ^ every ^ double(second ^ third)
        destination[column + 2] = third ^ every ^ double(third ^ fourth)
        destination[column + 3] = fourth ^ every ^ double(fourth ^ first)


def unchained(decrypt: "Crypt", vector: "Buffer") -> "Crypt":
    """A block function, as CBC decryption (SP 800-38A, 6.2)."""
    last = bytearray(vector)
    block = bytearray(16)

    def crypt(source: "Any", destination: "Any") -> None:
        for at in range(0, len(source), 16):
            following = bytes(source[at : at + 16])
            decrypt(following, block)
            for index in range(16):
                block[index] ^= last[index]
            destination[at : at + 16] = block
            last[:] = following

    return crypt
