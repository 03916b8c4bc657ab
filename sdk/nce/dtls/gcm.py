"""AES-GCM in place on a bytearray (NIST SP 800-38D), over any AES block function.

    gcm = Gcm(aes_block(key), tag_length=16)
    gcm.seal(buffer, start, length, nonce, additional)     # buffer holds room for the tag
    is_genuine = gcm.open(buffer, start, length, nonce, additional)

The interface of `nce.dtls.ccm`, loaded when a server chose GCM. GHASH goes by 4 bits with a table
of 16 multiples of its key: without a carry-less multiplication it takes some ten times as long as
CCM's second AES pass, so offer CCM first.
"""

# What the 4 bits that fall off are worth: each times x^128 = 1 + x + x^2 + x^7.
_FALLEN = (
    b"\x00\x00\x1c\x20\x38\x40\x24\x60\x70\x80\x6c\xa0\x48\xc0\x54\xe0"
    b"\xe1\x00\xfd\x20\xd9\x40\xc5\x60\x91\x80\x8d\xa0\xa9\xc0\xb5\xe0"
)


class Gcm:
    """One key. `encrypt(source, destination)` encrypts a 16-byte block; nonces have 12 bytes."""

    def __init__(self, encrypt, tag_length):
        self._encrypt = encrypt
        self._tag_length = tag_length
        self._counter = bytearray(16)
        self._stream = bytearray(16)
        self._hash = bytearray(16)
        # Multiples of the hash key by every polynomial of 4 bits, the highest bit first.
        key = bytearray(16)
        encrypt(key, key)
        multiple = int.from_bytes(key, "big")
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

    def seal(self, buffer, start, length, nonce, additional):
        """Encrypt buffer[start:start + length] in place and write the tag behind it."""
        self._xor_stream(buffer, start, length, nonce)
        end = start + length
        buffer[end : end + self._tag_length] = self._tag(buffer, start, end, nonce, additional)

    def open(self, buffer, start, length, nonce, additional):
        """Decrypt buffer[start:start + length], whose tag follows it, in place.

        True when the tag is right; when it is False, the buffer is as it was.
        """
        end = start + length
        tag = self._tag(buffer, start, end, nonce, additional)
        difference = 0
        for index in range(self._tag_length):
            difference |= buffer[end + index] ^ tag[index]
        if difference:
            return False
        self._xor_stream(buffer, start, length, nonce)
        return True

    def _xor_stream(self, buffer, start, length, nonce):
        # SP 800-38D, 6.5; block 1 is the tag's.
        counter = self._counter
        stream = self._stream
        counter[:12] = nonce
        for index in range(length):
            at = index & 15
            if at == 0:
                number = index // 16 + 2
                counter[12:] = bytes((0, number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF))
                self._encrypt(counter, stream)
            buffer[start + index] ^= stream[at]

    def _tag(self, buffer, start, end, nonce, additional):
        # SP 800-38D, 7.1: additional data and ciphertext, each padded, then their lengths in bits.
        view = memoryview(buffer)
        value = self._ghash(0, additional, 0, len(additional))
        value = self._ghash(value, view, start, end)
        value ^= len(additional) << 67 | (end - start) << 3
        value = self._multiply(value)
        counter = self._counter
        counter[:12] = nonce
        counter[12:] = b"\x00\x00\x00\x01"
        self._encrypt(counter, self._stream)
        value ^= int.from_bytes(self._stream, "big")
        return value.to_bytes(16, "big")[: self._tag_length]

    def _ghash(self, value, data, start, end):
        while start < end:
            block = bytes(data[start : min(start + 16, end)])
            if len(block) < 16:
                block += bytes(16 - len(block))
            value = self._multiply(value ^ int.from_bytes(block, "big"))
            start += 16
        return value

    def _multiply(self, value):
        # By the hash key: 4 bits of the value at a time, the last ones first.
        multiples = self._multiples
        product = 0
        for _ in range(32):
            fallen = product & 15
            product >>= 4
            product ^= (_FALLEN[2 * fallen] << 8 | _FALLEN[2 * fallen + 1]) << 112
            product ^= multiples[value & 15]
            value >>= 4
        return product
