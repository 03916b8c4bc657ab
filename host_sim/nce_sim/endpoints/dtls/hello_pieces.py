"""A ClientHello in pieces, before its sender has shown a cookie: within one datagram, and few.

    pieces = HelloPieces()                   # for each datagram
    message = pieces.add(fragment)           # the whole message, or None
    pieces.is_spent                          # nothing more of this datagram is worth reading

Pieces of several datagrams are never put together, so that a stranger can have nothing stored
(OpenSSL's stateless listener drops both).
"""

from __future__ import annotations

from nce_sim.wire.dtls.handshake import Fragment, HandshakeMessage, Reassembly

# 8 KiB in pieces of 1 KiB: small enough for any link, and no more work than a hello is.
_MAX_PIECES = 8


class HelloPieces:
    """The pieces of one datagram."""

    def __init__(self) -> None:
        self.is_spent = False
        self._count = 0
        self._reassembly: Reassembly | None = None

    def add(self, fragment: Fragment) -> HandshakeMessage | None:
        """Take a piece; the message when it is whole. After it, or too many, no more is read."""
        if self._reassembly is None:
            self._reassembly = Reassembly(fragment.message_seq)
        self._count += 1
        self._reassembly.add(fragment)
        message = self._reassembly.take()
        self.is_spent = message is not None or self._count == _MAX_PIECES
        return message
