"""The one seam to cryptography that the interpreter offers.

    encrypt = aes_block(key)         # encrypt(source, destination), 16-byte buffers
    digest = Hmac(key).digest(part, part)
    same = equal(expected, received) # in a time that tells nothing

AES comes from `cryptolib` on MicroPython, from `cryptography` on CPython where it is installed,
and from `nce.dtls.aes` elsewhere. SHA-256 is everybody's `hashlib`; MicroPython's has no `copy`,
so HMAC starts afresh each time (RFC 2104).
"""

import hashlib

_HASH_BLOCK = 64


def _aes_of_cryptolib():
    from cryptolib import aes

    def aes_block(key):
        return aes(bytes(key), 1).encrypt  # mode 1 is ECB

    return aes_block


def _aes_of_cryptography():
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def aes_block(key):
        update = Cipher(algorithms.AES(bytes(key)), modes.ECB()).encryptor().update

        def encrypt(source, destination):
            destination[:] = update(source)

        return encrypt

    return aes_block


def _aes_of_python():
    from nce.dtls.aes import Aes128

    def aes_block(key):
        return Aes128(key).encrypt

    return aes_block


def _first_available():
    for source in (_aes_of_cryptolib, _aes_of_cryptography):
        try:
            return source()
        except ImportError:
            pass
    return _aes_of_python()


aes_block = _first_available()


def sha256(*parts):
    """The SHA-256 digest of the parts, one after the other."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part)
    return state.digest()


class Hmac:
    """HMAC-SHA-256 with one key (RFC 2104)."""

    def __init__(self, key):
        if len(key) > _HASH_BLOCK:
            key = sha256(key)
        inner = bytearray(b"\x36" * _HASH_BLOCK)
        outer = bytearray(b"\x5c" * _HASH_BLOCK)
        for index in range(len(key)):
            inner[index] ^= key[index]
            outer[index] ^= key[index]
        self._inner = inner
        self._outer = outer

    def digest(self, *parts):
        """The 32-byte code of the parts, one after the other."""
        return sha256(self._outer, sha256(self._inner, *parts))


def equal(expected, received):
    """Compare without telling by the time taken where the first difference is."""
    if len(expected) != len(received):
        return False
    difference = 0
    for index in range(len(expected)):
        difference |= expected[index] ^ received[index]
    return difference == 0
