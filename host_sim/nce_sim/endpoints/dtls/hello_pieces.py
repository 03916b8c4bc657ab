"""A ClientHello, maybe in pieces, before its sender has shown a cookie: few, of one datagram.

    pieces = HelloPieces(counters)           # for each datagram
    fragment = hello_in(received)            # None where a record has something else
    hello = pieces.add(fragment, received.sequence)    # a Hello once it is whole, or None
    pieces.is_spent                          # nothing more of this datagram is to be read

Pieces of several datagrams are never put together, so that an unknown peer can store nothing
(OpenSSL's stateless listener drops both).
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from nce_sim.wire.dtls import handshake, record
from nce_sim.wire.dtls.handshake import (
    ClientHello,
    Fragment,
    HandshakeMessage,
    MalformedHandshake,
    Reassembly,
)
from nce_sim.wire.dtls.record import Record

# 8 KiB in pieces of 1 KiB: small enough for any link, and no more work than a hello is.
_MAX_PIECES = 8
# The server's numbers go on from the ClientHello's (RFC 6347, 4.2.1, 4.2.2), so these must leave
# room for a handshake and its repeats. An honest client is at 1, or a few more.
_MAX_RECORD_SEQUENCE = record.MAX_SEQUENCE >> 1
_MAX_MESSAGE_SEQ = 0x7FFF


class Hello(NamedTuple):
    """A ClientHello: its fields, its message, the number of its record."""

    fields: ClientHello
    message: HandshakeMessage
    record_sequence: int


def hello_in(received: Record) -> Fragment | None:
    """The piece of a ClientHello that a record of epoch 0 begins with, or None."""
    if received.content_type != record.HANDSHAKE:
        return None
    fragment = next(handshake.parse_fragments(received.fragment), None)
    is_hello = fragment is not None and fragment.message_type == handshake.CLIENT_HELLO
    return fragment if is_hello else None


class HelloPieces:
    """The pieces of one datagram; what is dropped is counted."""

    def __init__(self, counters: Counter[str]) -> None:
        self.is_spent = False
        self._counters = counters
        self._count = 0
        self._reassembly: Reassembly | None = None

    def add(self, fragment: Fragment, record_sequence: int) -> Hello | None:
        """Take a piece; the ClientHello when it is whole. After too many, none is read."""
        if record_sequence > _MAX_RECORD_SEQUENCE or fragment.message_seq > _MAX_MESSAGE_SEQ:
            self._counters["ClientHello with too high a number"] += 1
            return None
        if self._reassembly is None:
            self._reassembly = Reassembly(fragment.message_seq)
        self._count += 1
        self._reassembly.add(fragment)
        message = self._reassembly.take()
        self.is_spent = message is not None or self._count == _MAX_PIECES
        if message is None:
            self._counters["ClientHello in fragments"] += 1
            return None
        try:
            return Hello(handshake.parse_client_hello(message.body), message, record_sequence)
        except MalformedHandshake:
            self._counters["malformed ClientHello"] += 1
            return None
