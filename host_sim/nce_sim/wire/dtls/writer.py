"""The writing side of an association: record numbers, protection, datagrams (RFC 6347, 4.1;
RFC 9146, 4).

writer = Writer(first_sequence=5)
writer.protection = suite.protect(server_keys, ...)     # for epoch 1
writer.send(((record.HANDSHAKE, 0, b"..."), (record.HANDSHAKE, 1, b"...")))
writer.take_datagrams()
datagram = writer.seal(flight)                          # or at once, and nothing is kept
"""

from __future__ import annotations

from collections.abc import Iterable

from nce_sim.wire.dtls import record
from nce_sim.wire.dtls.suites import Place, Protection

Entry = tuple[int, int, bytes]  # content type, epoch, plaintext


class Writer:
    """Gives every record a number of its own; a flight is one datagram."""

    def __init__(self, first_sequence: int) -> None:
        self.protection: Protection | None = None
        self.connection_id = b""  # the peer's, in every protected record
        self.pad_to_bytes = 1
        self._sequence = {0: first_sequence, 1: 0}
        self._datagrams: list[bytes] = []

    def seal(self, flight: Iterable[Entry]) -> bytes:
        """One datagram for the whole flight; a repeat takes new record numbers."""
        return b"".join([self._record(*entry) for entry in flight])

    def send(self, flight: Iterable[Entry]) -> None:
        """Keep the datagram of a flight until it is taken."""
        self._datagrams.append(self.seal(flight))

    def take_datagrams(self) -> list[bytes]:
        """The datagrams to send, each once."""
        taken, self._datagrams = self._datagrams, []
        return taken

    def _record(self, content_type: int, epoch: int, plaintext: bytes) -> bytes:
        sequence = self._sequence[epoch]
        if sequence > record.MAX_SEQUENCE:
            raise ValueError("the epoch's record numbers are used up; a new handshake is due")
        self._sequence[epoch] = sequence + 1
        if not epoch:
            return record.record_header(content_type, 0, sequence, len(plaintext)) + plaintext
        if self.protection is None:
            raise ValueError("no keys yet for epoch 1")
        connection_id = self.connection_id
        if connection_id:
            plaintext = record.inner_plaintext(content_type, plaintext, self.pad_to_bytes)
            content_type = record.TLS12_CID
        place = Place(content_type, epoch, sequence, connection_id)
        fragment = self.protection.seal(place, plaintext)
        header = record.record_header(content_type, epoch, sequence, len(fragment), connection_id)
        return header + fragment
