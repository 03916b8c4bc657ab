"""DTLS 1.2 records: headers, protection, replay window (RFC 6347, 4.1; RFC 9146).

    records = Records()
    datagram = records.seal(0, 22, b"...")
    for header in headers_of(datagram): plaintext = records.open(datagram, header)
    records.protect(suite, key_block)  # from here on there is epoch 1

A record number is never used twice: a retransmission is sealed again.
"""

import struct

from nce.const import const
from nce.dtls.suites import protections

if 1 - 1:
    from nce.dtls.suites import Suite
    from nce.seams import Protection


_ALERT = const(21)  # RFC 5246, 6.2.1
_HEADER_LENGTH = const(13)
_VERSION_1_2 = const(0xFEFD)
_VERSION_1_0 = const(0xFEFF)  # a HelloVerifyRequest may still carry it (RFC 6347, 4.2.1)


def headers_of(datagram: bytes) -> "list[tuple[int, int, int, int, int]]":
    """Where the records of a datagram lie: a list of (type, epoch, sequence, start, end).

    A record of another version is left out; after one that is longer than the datagram nothing is
    read (RFC 6347, 4.1.2.7: invalid records are discarded silently).
    """
    headers = []
    start = _HEADER_LENGTH
    while start <= len(datagram):
        kind, version, epoch, high, low, length = struct.unpack_from(
            ">BHHHIH", datagram, start - _HEADER_LENGTH
        )
        end = start + length
        if end > len(datagram):
            break
        if version in (_VERSION_1_2, _VERSION_1_0):
            headers.append((kind, epoch, high << 32 | low, start, end))
        start = end + _HEADER_LENGTH
    return headers


class Records:
    """The records of one session in both directions: epoch 0 in the clear, epoch 1 protected."""

    def __init__(self) -> None:
        self.sequences = [0, 0]  # the next number of each epoch
        # Numbers from here on must not be used yet: see nce.dtls.saved.
        self.limit = 1 << 48  # RFC 6347, 4.1: the number must not wrap
        self.epoch = 0  # that of our alerts
        self.window = ReplayWindow()
        self.connection_id = b""  # the server's name for our session (RFC 9146)
        self._protections: "list[Protection]" = []  # ours, the server's

    def protect(self, suite: "Suite", block: bytes, encrypt_then_mac: bool = False) -> None:
        """Give epoch 1 its keys."""
        self._protections = protections(suite, block, encrypt_then_mac)
        self.epoch = 1

    def room(self, size: int) -> int:
        """The most data that a protected record of `size` bytes carries."""
        own = len(self.connection_id)
        return self._protections[0].room(size - _HEADER_LENGTH - own) - (own > 0)

    def seal(self, epoch: int, kind: int, plaintext: bytes) -> bytes:
        """The next record of an epoch, as bytes."""
        sequence = self.sequences[epoch]
        if (epoch and sequence >= self.limit) or sequence >> 48:
            raise OverflowError("record %d of epoch %d is not reserved" % (sequence, epoch))
        self.sequences[epoch] = sequence + 1
        number = struct.pack(">HHI", epoch, sequence >> 32, sequence & 0xFFFFFFFF)
        lead = bytes((kind,)) + b"\xfe\xfd"
        own = b""
        if epoch:
            # The tag covers this and the length: RFC 5246, 6.2.3.3; RFC 9146, 5.
            header = number + lead
            own = self.connection_id
            if own:
                plaintext = bytes(plaintext) + lead[:1]
                lead = b"\x19\xfe\xfd"
                header = b"\xff\xff\xff\xff\xff\xff\xff\xff\x19" + bytes((len(own),))
                header = b"".join((header, lead, number, own))
            plaintext = self._protections[0].seal(number, header, plaintext)
        return b"".join((lead, number, own, struct.pack(">H", len(plaintext)), plaintext))

    def alert(self, level: int, description: int) -> "list[bytes]":
        """The record of an alert, in a list; an empty list when no record number is left."""
        if self.sequences[self.epoch] >= self.limit:
            return []
        return [self.seal(self.epoch, _ALERT, bytes((level, description)))]

    def open(self, datagram: bytes, header: "tuple[int, int, int, int, int]") -> "bytes | None":
        """The plaintext of a record, or None when it is forged, replayed or of no known epoch.

        Epoch 0 has no replay window: OpenSSL 4 uses a record number twice in its first flights.
        """
        kind, epoch, sequence, start, end = header
        if epoch == 0:
            return datagram[start:end]
        if epoch != 1 or not self._protections or not self.window.is_new(sequence):
            return None
        number = datagram[start - 10 : start - 2]
        # We asked for an empty connection ID, so the server's records carry none.
        covered = number + bytes((kind,)) + b"\xfe\xfd"
        plaintext = self._protections[1].open(number, covered, datagram[start:end])
        if plaintext is not None:
            self.window.accept(sequence)
        return plaintext


class ReplayWindow:
    """Which of the last 64 sequence numbers of an epoch were seen (RFC 6347, 4.1.2.6)."""

    def __init__(self) -> None:
        self.newest = -1
        self.seen = 0  # bit n: newest - n

    def is_new(self, sequence: int) -> bool:
        """False when the number was seen, or is so old that nobody can tell."""
        age = self.newest - sequence
        return age < 0 or (age < 64 and not self.seen >> age & 1)

    def accept(self, sequence: int) -> None:
        """Remember a number whose record was genuine."""
        ahead = sequence - self.newest
        if ahead <= 0:
            self.seen |= 1 << -ahead
            return
        self.newest = sequence
        self.seen = 1 if ahead >= 64 else (self.seen << ahead | 1) & 0xFFFFFFFFFFFFFFFF
