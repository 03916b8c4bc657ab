"""The only seam to the interpreter's cryptography, and the functions of TLS 1.2 on top of it.

    encrypt = aes_block(key)         # encrypt(source, destination), buffers of whole blocks
    encrypt = cbc_encryptor(key, vector)
    digest = Hmac(key).digest(part, part)
    same = equal(expected, received) # in a time that does not depend on the bytes
    master = prf(psk_premaster(key), b"extended master secret", session_hash, 48)

AES comes from `cryptolib` on MicroPython, from `cryptography` on CPython where it is installed,
and from `nce.dtls.aes` elsewhere; `aead` has CCM and GCM where `cryptography` does. SHA-256
comes from `hashlib`; MicroPython's has no `copy`, so HMAC starts again each time (RFC 2104).
"""

import hashlib

if 1 - 1:
    from nce.seams import Any, Buffer, Crypt


try:
    from cryptolib import aes

    def aes_block(key: bytes) -> "Crypt":
        """One key's encryption of blocks, each by itself."""
        return aes(key, 1).encrypt  # type: ignore[no-any-return]  # mode 1 is ECB

    def cbc_encryptor(key: bytes, vector: "Buffer") -> "Crypt":
        """One key's CBC encryption, which goes on from where its last call ended."""
        return aes(key, 2, vector).encrypt  # type: ignore[no-any-return]  # mode 2 is CBC

    def aead(_is_gcm: bool) -> "Any":
        """None: CCM and GCM are made of AES here."""

except ImportError:
    from nce.dtls.aes import aead, aes_block, cbc_encryptor  # type: ignore[assignment]  # noqa: F401


def sha256(*parts: "Buffer") -> bytes:
    """The SHA-256 digest of the parts, one after the other."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part)
    return state.digest()


class Hmac:
    """HMAC-SHA-256 with one key (RFC 2104)."""

    def __init__(self, key: bytes) -> None:
        if len(key) > 64:
            key = sha256(key)
        inner = bytearray(b"\x36" * 64)
        outer = bytearray(b"\x5c" * 64)
        for index in range(len(key)):
            inner[index] ^= key[index]
            outer[index] ^= key[index]
        self._inner = inner
        self._outer = outer

    def digest(self, *parts: "Buffer") -> bytes:
        """The 32-byte code of the parts, one after the other."""
        return sha256(self._outer, sha256(self._inner, *parts))


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """P_SHA256(secret, label + seed), `length` bytes (RFC 5246, 5)."""
    hmac = Hmac(secret)
    output = bytearray()
    chain = hmac.digest(label, seed)
    while len(output) < length:
        output.extend(hmac.digest(chain, label, seed))
        chain = hmac.digest(chain)
    return bytes(output[:length])


def psk_premaster(key: bytes) -> bytes:
    """The premaster secret of a plain pre-shared key (RFC 4279, 2)."""
    length = bytes((len(key) >> 8, len(key) & 0xFF))
    return length + bytes(len(key)) + length + key


def equal(expected: "Buffer", received: "Buffer") -> bool:
    """Compare in a time that does not tell where the first difference is."""
    if len(expected) != len(received):
        return False
    difference = 0
    for index in range(len(expected)):
        difference |= expected[index] ^ received[index]
    return difference == 0
