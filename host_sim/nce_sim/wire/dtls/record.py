"""DTLS 1.2 records: framing, connection IDs, replay window (RFC 6347, 4.1; RFC 9146, 4).

    for record in parse_records(datagram, connection_id_bytes=8): ...
    header = record_header(record.content_type, record.epoch, record.sequence, len(fragment))

A datagram holds whole records; those that cannot be read are dropped silently (RFC 6347, 4.1.2.7).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23
TLS12_CID = 25  # RFC 9146, 4: the true type is inside

DTLS_1_0 = 0xFEFF
DTLS_1_2 = 0xFEFD

HEADER_BYTES = 13
MAX_PLAINTEXT_BYTES = 1 << 14
# RFC 5246, 6.2.3: a protected fragment is at most 2048 bytes longer than its plaintext.
MAX_FRAGMENT_BYTES = MAX_PLAINTEXT_BYTES + 2048
MAX_SEQUENCE = (1 << 48) - 1

_HEADER = struct.Struct("!BHHHI")
_CONTENT_TYPES = frozenset((CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, TLS12_CID))
# DTLS 1.0 in the record header of a first ClientHello is usual (RFC 6347, 4.2.1).
_VERSIONS = frozenset((DTLS_1_0, DTLS_1_2))


class BadRecord(Exception):
    """A record that does not authenticate or cannot be read; the RFC asks to drop it silently."""


class Record(NamedTuple):
    """One record as it came: the fragment is still protected when the epoch says so."""

    content_type: int
    version: int
    epoch: int
    sequence: int
    fragment: bytes
    connection_id: bytes = b""

    @property
    def wire_bytes(self) -> int:
        """How long the record is in its datagram."""
        return HEADER_BYTES + len(self.connection_id) + len(self.fragment)


def parse_records(datagram: bytes, connection_id_bytes: int = 0) -> Iterator[Record]:
    """Yield the readable records of a datagram; the rest of a broken one is dropped.

    The receiver chose its connection IDs, so it knows their length, which no record tells
    (RFC 9146, 3). With 0 there are none, and a record of that type ends the reading.
    """
    at = 0
    while len(datagram) - at >= HEADER_BYTES:
        content_type, version, epoch, high, low = _HEADER.unpack_from(datagram, at)
        if content_type == TLS12_CID and not connection_id_bytes:
            return
        cid_end = at + _HEADER.size + (connection_id_bytes if content_type == TLS12_CID else 0)
        connection_id = datagram[at + _HEADER.size : cid_end]
        at = cid_end + 2
        length = int.from_bytes(datagram[cid_end:at], "big")
        if length > MAX_FRAGMENT_BYTES or length > len(datagram) - at:
            return
        fragment = datagram[at : at + length]
        at += length
        if content_type in _CONTENT_TYPES and version in _VERSIONS:
            sequence = high << 32 | low
            yield Record(content_type, version, epoch, sequence, fragment, connection_id)


def record_header(
    content_type: int, epoch: int, sequence: int, length: int, connection_id: bytes = b""
) -> bytes:
    """The header of a fragment of `length` bytes: 13 bytes and the connection ID."""
    start = _HEADER.pack(content_type, DTLS_1_2, epoch, sequence >> 32, sequence & 0xFFFFFFFF)
    return start + connection_id + length.to_bytes(2, "big")


def inner_plaintext(content_type: int, content: bytes, pad_to_bytes: int = 1) -> bytes:
    """Content, true type, zeros: what a record with a connection ID protects (RFC 9146, 4)."""
    inner = content + bytes([content_type])
    return inner + bytes(-len(inner) % pad_to_bytes)


def split_inner_plaintext(inner: bytes) -> tuple[int, bytes]:
    """The true type and the content; BadRecord when there is nothing but zeros."""
    content = inner.rstrip(b"\0")
    if not content:
        raise BadRecord("an inner plaintext without a content type (RFC 9146, 4)")
    return content[-1], content[:-1]


def sequence_bytes(epoch: int, sequence: int) -> bytes:
    """Epoch and sequence number as the 64 bits that MACs and nonces use (RFC 6347, 4.1.2.1)."""
    return (epoch << 48 | sequence).to_bytes(8, "big")


class ReplayWindow:
    """Which of the last 64 sequence numbers were seen (RFC 6347, 4.1.2.6)."""

    WIDTH = 64

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0

    def is_newest(self, sequence: int) -> bool:
        """Whether `sequence` is above all seen: the only one that may tell a new address."""
        return sequence > self._highest

    def is_fresh(self, sequence: int) -> bool:
        """Whether `sequence` is neither seen before nor too old to tell."""
        if sequence > self._highest:
            return True
        age = self._highest - sequence
        return age < self.WIDTH and not self._seen >> age & 1

    def mark(self, sequence: int) -> None:
        """Note an authenticated record; only then, or a forger could move the window."""
        if sequence > self._highest:
            shift = min(sequence - self._highest, self.WIDTH)
            self._seen = (self._seen << shift | 1) & ((1 << self.WIDTH) - 1)
            self._highest = sequence
        elif self._highest - sequence < self.WIDTH:
            self._seen |= 1 << (self._highest - sequence)
