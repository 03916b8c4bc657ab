"""CoAP over DTLS: a `DtlsServer` below, a `CoapServer` above, joined by bytes (RFC 7252, 9.1).

    server = CoapsServer(dtls, coap)
    for event in server.receive_datagram(data, peer, now_ms): ...    # Request among them
    server.respond(request.handle, response, now_ms)

Message ids are matched within one association (RFC 7252, 9.1.1), so each has a peer of its own.

A peer whose address has changed gets little there until it shows that it hears us (RFC 9146, 6).
To see that, a CoAP ping is sent when more waits for it. Only a peer that was reached there can
send the RST with its message id, under the association's keys and from that address (RFC 7252,
4.3).
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from nce.coap.message import CON, RST, empty, encode
from nce_sim.endpoints.coap.request import CoapPeer, Response
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coap.server import Event as CoapEvent
from nce_sim.endpoints.dtls import Data, DtlsServer, Event, Peer


class _Ping(NamedTuple):
    """A ping, where it was sent, and what answers it."""

    address: Peer
    datagram: bytes
    pong: bytes


class CoapsServer:
    """One CoAPS endpoint."""

    def __init__(self, dtls: DtlsServer, coap: CoapServer) -> None:
        self.dtls = dtls
        self.coap = coap
        self.counters: Counter[str] = Counter()
        # The DTLS server has the list of all that goes out: its verb is ours.
        self.datagrams_to_send = dtls.datagrams_to_send
        # By association; forgotten with it.
        self._pings: dict[int, _Ping] = {}

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event | CoapEvent]:
        """Take one datagram from the network."""
        happened: list[Event | CoapEvent] = []
        for event in self.dtls.receive_datagram(data, peer, now_ms):
            if not isinstance(event, Data):
                happened.append(event)
                continue
            if self._is_pong(event, peer):
                self.counters["address proven"] += 1
                self.dtls.prove_address(event.session)
                continue
            host, port = event.peer
            identity = event.identity.decode("utf-8", "replace")
            above = CoapPeer(host, port, event.session, identity)
            happened += self.coap.receive_datagram(event.data, above, now_ms)
            self.seal(now_ms)
        return happened

    def respond(self, handle: int, response: Response, now_ms: int) -> list[Event | CoapEvent]:
        """Answer a request, in the association that it came by."""
        happened: list[Event | CoapEvent] = []
        happened += self.coap.respond(handle, response, now_ms)
        self.seal(now_ms)
        return happened

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        below, above = self.dtls.next_timeout(), self.coap.next_timeout()
        if below is None or above is None:
            return above if below is None else below
        return min(below, above)

    def handle_timeout(self, now_ms: int) -> list[Event | CoapEvent]:
        """Let both layers look at the time."""
        happened: list[Event | CoapEvent] = []
        happened += self.dtls.handle_timeout(now_ms)
        happened += self.coap.handle_timeout(now_ms)
        self.seal(now_ms)
        return happened

    def seal(self, now_ms: int) -> None:
        """Put what the layer above has to send into the records of its associations."""
        # By association and not by address: with a connection ID the peer may have moved.
        for receiver, reply in self.coap.datagrams_to_send():
            one = self.dtls.associations.get(receiver.session)
            if one is None:
                self.counters["reply to an association that is over"] += 1
                continue
            one.send(reply, now_ms)
            if one.path.held:
                one.send(self._ping(one.session, one.path.peer), now_ms, may_wait=False)

    def _ping(self, session: int, address: Peer) -> bytes:
        """The ping for an address: the same bytes each time it is asked for."""
        known = self._pings.get(session)
        if known is None or known.address != address:
            self._pings = {
                one: ping for one, ping in self._pings.items() if one in self.dtls.associations
            }
            mid = self.coap.new_message_id()
            known = _Ping(address, encode(empty(CON, mid)), encode(empty(RST, mid)))
            self._pings[session] = known
        return known.datagram

    def _is_pong(self, event: Data, source: Peer) -> bool:
        ping = self._pings.get(event.session)
        # A late record from the address before proves nothing about the address of now.
        if ping is None or not ping.address == source == event.peer or ping.pong != event.data:
            return False
        del self._pings[event.session]
        return True
