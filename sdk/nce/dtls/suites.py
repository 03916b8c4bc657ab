"""The cipher suites as rows, and what protects the records of a session (RFC 6655, 5487).

    from nce.dtls.client import Client

    client = Client(identity, key, os.urandom, suites=(PSK_AES_128_CCM_8, PSK_AES_128_GCM_SHA256))
    write, read = protections(suite, block, encrypt_then_mac)

All have AES-128 and SHA-256. The code of a suite is loaded when a server has chosen it.
"""

import struct
from collections import namedtuple

from nce.const import const
from nce.dtls.primitives import aead

if 1 - 1:
    from nce.seams import Aead, NamedTuple, Protection

    # mac_length, salt_length: what each direction takes of the key block besides its key.
    # tag_length: the tag or code behind each record. needs_encrypt_then_mac: refused with a server
    # without it.
    class Suite(NamedTuple):
        number: int
        name: str
        mac_length: int
        salt_length: int
        tag_length: int
        needs_encrypt_then_mac: bool

else:
    Suite = namedtuple(  # type: ignore[no-redef]
        "Suite",
        ("number", "name", "mac_length", "salt_length", "tag_length", "needs_encrypt_then_mac"),
    )

_KEY_LENGTH = const(16)

PSK_AES_128_CCM_8 = Suite(0xC0A8, "CCM_8", 0, 4, 8, False)
PSK_AES_128_CCM = Suite(0xC0A4, "CCM", 0, 4, 16, False)
PSK_AES_128_GCM_SHA256 = Suite(0x00A8, "GCM", 0, 4, 16, False)
PSK_AES_128_CBC_SHA256 = Suite(0x00AE, "CBC", 32, 0, 32, True)
# For a server that has nothing else: see nce.dtls.cbc. Offer it instead of the one before.
PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT = Suite(0x00AE, "CBC", 32, 0, 32, False)

ALL = (
    PSK_AES_128_CCM_8,
    PSK_AES_128_CCM,
    PSK_AES_128_GCM_SHA256,
    PSK_AES_128_CBC_SHA256,
)


def key_block_length(suite: "Suite") -> int:
    """The bytes of key block that a suite takes for both directions (RFC 5246, 6.3)."""
    return 2 * (suite.mac_length + _KEY_LENGTH + suite.salt_length)


def protections(
    suite: "Suite", block: bytes, encrypt_then_mac: bool = False
) -> "list[Protection]":
    """What seals our records and what opens the server's, from the key block (RFC 5246, 6.3).

    The block has the MAC keys, the keys and the salts, each first ours, then the server's.
    """
    mac, salt = suite.mac_length, suite.salt_length
    keys = 2 * mac
    salts = keys + 2 * _KEY_LENGTH
    both: "list[Protection]" = []
    for side in (0, 1):
        encrypt_key = block[keys + side * _KEY_LENGTH :][:_KEY_LENGTH]
        if mac:
            from nce.dtls.cbc import CbcProtection

            mac_key = block[side * mac :][:mac]
            both.append(CbcProtection(encrypt_key, mac_key, encrypt_then_mac))
            continue
        is_gcm = suite.number == 0x00A8
        mode = aead(is_gcm)
        if mode is None and is_gcm:
            from nce.dtls.gcm import Gcm as mode
        elif mode is None:
            from nce.dtls.ccm import Ccm as mode
        made = mode(encrypt_key, suite.tag_length)
        both.append(AeadProtection(made, suite.tag_length, block[salts + side * salt :][:salt]))
    return both


class AeadProtection:
    """One direction of a session, by CCM or GCM with the record's number as explicit nonce."""

    def __init__(self, mode: "Aead", tag_length: int, salt: bytes) -> None:
        self._mode = mode
        self._tag_length = tag_length
        self._salt = salt

    def room(self, size: int) -> int:
        """The most plaintext of which the fragment has `size` bytes."""
        return size - 8 - self._tag_length

    def seal(self, number: bytes, header: bytes, plaintext: bytes) -> bytes:
        """The fragment of a record. `number` is its epoch and sequence, never the same twice.

        `header` is what the tag covers besides, but for the length at its end.
        """
        header += struct.pack(">H", len(plaintext))
        return number + self._mode.seal(self._salt + number, plaintext, header)

    def open(self, _number: bytes, header: bytes, fragment: bytes) -> "bytes | None":
        """The plaintext of a fragment, or None when it is not genuine."""
        length = self.room(len(fragment))
        if length < 0:
            return None
        header += struct.pack(">H", length)
        return self._mode.open(self._salt + fragment[:8], fragment[8:], header)
