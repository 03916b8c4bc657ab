"""AES-GCM (NIST SP 800-38D) over the AES of `nce.dtls.primitives`.

    gcm = Gcm(key, tag_length=16)
    sealed = gcm.seal(nonce, plaintext, additional)   # ciphertext and tag
    plaintext = gcm.open(nonce, sealed, additional)   # None when the tag is wrong

The interface is that of `nce.dtls.ccm`; it is loaded when a server chooses GCM. GHASH takes 4 bits
at a time, with a table of 16 multiples of its key. Without a carry-less multiplication it takes
about ten times as long as CCM's second AES pass, so offer CCM first.
"""

from nce.dtls.ccm import counted
from nce.dtls.primitives import aes_block

if 1 - 1:
    from nce.seams import Any


# What the 4 bits that fall off are worth: each times x^128 = 1 + x + x^2 + x^7.
_FALLEN = (
    b"\x00\x00\x1c\x20\x38\x40\x24\x60\x70\x80\x6c\xa0\x48\xc0\x54\xe0"
    b"\xe1\x00\xfd\x20\xd9\x40\xc5\x60\x91\x80\x8d\xa0\xa9\xc0\xb5\xe0"
)


class Gcm:
    """One key. Nonces have 12 bytes."""

    def __init__(self, key: bytes, tag_length: int, aes_block: "Any" = aes_block) -> None:
        encrypt = self._encrypt = aes_block(key)
        self._tag_length = tag_length
        # The hash key times every polynomial of 4 bits, the highest bit first.
        block = bytearray(16)
        encrypt(block, block)
        multiple = int.from_bytes(block, "big")
        multiples = [0] * 16
        for bit in (8, 4, 2, 1):
            multiples[bit] = multiple
            multiple = multiple >> 1 ^ ((multiple & 1) * (0xE1 << 120))
        for index in range(16):
            multiples[index] = (
                multiples[index & 8]
                ^ multiples[index & 4]
                ^ multiples[index & 2]
                ^ multiples[index & 1]
            )
        self._multiples = multiples

    def seal(self, nonce: bytes, plaintext: bytes, additional: bytes) -> bytes:
        """Ciphertext and tag."""
        masked = self._count(nonce, plaintext)
        ciphertext = masked[32:]
        return ciphertext + self._tag(ciphertext, additional, masked)

    def open(self, nonce: bytes, sealed: bytes, additional: bytes) -> "bytes | None":
        """The plaintext, or None when the tag is wrong."""
        length = len(sealed) - self._tag_length
        if length < 0:
            return None
        ciphertext = sealed[:length]
        plain = self._count(nonce, ciphertext)
        tag = self._tag(ciphertext, additional, plain)
        difference = 0
        for index in range(self._tag_length):
            difference |= sealed[length + index] ^ tag[index]
        return None if difference else plain[32:]

    def _count(self, nonce: bytes, data: bytes) -> bytes:
        # SP 800-38D, 7.1: block 1 masks the tag, the data begin with block 2.
        return counted(self._encrypt, nonce + b"\x00\x00", bytes(32) + data)

    def _tag(self, ciphertext: bytes, additional: bytes, mask: bytes) -> bytes:
        # Additional data and ciphertext, each padded, then their lengths in bits.
        value = self._ghash(self._ghash(0, additional), ciphertext)
        value = self._multiply(value ^ len(additional) << 67 ^ len(ciphertext) << 3)
        value ^= int.from_bytes(mask[16:32], "big")
        return value.to_bytes(16, "big")[: self._tag_length]

    def _ghash(self, value: int, data: bytes) -> int:
        for start in range(0, len(data), 16):
            block = data[start : start + 16]
            block += bytes(16 - len(block))
            value = self._multiply(value ^ int.from_bytes(block, "big"))
        return value

    def _multiply(self, value: int) -> int:
        # Times the hash key: 4 bits of the value at a time, the last ones first.
        multiples = self._multiples
        product = 0
        for _ in range(32):
            fallen = product & 15
            product >>= 4
            product ^= (_FALLEN[2 * fallen] << 8 | _FALLEN[2 * fallen + 1]) << 112
            product ^= multiples[value & 15]
            value >>= 4
        return product
