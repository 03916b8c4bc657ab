"""DTLS 1.2 records: framing, replay window (RFC 6347, 4.1).

    for record in parse_records(datagram): ...
    header = record_header(record.content_type, record.epoch, record.sequence, len(fragment))

A datagram holds whole records; what cannot be read is left out in silence (RFC 6347, 4.1.2.7).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23

DTLS_1_0 = 0xFEFF
DTLS_1_2 = 0xFEFD

HEADER_BYTES = 13
MAX_PLAINTEXT_BYTES = 1 << 14
# RFC 5246, 6.2.3: a protected fragment is at most 2048 bytes longer than its plaintext.
MAX_FRAGMENT_BYTES = MAX_PLAINTEXT_BYTES + 2048
MAX_SEQUENCE = (1 << 48) - 1

_HEADER = struct.Struct("!BHHHIH")
_CONTENT_TYPES = frozenset((CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA))
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


def parse_records(datagram: bytes) -> Iterator[Record]:
    """Yield the readable records of a datagram; the rest of a broken one is dropped."""
    at = 0
    while len(datagram) - at >= HEADER_BYTES:
        content_type, version, epoch, high, low, length = _HEADER.unpack_from(datagram, at)
        at += HEADER_BYTES
        if length > MAX_FRAGMENT_BYTES or length > len(datagram) - at:
            return
        fragment = datagram[at : at + length]
        at += length
        if content_type in _CONTENT_TYPES and version in _VERSIONS:
            yield Record(content_type, version, epoch, high << 32 | low, fragment)


def record_header(content_type: int, epoch: int, sequence: int, length: int) -> bytes:
    """The 13 bytes before a fragment of `length` bytes."""
    return _HEADER.pack(
        content_type, DTLS_1_2, epoch, sequence >> 32, sequence & 0xFFFFFFFF, length
    )


def sequence_bytes(epoch: int, sequence: int) -> bytes:
    """Epoch and sequence number as the 64 bits that MACs and nonces use (RFC 6347, 4.1.2.1)."""
    return (epoch << 48 | sequence).to_bytes(8, "big")


class ReplayWindow:
    """Which of the last 64 sequence numbers were seen (RFC 6347, 4.1.2.6)."""

    WIDTH = 64

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0

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
