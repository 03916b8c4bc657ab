"""The reading side of an association: replays, protection, connection ID (RFC 6347, 4.1;
RFC 9146, 4).

reader = Reader()
reader.protection = suite.protect(client_keys, ...)     # for epoch 1
opened = reader.open(received)                           # or BadRecord
"""

from __future__ import annotations

from typing import NamedTuple

from nce_sim.wire.dtls import record
from nce_sim.wire.dtls.record import BadRecord, Record, ReplayWindow
from nce_sim.wire.dtls.suites import Place, Protection


class Opened(NamedTuple):
    """The content of a protected record; only the newest one may change the peer's address."""

    content_type: int
    text: bytes
    is_newest: bool


class Reader:
    """Opens the records of epoch 1, each once."""

    def __init__(self) -> None:
        self.protection: Protection | None = None
        self.connection_id = b""  # ours, in every protected record of the peer
        self._window = ReplayWindow()

    def open(self, received: Record) -> Opened:
        """The content of an authentic and new record; else BadRecord, and nothing has changed."""
        if self.protection is None:
            raise BadRecord("no keys yet for epoch 1")
        if not self._window.is_fresh(received.sequence):
            raise BadRecord("seen before, or too old to tell")
        content_type, connection_id = received.content_type, received.connection_id
        # RFC 9146, 3: where an ID was agreed, a protected record without it is not the peer's.
        if connection_id != self.connection_id:
            raise BadRecord("not the connection ID that was agreed")
        place = Place(content_type, received.epoch, received.sequence, connection_id)
        text = self.protection.open(place, received.fragment)
        if content_type == record.TLS12_CID:
            content_type, text = record.split_inner_plaintext(text)
        if len(text) > record.MAX_PLAINTEXT_BYTES:
            raise BadRecord(f"{len(text)} bytes of plaintext")
        is_newest = self._window.is_newest(received.sequence)
        self._window.mark(received.sequence)
        return Opened(content_type, text, is_newest)
