"""The PSK cipher suites of the CoAPS endpoint, as one table.

    suite = SUITES[0xC0A8]
    client_keys, server_keys = suite.split_key_block(key_block)
    protection = suite.protect(server_keys, encrypt_then_mac=False, random_bytes=urandom)
    fragment = protection.seal(Place(content_type, epoch, sequence), plaintext)

AEAD suites follow RFC 6655 (CCM) and RFC 5288/5487 (GCM); the CBC suites follow RFC 5246, 6.2.3.2
with explicit IV, and RFC 7366 where encrypt-then-MAC was agreed. A connection ID changes only
the bytes that are authenticated with the text (RFC 9146, 5).
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

from nce_sim.wire.dtls.record import DTLS_1_2, TLS12_CID, BadRecord, sequence_bytes

RandomBytes = Callable[[int], bytes]

_BLOCK_BYTES = 16
# Epoch and number, type, version, length (RFC 5246, 6.2.3.3; RFC 6347, 4.1.2.1).
_AUTHENTICATED = struct.Struct("!QBHH")
_PLACEHOLDER = b"\xff" * 8  # RFC 9146, 5: no record can have this epoch and number


@dataclass(frozen=True)
class DirectionKeys:
    """Keys of one direction; never shown."""

    mac_key: bytes = field(repr=False)
    key: bytes = field(repr=False)
    fixed_iv: bytes = field(repr=False)


class Place(NamedTuple):
    """The place of a record: its protection covers this as well as the text."""

    content_type: int
    epoch: int
    sequence: int
    connection_id: bytes = b""


class Protection(Protocol):
    """Seals and opens the fragments of one direction."""

    def seal(self, place: Place, plaintext: bytes) -> bytes: ...

    def open(self, place: Place, fragment: bytes) -> bytes: ...


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def _associated_data(place: Place, length: int) -> bytes:
    """The bytes authenticated with the text (RFC 5246, 6.2.3.3; RFC 9146, 5.1 to 5.3)."""
    content_type, epoch, sequence, connection_id = place
    if not connection_id:
        return _AUTHENTICATED.pack(epoch << 48 | sequence, content_type, DTLS_1_2, length)
    numbers = sequence_bytes(epoch, sequence)
    start = struct.pack("!BBBH", TLS12_CID, len(connection_id), TLS12_CID, DTLS_1_2)
    return _PLACEHOLDER + start + numbers + connection_id + length.to_bytes(2, "big")


class AeadProtection:
    """CCM and GCM: explicit nonce of 8 bytes before the ciphertext (RFC 6655, 3)."""

    EXPLICIT_NONCE_BYTES = 8

    def __init__(self, aead: _Aead, tag_bytes: int, fixed_iv: bytes) -> None:
        self._aead = aead
        self._tag_bytes = tag_bytes
        self._fixed_iv = fixed_iv

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        explicit = sequence_bytes(place.epoch, place.sequence)
        authenticated = _associated_data(place, len(plaintext))
        return explicit + self._aead.encrypt(self._fixed_iv + explicit, plaintext, authenticated)

    def open(self, place: Place, fragment: bytes) -> bytes:
        length = len(fragment) - self.EXPLICIT_NONCE_BYTES - self._tag_bytes
        if length < 0:
            raise BadRecord("shorter than a nonce and a tag")
        # The peer's nonce is its own choice; ours need not agree with its sequence number.
        explicit = fragment[: self.EXPLICIT_NONCE_BYTES]
        authenticated = _associated_data(place, length)
        try:
            return self._aead.decrypt(
                self._fixed_iv + explicit, fragment[self.EXPLICIT_NONCE_BYTES :], authenticated
            )
        except InvalidTag:
            raise BadRecord("the tag does not match") from None


class CbcProtection:
    """AES-CBC with HMAC, MAC-then-encrypt or encrypt-then-MAC (RFC 7366)."""

    def __init__(
        self,
        keys: DirectionKeys,
        hash_name: str,
        encrypt_then_mac: bool,
        random_bytes: RandomBytes,
    ) -> None:
        self._hash_name = hash_name
        self._mac_bytes = len(keys.mac_key)  # for HMAC both are the hash's length
        self._mac_key = keys.mac_key
        self._algorithm = algorithms.AES(keys.key)
        self._encrypt_then_mac = encrypt_then_mac
        self._random_bytes = random_bytes

    def _mac(self, place: Place, text: bytes) -> bytes:
        header = _associated_data(place, len(text))
        return hmac.digest(self._mac_key, header + text, self._hash_name)

    def _encrypt(self, iv: bytes, text: bytes) -> bytes:
        padding = _BLOCK_BYTES - 1 - len(text) % _BLOCK_BYTES
        encryptor = Cipher(self._algorithm, modes.CBC(iv)).encryptor()
        return iv + encryptor.update(text + bytes([padding]) * (padding + 1))

    def _decrypt(self, fragment: bytes) -> bytes:
        decryptor = Cipher(self._algorithm, modes.CBC(fragment[:_BLOCK_BYTES])).decryptor()
        return decryptor.update(fragment[_BLOCK_BYTES:])

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        iv = self._random_bytes(_BLOCK_BYTES)
        if self._encrypt_then_mac:
            sealed = self._encrypt(iv, plaintext)
            return sealed + self._mac(place, sealed)
        return self._encrypt(iv, plaintext + self._mac(place, plaintext))

    def open(self, place: Place, fragment: bytes) -> bytes:
        if self._encrypt_then_mac:
            sealed, mac = fragment[: -self._mac_bytes], fragment[-self._mac_bytes :]
            _check_blocks(sealed, 1)
            if not hmac.compare_digest(mac, self._mac(place, sealed)):
                raise BadRecord("the MAC does not match")
            text, _ = _strip_padding(self._decrypt(sealed))
            return text
        _check_blocks(fragment, 1 + self._mac_bytes // _BLOCK_BYTES)
        text, padding_is_good = _strip_padding(self._decrypt(fragment))
        text, mac = text[: -self._mac_bytes], text[-self._mac_bytes :]
        # The MAC is computed for bad padding too, and both faults look alike (RFC 5246, 6.2.3.2).
        mac_is_good = hmac.compare_digest(mac, self._mac(place, text))
        if not (mac_is_good and padding_is_good):
            raise BadRecord("the MAC does not match")
        return text


def _check_blocks(sealed: bytes, at_least: int) -> None:
    blocks, rest = divmod(len(sealed) - _BLOCK_BYTES, _BLOCK_BYTES)
    if rest or blocks < at_least:
        raise BadRecord("not a whole number of cipher blocks")


def _strip_padding(text: bytes) -> tuple[bytes, bool]:
    count = text[-1] + 1
    good = count <= len(text) and text[-count:] == bytes([count - 1]) * count
    return (text[:-count], True) if good else (text, False)


@dataclass(frozen=True)
class Suite:
    """One row: how long the keys are, and how records are protected."""

    number: int
    name: str
    mac_key_bytes: int
    key_bytes: int
    fixed_iv_bytes: int
    is_aead: bool
    _make: Callable[[DirectionKeys, bool, RandomBytes], Protection]

    @property
    def key_block_bytes(self) -> int:
        return 2 * (self.mac_key_bytes + self.key_bytes + self.fixed_iv_bytes)

    def split_key_block(self, block: bytes) -> tuple[DirectionKeys, DirectionKeys]:
        """Client's and server's keys (RFC 5246, 6.3: MAC keys, keys, then IVs)."""
        parts = []
        at = 0
        for length in (self.mac_key_bytes, self.key_bytes, self.fixed_iv_bytes):
            parts.append((block[at : at + length], block[at + length : at + 2 * length]))
            at += 2 * length
        client = DirectionKeys(*(pair[0] for pair in parts))
        server = DirectionKeys(*(pair[1] for pair in parts))
        return client, server

    def protect(
        self, keys: DirectionKeys, encrypt_then_mac: bool, random_bytes: RandomBytes
    ) -> Protection:
        return self._make(keys, encrypt_then_mac, random_bytes)


def _ccm(tag_bytes: int) -> Callable[[DirectionKeys, bool, RandomBytes], Protection]:
    def make(keys: DirectionKeys, _etm: bool, _random: RandomBytes) -> Protection:
        return AeadProtection(AESCCM(keys.key, tag_length=tag_bytes), tag_bytes, keys.fixed_iv)

    return make


def _gcm(keys: DirectionKeys, _etm: bool, _random: RandomBytes) -> Protection:
    return AeadProtection(AESGCM(keys.key), 16, keys.fixed_iv)


def _cbc(hash_name: str) -> Callable[[DirectionKeys, bool, RandomBytes], Protection]:
    def make(keys: DirectionKeys, encrypt_then_mac: bool, random: RandomBytes) -> Protection:
        return CbcProtection(keys, hash_name, encrypt_then_mac, random)

    return make


# fmt: off
_ROWS = (
    #     number  name                              MAC key IV  AEAD   protection        source
    Suite(0xC0A8, "TLS_PSK_WITH_AES_128_CCM_8",       0, 16, 4, True,  _ccm(8)),       # RFC 6655
    Suite(0xC0A4, "TLS_PSK_WITH_AES_128_CCM",         0, 16, 4, True,  _ccm(16)),      # RFC 6655
    Suite(0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256",  0, 16, 4, True,  _gcm),          # RFC 5487
    # The only suite of the original FreeRTOS blueprint.
    Suite(0x00AE, "TLS_PSK_WITH_AES_128_CBC_SHA256", 32, 16, 0, False, _cbc("sha256")),  # RFC 5487
    # The Arduino blueprint also offers these two; with TLS 1.2 their PRF is SHA-256.
    Suite(0x008C, "TLS_PSK_WITH_AES_128_CBC_SHA",    20, 16, 0, False, _cbc("sha1")),  # RFC 4279
    Suite(0x008D, "TLS_PSK_WITH_AES_256_CBC_SHA",    20, 32, 0, False, _cbc("sha1")),  # RFC 4279
)
# fmt: on
SUITES = {suite.number: suite for suite in _ROWS}
