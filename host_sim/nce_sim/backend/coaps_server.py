"""CoAP over DTLS: a `DtlsServer` below, a `CoapServer` above, joined by bytes (RFC 7252, 9.1).

    server = CoapsServer(dtls, coap)
    for event in server.receive_datagram(data, peer, now_ms): ...    # Request among them
    server.respond(request.handle, response, now_ms)

Message ids are matched within one association (RFC 7252, 9.1.1), so each has a peer of its own.
"""

from __future__ import annotations

from collections import Counter

from .coap_request import CoapPeer, Response
from .coap_server import CoapServer
from .coap_server import Event as CoapEvent
from .dtls import Data, DtlsServer, Event, Peer


class CoapsServer:
    """One CoAPS endpoint."""

    def __init__(self, dtls: DtlsServer, coap: CoapServer) -> None:
        self.dtls = dtls
        self.coap = coap
        self.counters: Counter[str] = Counter()

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event | CoapEvent]:
        """Take one datagram from the network."""
        happened: list[Event | CoapEvent] = []
        for event in self.dtls.receive_datagram(data, peer, now_ms):
            if not isinstance(event, Data):
                happened.append(event)
                continue
            host, port = event.peer
            identity = event.identity.decode("utf-8", "replace")
            above = CoapPeer(host, port, event.session, identity)
            happened += self.coap.receive_datagram(event.data, above, now_ms)
            self._seal(now_ms)
        return happened

    def respond(self, handle: int, response: Response, now_ms: int) -> list[Event | CoapEvent]:
        """Answer a request, in the association that it came by."""
        happened: list[Event | CoapEvent] = []
        happened += self.coap.respond(handle, response, now_ms)
        self._seal(now_ms)
        return happened

    def datagrams_to_send(self) -> list[tuple[Peer, bytes]]:
        """The datagrams to send, with their receivers."""
        return self.dtls.datagrams_to_send()

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        due = (self.dtls.next_timeout(), self.coap.next_timeout())
        return min((one for one in due if one is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Event | CoapEvent]:
        """Let both layers look at the time."""
        happened: list[Event | CoapEvent] = []
        happened += self.dtls.handle_timeout(now_ms)
        happened += self.coap.handle_timeout(now_ms)
        self._seal(now_ms)
        return happened

    def _seal(self, now_ms: int) -> None:
        # By association and not by address: with a connection ID the peer may have moved.
        for receiver, reply in self.coap.datagrams_to_send():
            if self.dtls.has_session(receiver.session):
                self.dtls.send_to_session(receiver.session, reply, now_ms)
            else:
                self.counters["reply to an association that is over"] += 1
