"""The LwM2M bootstrap server and server: one address, CoAP both ways, plain and by DTLS.

    endpoint = Lwm2mEndpoint(core, clock, (plain, secure), settings, service=lwm2m, ...)
    service.send_by(endpoint.downlink)
    endpoint.flush(); endpoint.close()

What a client asks is answered after the commit (`intake`), and then what waits for it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from nce.coap import codes
from nce_sim.clock import Clock
from nce_sim.endpoints import dtls
from nce_sim.endpoints.coap.both_ways import CoapBothWays, Notice
from nce_sim.endpoints.coap.client import Outcome
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.endpoints.jobs import CoapJob, RequestServer
from nce_sim.endpoints.lwm2m.conversation import Bootstraps
from nce_sim.endpoints.lwm2m.downlink import Downlink
from nce_sim.endpoints.lwm2m.notices import Notices
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.endpoints.lwm2m.surroundings import Surroundings
from nce_sim.endpoints.lwm2m.uplinks import Service, Uplinks
from nce_sim.endpoints.lwm2m.ways import Ways
from nce_sim.endpoints.troubles import coap_response
from nce_sim.network.core import Core
from nce_sim.services.lwm2m.outbound import Client, NoReply, Reply, Step
from nce_sim.services.lwm2m.outbound import Request as Asked
from nce_sim.sim_card import masked
from nce_sim.storage import Work
from nce_sim.wire.datagram import Address

NAME = "lwm2m"  # of its troubles


class Lwm2mEndpoint:
    """Two servers at one host, and what they have in common."""

    def __init__(
        self,
        core: Core,
        clock: Clock,
        addresses: tuple[Address, Address],
        settings: Lwm2mEndpointSettings,
        *,
        service: Service,
        dtls_server: dtls.DtlsServer,
        around: Surroundings,
        random: Random,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._service = service
        self._around = around
        self._retry_after_s = around.retry_after_s
        self.uplinks = Uplinks(
            service, self._client_of, most_bytes=settings.coap.upload_max_bytes, begin=self._begin
        )
        self.coap = self._both_ways(random)
        secure = self._both_ways(random)
        self.coaps = CoapsServer(dtls_server, secure)
        self.ways = Ways(self.coap, secure, self.coaps)
        self.downlink = Downlink(
            self.ways,
            clock,
            settings,
            sleeps=service.is_queueing,
            flush=self.flush,
            on_end=self._asked,
        )
        self.bootstraps = Bootstraps(self.downlink, clock, settings, done=self._bootstrapped)
        self.notices = Notices(
            self.ways,
            service,
            clock,
            most_bytes=settings.client.response_max_bytes,
            take=around.take,
            told=self._told,
        )
        self._endpoints: list[Endpoint] = []
        rows: tuple[tuple[Any, Any], ...] = ((self.coap, CoapPeer), (self.coaps, Address))
        for address, (server, peer_of) in zip(addresses, rows, strict=True):
            self._endpoints.append(
                Endpoint(
                    core,
                    clock,
                    address,
                    server,
                    on_event=partial(self._take, server, server is self.coaps),
                    peer_of=peer_of,
                    name=NAME,
                    troubles=around.troubles,
                )
            )

    def flush(self) -> None:
        """Send what there is to send."""
        for endpoint in self._endpoints:
            endpoint.flush()

    def close(self) -> None:
        """Stop listening; what is under way is answered no more."""
        self.bootstraps.close()
        self.downlink.close()
        for endpoint in self._endpoints:
            endpoint.close()
        self._endpoints.clear()

    def _both_ways(self, random: Random) -> CoapBothWays:
        return CoapBothWays(
            first_mid=random.getrandbits(16),
            random=random,
            settings=self._settings.coap,
            client_settings=self._settings.client,
            # Of the first block: who may not ask need not send the rest.
            refusal=self.uplinks.refusal,
        )

    def _client_of(self, peer: CoapPeer) -> Client | None:
        """Whose a message is; None for no SIM, or one that is disabled."""
        is_secure = peer.session != 0
        around = self._around
        sim = around.of_association(peer) if is_secure else around.of_source(peer)
        if sim is None or not sim.is_enabled:
            return None
        return Client(peer.host, peer.port, is_secure, sim.iccid)

    # -- what comes ------------------------------------------------------------------------

    def _take(self, server: RequestServer, is_secure: bool, event: Any) -> None:
        if isinstance(event, Request):
            self._take_request(server, event)
        elif isinstance(event, Notice):
            self._around.troubles.meet((NAME,), lambda: self._notified(event))
        elif isinstance(event, Outcome):
            if not self.notices.take_rest(is_secure, event):
                self.downlink.take(is_secure, event)
        else:
            if isinstance(event, dtls.Established):
                self.ways.established(event.identity.decode("utf-8", "replace"), event.session)
            self._around.note(event)

    def _take_request(self, server: RequestServer, request: Request) -> None:
        job = CoapJob(
            server, self._served, request, self._clock, self._around.note, self._retry_after_s
        )

        def refuse(status: int) -> None:
            job.answer(coap_response(status, self._retry_after_s))
            self.flush()

        def go_on() -> None:
            if (request.method, request.path) == (codes.POST, "/rd"):
                client = self._client_of(request.peer)
                if client is not None:
                    self.bootstraps.registers(client.identity)
            self._around.take(job)

        self._around.troubles.meet((NAME,), go_on, refuse)

    def _served(self, request: Request, work: Work) -> Response:
        client = self._client_of(request.peer)
        response: Response | None = None

        def stored() -> None:
            if client is not None:
                self.ways.heard(request.peer)
                is_success = response is not None and codes.is_success(response.code)
                is_of_registration = request.path.startswith("/rd")
                self.downlink.heard(client, is_there=is_success and is_of_registration)

        # First of all: what the service does then is to find the client where it is now.
        work.after_commit(stored)
        response = self.uplinks(request, work)
        return response

    def _notified(self, notice: Notice) -> None:
        client = self._client_of(notice.peer)
        if client is None:
            self.ways.of(notice.peer.session != 0).leave(notice.handle)
            return
        self.ways.heard(notice.peer)
        self.downlink.heard(client)
        self.notices.take(notice, client)

    # -- what becomes of it ----------------------------------------------------------------

    def _begin(self, client: Client, steps: Sequence[Step]) -> None:
        self.bootstraps.begin(client, steps)

    def _bootstrapped(self, client: Client, failure: str | None) -> None:
        self._around.write_soon(lambda work: self._service.bootstrapped(client, failure, work))

    def _asked(self, request: Asked, reply: Reply | NoReply) -> None:
        self._around.record(
            "lwm2m_request",
            sim=masked(request.client.identity),
            method=request.method,
            path="/" + "/".join(request.path),
            code=codes.dotted(reply.code) if isinstance(reply, Reply) else None,
            note="" if isinstance(reply, Reply) else reply.reason,
        )

    def _told(self, client: Client, reply: Reply, is_wanted: bool) -> None:
        self._around.record(
            "lwm2m_notification",
            sim=masked(client.identity),
            code=codes.dotted(reply.code),
            size=len(reply.payload),
            note="" if is_wanted else "nobody observes it",
        )
