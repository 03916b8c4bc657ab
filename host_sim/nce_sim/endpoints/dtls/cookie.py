"""Stateless cookies: an HMAC over the peer's address and its ClientHello (RFC 6347, 4.2.1).

cookies = Cookies(random_bytes(32), slot_ms=60_000, length=16)
cookie = cookies.make(peer, hello, now_ms)
cookies.accepts(peer, hello, now_ms)
datagram = hello_verify_request(hello, cookie)
"""

from __future__ import annotations

import hashlib
import hmac

from nce_sim.endpoints.dtls.events import Peer
from nce_sim.endpoints.dtls.hello_pieces import Hello
from nce_sim.wire.dtls import handshake, record
from nce_sim.wire.dtls.handshake import ClientHello, HandshakeMessage


class Cookies:
    """Cookies good for one time slot and the next; nothing is stored per peer."""

    def __init__(self, secret: bytes, slot_ms: int, length: int) -> None:
        self._secret = secret
        self._slot_ms = slot_ms
        self._length = length

    def make(self, peer: Peer, hello: ClientHello, now_ms: int) -> bytes:
        """The cookie for this peer and hello at this time."""
        return self._of_slot(peer, hello, now_ms // self._slot_ms)

    def accepts(self, peer: Peer, hello: ClientHello, now_ms: int) -> bool:
        """Whether the hello carries a cookie made for it in this slot or the one before."""
        slot = now_ms // self._slot_ms
        return any(
            hmac.compare_digest(hello.cookie, self._of_slot(peer, hello, candidate))
            for candidate in (slot, slot - 1)
        )

    def _of_slot(self, peer: Peer, hello: ClientHello, slot: int) -> bytes:
        # The parameters that must not change between the two hellos are bound in, too.
        bound = repr(
            (peer[0], peer[1], slot, hello.random, hello.session_id, hello.version, hello.suites)
        )
        return hmac.digest(self._secret, bound.encode(), hashlib.sha256)[: self._length]


def hello_verify_request(hello: Hello, cookie: bytes) -> bytes:
    """The datagram that gives a client its cookie."""
    # Both numbers are the ClientHello's own: the server remembers none (RFC 6347, 4.2.1).
    answer = HandshakeMessage(
        handshake.HELLO_VERIFY_REQUEST,
        hello.message.message_seq,
        handshake.hello_verify_request_body(cookie),
    ).encode()
    header = record.record_header(record.HANDSHAKE, 0, hello.record_sequence, len(answer))
    return header + answer
