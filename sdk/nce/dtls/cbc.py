"""Records with AES-128-CBC and HMAC-SHA-256 (RFC 5246, 6.2.3.2; encrypt-then-MAC: RFC 7366).

    protection = CbcProtection(encrypt_key, mac_key, encrypt_then_mac)

It takes the place of `nce.dtls.suites.AeadProtection`, and is loaded when a server chooses the
suite.

A server without encrypt-then-MAC puts the code under the encryption, where an attacker can probe
the padding (Lucky 13). RFC 5246's remedy is to take the same time whatever is wrong; Python cannot
promise that. So such a server is refused, unless `PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT` was
offered. Then the same number of bytes is hashed, as far as Python allows, and a wrong record is
dropped silently.
"""

import struct

from nce.dtls.primitives import Hmac, aes_block, cbc_encryptor, equal, sha256

if 1 - 1:
    from nce.seams import Buffer, Crypt


try:
    from cryptolib import aes

    def cbc_decryptor(key: bytes, vector: "Buffer") -> "Crypt":
        """One key's CBC decryption."""
        return aes(key, 2, vector).decrypt  # type: ignore[no-any-return]  # mode 2 is CBC

except ImportError:
    from nce.dtls.aes_inverse import cbc_decryptor


class CbcProtection:
    """One direction of a session."""

    def __init__(self, encrypt_key: bytes, mac_key: bytes, encrypt_then_mac: bool) -> None:
        self._key = encrypt_key
        self._encrypt = aes_block(encrypt_key)
        self._hmac = Hmac(mac_key)
        self._encrypt_then_mac = encrypt_then_mac

    def room(self, size: int) -> int:
        """The most plaintext whose fragment has at most `size` bytes, wherever the code stands."""
        return (size - 48) // 16 * 16 - 1

    def seal(self, number: bytes, header: bytes, plaintext: bytes) -> bytes:
        """The fragment of a record. `number` is its epoch and sequence, never the same twice.

        The code covers `header` too, and the length that follows it.
        """
        body = bytearray(plaintext)
        if not self._encrypt_then_mac:
            body.extend(self._code(header, plaintext))
        padding = 15 - len(body) % 16
        body.extend(bytes((padding,)) * (padding + 1))
        # The encrypted number cannot be predicted (NIST SP 800-38A, appendix C).
        vector = bytearray(number + bytes(8))
        self._encrypt(vector, vector)
        cbc_encryptor(self._key, vector)(body, body)
        fragment = bytes(vector + body)
        if self._encrypt_then_mac:
            fragment += self._code(header, fragment)
        return fragment

    def open(self, _number: bytes, header: bytes, fragment: bytes) -> "bytes | None":
        """The plaintext of a fragment, or None when it is not genuine."""
        if self._encrypt_then_mac:
            if len(fragment) < 64:
                return None
            fragment, code = fragment[:-32], fragment[-32:]
            if not equal(self._code(header, fragment), code):
                return None
        size = len(fragment) - 16
        if size <= 0 or size % 16:
            return None
        body = self._decrypted(fragment)
        padding = body[-1]
        if self._encrypt_then_mac:
            return bytes(body[: size - padding - 1]) if padding < size else None
        return self._checked(header, body, padding)

    def _checked(self, header: bytes, body: bytearray, padding: int) -> "bytes | None":
        # RFC 5246, 6.2.3.2: a wrong padding counts as none, and the code is still computed.
        room = len(body) - 33
        if room < 0:
            return None
        wrong = int(padding > room)
        padding *= 1 - wrong
        for index in range(min(256, len(body))):
            counts = int(index <= padding)
            wrong |= (body[len(body) - 1 - index] ^ padding) * counts
        padding *= int(not wrong)
        length = room - padding
        code = self._code(header, body[:length])
        # As many compressions of SHA-256 in total as the longest plaintext takes.
        covered = len(header) + 2 + 72
        sha256(bytes(64 * ((room + covered) // 64 - (length + covered) // 64)))
        genuine = equal(code, body[length : length + 32])
        return bytes(body[:length]) if genuine and not wrong else None

    def _decrypted(self, fragment: bytes) -> bytearray:
        body = bytearray(fragment[16:])
        cbc_decryptor(self._key, fragment[:16])(body, body)
        return body

    def _code(self, header: bytes, content: "Buffer") -> bytes:
        return self._hmac.digest(header, struct.pack(">H", len(content)), content)
