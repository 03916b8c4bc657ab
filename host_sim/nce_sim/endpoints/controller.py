"""The Device Controller's address: requests and datagrams from 1NCE OS to a device.

    outbound = ControllerEndpoint(core, clock, random, host, settings)
    outbound.send_coap(call, ended)         # ended(reply) once
    outbound.send_udp("10.160.0.1", 3000, b"on")

A request has the shape that was captured in the field: confirmable, a token of eight bytes,
Uri-Path, Content-Format, Uri-Query, and no Uri-Host. There is no DTLS towards a device [D].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from nce.coap import codes, options
from nce_sim.clock import Clock
from nce_sim.endpoints.coap.client import Call, CoapClient, Outcome
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.settings import ClientSettings
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.network.core import Core
from nce_sim.services.controller.outbound import CoapCall, CoapReply, Ended, NoReply
from nce_sim.wire.datagram import Address, Datagram

_METHODS = {
    "GET": codes.GET,
    "POST": codes.POST,
    "PUT": codes.PUT,
    "DELETE": codes.DELETE,
    "PATCH": codes.PATCH,
}


@dataclass(frozen=True)
class ControllerPorts:
    """The ports that actions come from; a device answers to them."""

    coap_port: int = 5_683  # [U]
    udp_port: int = 4_445  # [U]
    client: ClientSettings = field(default_factory=ClientSettings)


class ControllerEndpoint:
    """Sends to devices, and hears their answers."""

    def __init__(
        self,
        core: Core,
        clock: Clock,
        random: Random,
        host: str,
        ports: ControllerPorts | None = None,
    ) -> None:
        ports = ports or ControllerPorts()
        self._core = core
        self._clock = clock
        self.client = CoapClient(random, ports.client)
        self._ended: dict[int, Ended] = {}
        self._udp = Address(host, ports.udp_port)
        self._endpoint = Endpoint(
            core,
            clock,
            Address(host, ports.coap_port),
            self.client,
            on_event=self._take,
            peer_of=CoapPeer,
        )

    def send_udp(self, host: str, port: int, payload: bytes) -> None:
        """Send one datagram; what a device answers to it, nobody hears [D]."""
        self._core.send(Datagram(self._udp, Address(host, port), payload))

    def send_coap(self, call: CoapCall, ended: Ended) -> None:
        """Send a request; `ended` gets the response, or why there is none."""
        listed = [(options.URI_PATH, segment) for segment in call.path]
        if call.content_format is not None:
            listed.append((options.CONTENT_FORMAT, options.uint_value(call.content_format)))
        listed += [(options.URI_QUERY, argument) for argument in call.query]
        request = Call(
            CoapPeer(call.host, call.port), _METHODS[call.method], tuple(listed), call.payload
        )
        handle = self.client.request(request, self._clock.now_ms())
        self._ended[handle] = ended
        self._endpoint.flush()

    def close(self) -> None:
        """Stop listening; requests under way end without a word."""
        self._endpoint.close()
        self._ended.clear()

    def _take(self, outcome: Outcome) -> None:
        ended = self._ended.pop(outcome.handle)
        if outcome.answer is None:
            ended(NoReply(outcome.reason))
            return
        code, listed, payload = outcome.answer
        content_format = options.first_of(listed, options.CONTENT_FORMAT)
        number = None if content_format is None else options.uint_of(content_format)
        ended(CoapReply(code, number, payload))
