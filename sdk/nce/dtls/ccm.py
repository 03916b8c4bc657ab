"""AES-CCM in place on a bytearray (RFC 3610), over any AES block function.

    ccm = Ccm(aes_block(key), tag_length=8)
    ccm.seal(buffer, start, length, nonce, additional)     # buffer holds room for the tag
    is_genuine = ccm.open(buffer, start, length, nonce, additional)

Scratch space is allocated once: a record leaves no garbage. Nonces must never repeat.
"""


class Ccm:
    """One key. `encrypt(source, destination)` encrypts a 16-byte block."""

    def __init__(self, encrypt, tag_length):
        self._encrypt = encrypt
        self._tag_length = tag_length
        self._mac = bytearray(16)
        self._counter = bytearray(16)
        self._stream = bytearray(16)

    def seal(self, buffer, start, length, nonce, additional):
        """Encrypt buffer[start:start + length] in place and write the tag behind it."""
        self._begin(length, nonce, additional)
        mac = self._mac
        stream = self._stream
        for index in range(length):
            at = index & 15
            if at == 0:
                self._next_stream()
            byte = buffer[start + index]
            mac[at] ^= byte
            buffer[start + index] = byte ^ stream[at]
            if at == 15:
                self._encrypt(mac, mac)
        if length & 15:
            self._encrypt(mac, mac)
        self._tag_stream(len(nonce))
        end = start + length
        for index in range(self._tag_length):
            buffer[end + index] = mac[index] ^ stream[index]

    def open(self, buffer, start, length, nonce, additional):
        """Decrypt buffer[start:start + length], whose tag follows it, in place.

        True when the tag is right. When it is False, nobody may look at the buffer.
        """
        self._begin(length, nonce, additional)
        mac = self._mac
        stream = self._stream
        for index in range(length):
            at = index & 15
            if at == 0:
                self._next_stream()
            byte = buffer[start + index] ^ stream[at]
            mac[at] ^= byte
            buffer[start + index] = byte
            if at == 15:
                self._encrypt(mac, mac)
        if length & 15:
            self._encrypt(mac, mac)
        self._tag_stream(len(nonce))
        end = start + length
        difference = 0
        for index in range(self._tag_length):
            difference |= buffer[end + index] ^ mac[index] ^ stream[index]
        return difference == 0

    def _begin(self, length, nonce, additional):
        # RFC 3610, 2.2: B_0 and the additional data; 2.3: the counter blocks A_i.
        mac = self._mac
        counter = self._counter
        nonce_length = len(nonce)
        size_length = 15 - nonce_length
        if not 2 <= size_length <= 8 or length >> (8 * size_length):
            raise ValueError("%d bytes with a nonce of %d" % (length, nonce_length))
        if not 0 < len(additional) < 0xFF00:
            raise ValueError("additional data of %d bytes" % len(additional))
        mac[0] = 0x40 | (self._tag_length - 2) // 2 << 3 | size_length - 1
        counter[0] = size_length - 1
        for index in range(nonce_length):
            mac[1 + index] = counter[1 + index] = nonce[index]
        for index in range(1 + nonce_length, 16):
            counter[index] = 0
            mac[index] = length >> (8 * (15 - index)) & 0xFF
        self._encrypt(mac, mac)
        mac[0] ^= len(additional) >> 8
        mac[1] ^= len(additional) & 0xFF
        at = 2
        for index in range(len(additional)):
            mac[at] ^= additional[index]
            at = at + 1 & 15
            if at == 0:
                self._encrypt(mac, mac)
        if at:
            self._encrypt(mac, mac)

    def _next_stream(self):
        counter = self._counter
        index = 15
        while True:
            counter[index] = counter[index] + 1 & 0xFF
            if counter[index]:
                break
            index -= 1
        self._encrypt(counter, self._stream)

    def _tag_stream(self, nonce_length):
        # S_0 masks the tag.
        counter = self._counter
        for index in range(1 + nonce_length, 16):
            counter[index] = 0
        self._encrypt(counter, self._stream)
