"""The CoAP proxy's address: a device's request with Proxy-Uri becomes HTTPS to a partner.

    endpoint = ProxyEndpoint(core, clock, host, ports, proxy=proxy, callers=..., ...)
    endpoint.close()

Both ports take the same requests: the plain one of the SIM that sent it, the secure one of the SIM
that the DTLS identity names. A body of more than a block comes block-wise, up to 5120 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Protocol

from nce.coap import codes, options
from nce_sim.clock import Clock
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coap.settings import CoapSettings
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.endpoints.dtls import DtlsServer
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.endpoints.jobs import RequestServer
from nce_sim.endpoints.troubles import Troubles, coap_response
from nce_sim.network.core import Core
from nce_sim.services.plugins.proxy import Asked, PartnerProxy, ProxyAnswer
from nce_sim.sim_card import SimCard
from nce_sim.wire.datagram import Address

_METHODS = {
    codes.GET: "GET",
    codes.POST: "POST",
    codes.PUT: "PUT",
    codes.DELETE: "DELETE",
    codes.PATCH: "PATCH",
}
_FORMATS = {"text/plain": options.TEXT_PLAIN, "application/json": options.JSON}


@dataclass(frozen=True)
class ProxyPorts:
    """The ports of the CoAP proxy, and its messages."""

    coap_port: int = 5_683  # [D]
    coaps_port: int = 5_684  # [D]
    coap: CoapSettings = field(
        # [D] 5120 bytes, block-wise above 1024
        default_factory=lambda: CoapSettings(block_wise=True, upload_max_bytes=5_120, proxies=True)
    )


class Callers(Protocol):
    """Whose a request is."""

    def of_source(self, peer: CoapPeer) -> SimCard | None:
        """The SIM that sent a plain request."""

    def of_association(self, peer: CoapPeer) -> SimCard | None:
        """The SIM of a DTLS association."""

    def organisation_of(self, sim: SimCard) -> int | None:
        """The organisation that has the SIM."""

    def contacted(self, sim: SimCard) -> None:
        """A device was in contact."""


class ProxyEndpoint:
    """Two servers at one host, and the proxy behind them."""

    def __init__(
        self,
        core: Core,
        clock: Clock,
        host: str,
        ports: ProxyPorts,
        *,
        proxy: PartnerProxy,
        callers: Callers,
        dtls: DtlsServer,
        random: Random,
        note: Callable[[Any], None],
        troubles: Troubles,
        retry_after_s: int,
    ) -> None:
        self._clock = clock
        self._ports = ports
        self._proxy = proxy
        self._callers = callers
        self._random = random
        self._note = note
        self._troubles = troubles
        self._retry_after_s = retry_after_s
        self._endpoints: list[Endpoint] = []
        self.coap = self._server(callers.of_source)
        self.coaps = CoapsServer(dtls, self._server(callers.of_association))
        plain, secure = Address(host, ports.coap_port), Address(host, ports.coaps_port)
        rows: tuple[tuple[Address, Any, Any, Callable[[CoapPeer], SimCard | None]], ...] = (
            (plain, self.coap, CoapPeer, callers.of_source),
            (secure, self.coaps, Address, callers.of_association),
        )
        for address, server, peer_of, sim_of in rows:
            take = partial(self._take, server, sim_of)
            self._endpoints.append(
                Endpoint(
                    core,
                    clock,
                    address,
                    server,
                    on_event=take,
                    peer_of=peer_of,
                    name="proxy",
                    troubles=troubles,
                )
            )

    def close(self) -> None:
        """Stop listening; what is under way is answered no more."""
        for endpoint in self._endpoints:
            endpoint.close()
        self._endpoints.clear()

    def _server(self, sim_of: Callable[[CoapPeer], SimCard | None]) -> CoapServer:
        return CoapServer(
            first_mid=self._random.getrandbits(16),
            settings=self._ports.coap,
            # Of the first block: who may not ask need not send the rest.
            refusal=lambda request: self._refusal(sim_of(request.peer), request),
            random=self._random,
        )

    def _refusal(self, sim: SimCard | None, request: Request) -> Response | None:
        if sim is None or not sim.is_enabled:
            return Response(codes.UNAUTHORIZED)
        if request.proxy_uri is None:
            return Response(codes.BAD_REQUEST, b"this is a proxy: Proxy-Uri is missing")
        if request.method not in _METHODS:
            return Response(codes.METHOD_NOT_ALLOWED)
        if len(request.payload) > self._ports.coap.upload_max_bytes:
            return Response(codes.REQUEST_ENTITY_TOO_LARGE)
        return None

    def _take(
        self, server: RequestServer, sim_of: Callable[[CoapPeer], SimCard | None], event: Any
    ) -> None:
        if not isinstance(event, Request):
            self._note(event)
            return

        def refuse(status: int) -> None:
            self._respond(server, event, coap_response(status, self._retry_after_s))

        self._troubles.meet(("proxy",), lambda: self._ask(server, sim_of, event), refuse)

    def _ask(
        self, server: RequestServer, sim_of: Callable[[CoapPeer], SimCard | None], event: Request
    ) -> None:
        sim = sim_of(event.peer)
        organisation_id = None if sim is None else self._callers.organisation_of(sim)
        refused = self._refusal(sim, event)
        if sim is None or organisation_id is None:
            self._respond(server, event, Response(codes.UNAUTHORIZED))
            return
        if refused is not None:
            self._respond(server, event, refused)
            return
        self._callers.contacted(sim)
        asked = Asked(
            organisation_id,
            sim.iccid,
            _METHODS[event.method],
            event.proxy_uri or "",
            event.payload,
        )
        self._proxy.ask(asked, lambda answer: self._answered(server, event, answer))

    def _answered(self, server: RequestServer, request: Request, answer: ProxyAnswer) -> None:
        listed: tuple[tuple[int, bytes], ...] = ()
        if answer.content_type:
            number = _FORMATS.get(answer.content_type.lower(), options.OCTET_STREAM)
            listed = ((options.CONTENT_FORMAT, options.uint_value(number)),)
        self._respond(server, request, Response(answer.code, answer.payload, listed))

    def _respond(self, server: RequestServer, request: Request, response: Response) -> None:
        for event in server.respond(request.handle, response, self._clock.now_ms()):
            self._note(event)
        for endpoint in self._endpoints:
            endpoint.flush()
