"""The two ways to a client: plain CoAP to its address, or records of its DTLS association.

    ways = Ways(plain, secure)
    handle = ways.ask(request, now_ms)          # None: by DTLS there is no association
    ways.heard(peer)                            # the association that the client speaks by
    ways.of(is_secure).confirm(...)

The server begins no handshake: a client by DTLS is reached in the association that it used last.
"""

from __future__ import annotations

from nce.coap import codes, options
from nce_sim.endpoints.coap.both_ways import CoapBothWays
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.transfer import Call
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.services.lwm2m.outbound import Request

_METHODS = {
    "GET": codes.GET,
    "POST": codes.POST,
    "PUT": codes.PUT,
    "DELETE": codes.DELETE,
    "FETCH": codes.FETCH,
    "iPATCH": codes.IPATCH,
}


class Ways:
    """Sends requests the way that their client is on."""

    def __init__(self, plain: CoapBothWays, secure: CoapBothWays, coaps: CoapsServer) -> None:
        self._plain = plain
        self._secure = secure
        self._coaps = coaps
        # By identity; one entry for each SIM at most, since nobody else has a key.
        self._sessions: dict[str, int] = {}

    def of(self, is_secure: bool) -> CoapBothWays:
        """The CoAP layer of one of them."""
        return self._secure if is_secure else self._plain

    def heard(self, peer: CoapPeer) -> None:
        """A client has sent something: by DTLS it is reached in that association from now on."""
        if peer.session and peer.identity is not None:
            self._sessions[peer.identity] = peer.session

    def established(self, identity: str, session: int) -> None:
        """A handshake is complete: its association counts if the one before is over."""
        if self._sessions.get(identity) not in self._coaps.dtls.associations:
            self._sessions[identity] = session

    def ask(self, request: Request, now_ms: int) -> tuple[int, CoapPeer] | None:
        """Send a request: its handle, and whom it goes to; None when nothing leads there."""
        peer = self._peer_of(request)
        if peer is None:
            return None
        call = call_of(request, peer)
        handle = self.of(request.client.is_secure).ask(call, now_ms)
        self.seal(request.client.is_secure, now_ms)
        return handle, peer

    def lead_to(self, peer: CoapPeer) -> bool:
        """Whether an answer may still come from there."""
        return not peer.session or peer.session in self._coaps.dtls.associations

    def seal(self, is_secure: bool, now_ms: int) -> None:
        """Put what is to be sent into records, where there are records."""
        if is_secure:
            self._coaps.seal(now_ms)

    def _peer_of(self, request: Request) -> CoapPeer | None:
        client = request.client
        if not client.is_secure:
            return CoapPeer(client.host, client.port)
        session = self._sessions.get(client.identity)
        if session is None or session not in self._coaps.dtls.associations:
            self._sessions.pop(client.identity, None)
            return None
        return CoapPeer(client.host, client.port, session, client.identity)


def call_of(request: Request, peer: CoapPeer) -> Call:
    """A request of the service as CoAP has it."""
    listed: list[tuple[int, bytes]] = []
    if request.observe is not None:
        listed.append((options.OBSERVE, options.uint_value(request.observe)))
    listed += [(options.URI_PATH, segment.encode()) for segment in request.path]
    if request.content_format is not None:
        listed.append((options.CONTENT_FORMAT, options.uint_value(request.content_format)))
    listed += [(options.URI_QUERY, argument.encode()) for argument in request.query]
    if request.accept is not None:
        listed.append((options.ACCEPT, options.uint_value(request.accept)))
    return Call(peer, _METHODS[request.method], tuple(listed), request.payload, request.token)
