"""1NCE OS in one piece: the endpoints at their addresses, and the services behind them.

    backend = Backend(world, db="world.db")
    backend.add_template("gps", template_text, ("COAP",))
    ...
    backend.inspector.history(sim.iccid)
    backend.close()                                # commits; also at the end of a `with`

The endpoints hear what the world's core network routes to them, so simulated modems and outside
programs at the twins meet the same servers. An answer that tells a device its message is stored
leaves after the message is in the database (`intake`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from nce.coap import codes
from nce_sim.all_services import Services
from nce_sim.backend_settings import BY_SOURCE, BackendSettings
from nce_sim.deliveries import Transport
from nce_sim.endpoints import dtls
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.resources import BadTopic, Resource, Resources, not_found, topic_of
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.endpoints.jobs import CoapJob, RequestServer, UdpJob
from nce_sim.endpoints.lwm2m.endpoint import Lwm2mEndpoint
from nce_sim.endpoints.lwm2m.surroundings import Surroundings
from nce_sim.endpoints.onboarding import (
    Answer,
    Asked,
    OnboardingJob,
    Respond,
    failure,
    serve_onboarding,
)
from nce_sim.endpoints.proxy import ProxyEndpoint
from nce_sim.endpoints.refusals import TERMS_NOT_ACCEPTED, error_response
from nce_sim.endpoints.troubles import coap_response
from nce_sim.endpoints.udp import UdpServer
from nce_sim.services.energy_saver.service import PROTOCOLS
from nce_sim.services.uplink import Event
from nce_sim.sim_card import SimCard
from nce_sim.storage import Storage, Work
from nce_sim.tables import METADATA
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.world import World


def open_storage(db: str | None = None) -> Storage:
    """The database of a world, in the file `db` or in memory; raises StorageError."""
    return Storage(METADATA, db)


class Backend(Services):
    """The simulated 1NCE OS of one world.

    `db` is the path of the SQLite file, or a result of `open_storage`, which the backend closes
    with itself; None keeps everything in memory. `key_log(line)` gets the master secrets in NSS
    format, to decrypt your own captures; without it no secret leaves. `transport` carries
    deliveries in the place of the world's own. Raises StorageError when the
    database cannot be used.
    """

    def __init__(
        self,
        world: World,
        db: str | Storage | None = None,
        settings: BackendSettings | None = None,
        *,
        key_log: Callable[[str], None] | None = None,
        transport: Transport | None = None,
    ) -> None:
        storage = db if isinstance(db, Storage) else open_storage(db)
        super().__init__(world, storage, settings or BackendSettings(), transport)
        mids = self.random("backend.mids")
        data: dict[int, Resource] = {codes.POST: self._post_data, codes.GET: not_found}
        bootstrap: dict[int, Resource] = {codes.GET: self._get_bootstrap}
        self.coap_resources = Resources(
            self.of_source, {"/": data, "/data": data, "/bootstrap": bootstrap}
        )
        self.coaps_resources = Resources(self.of_association, {"/": data, "/data": data})
        self.coap = self._coap_server(self.coap_resources, mids)
        self.coaps = CoapsServer(
            self._dtls_server("backend.dtls", key_log),
            self._coap_server(self.coaps_resources, mids),
        )
        self.proxy = ProxyEndpoint(
            self.core,
            self.clock,
            self.core.settings.proxy_host,
            self.settings.proxy_ports,
            proxy=self.partner_proxy,
            callers=self,
            dtls=self._dtls_server("backend.proxy.dtls", key_log),
            random=self.random("backend.proxy"),
            note=self.trace.note,
            troubles=self.troubles,
            retry_after_s=self.settings.store_retry_after_s,
        )
        self.lwm2m_endpoint = self._lwm2m_endpoint(key_log)
        self.lwm2m.send_by(self.lwm2m_endpoint.downlink)
        self.udp = UdpServer(self.core.sim_at, self._take_udp)
        self._request_ids = self.random("backend.onboarding_requests")
        self._open: list[Endpoint] = []
        self._stops: list[Callable[[], None]] = []
        self._listen()
        self.endpoints.extend((*self._open, self.lwm2m_endpoint))
        self.start()

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- for the customer ------------------------------------------------------------------

    def add_template(
        self, name: str, template: str | dict[str, Any], protocols: Iterable[str] = PROTOCOLS
    ) -> None:
        """Activate an Energy Saver template for some of COAP and UDP."""
        self.energy_saver.add_template(name, template, protocols)

    def close(self) -> None:
        """Stop, and close the database. Closing twice is harmless."""
        try:
            self.stop()
        finally:
            self.storage.close()

    def stop(self) -> None:
        """Stop listening; commit and answer what has arrived. The database stays open."""
        for stop in self._stops:
            stop()
        try:
            self.close_services()
        finally:
            self.proxy.close()
            self.lwm2m_endpoint.close()
            for endpoint in self._open:
                endpoint.close()

    # -- endpoints -------------------------------------------------------------------------

    def _coap_server(self, resources: Resources, mids: Random) -> CoapServer:
        return CoapServer(
            first_mid=mids.getrandbits(16),
            settings=self.settings.coap,
            refusal=resources.refusal,
            random=mids,
        )

    def _lwm2m_endpoint(self, key_log: Callable[[str], None] | None) -> Lwm2mEndpoint:
        host, ports = self.core.settings.lwm2m_host, self.settings.lwm2m
        return Lwm2mEndpoint(
            self.core,
            self.clock,
            (Address(host, ports.plain_port), Address(host, ports.secure_port)),
            self.settings.lwm2m_endpoint,
            service=self.lwm2m,
            dtls_server=self._dtls_server("backend.lwm2m.dtls", key_log, self._lwm2m_keys),
            around=Surroundings(
                of_source=self.of_source,
                of_association=self.of_association,
                take=self.intake.take,
                write_soon=self.write_soon,
                note=self.trace.note,
                record=partial(self.timeline.add, "backend"),
                troubles=self.troubles,
                retry_after_s=self.settings.store_retry_after_s,
            ),
            random=self.random("backend.lwm2m.endpoint"),
        )

    def _dtls_server(
        self,
        name: str,
        key_log: Callable[[str], None] | None,
        look_up: dtls.LookUpPsk | None = None,
    ) -> dtls.DtlsServer:
        return dtls.DtlsServer(
            look_up_psk=look_up or self._psk_of,
            random_bytes=self.random(name).randbytes,
            settings=self.settings.dtls,
            key_log=key_log,
        )

    def _listen(self) -> None:
        network, ports = self.core.settings, self.settings
        rows: tuple[tuple[str, int, Any, Callable[[str, int], Any], Resources], ...] = (
            ("coap", ports.coap_port, self.coap, CoapPeer, self.coap_resources),
            ("coaps", ports.coaps_port, self.coaps, Address, self.coaps_resources),
        )
        for name, port, server, peer_of, resources in rows:
            self._open.append(
                Endpoint(
                    self.core,
                    self.clock,
                    Address(network.coap_host, port),
                    server,
                    on_event=partial(self._take, name, server, resources),
                    peer_of=peer_of,
                    name=name,
                    troubles=self.troubles,
                )
            )
        onboarding = Address(network.onboarding_host, ports.onboarding.port)
        self._stops.append(
            serve_onboarding(self.core, onboarding, self._take_onboarding, ports.onboarding)
        )
        self._stops.append(
            self.core.listen(Address(network.udp_host, ports.udp_port), self._receive_udp)
        )

    def _take_onboarding(self, asked: Asked, respond: Respond) -> None:
        sim = self.core.sim_at(asked.host)
        request_id = f"{self._request_ids.getrandbits(128):032x}"

        def answered(answer: Answer) -> None:
            if sim is not None and answer.status == 200:
                self.timeline.add("backend", "onboarded", sim=sim.masked)
            respond(answer)

        job = OnboardingJob(self.onboarding, sim, asked, answered, request_id)
        self.troubles.meet(
            ("onboarding",),
            lambda: self.intake.take(job),
            lambda status: respond(failure(request_id, status)),
        )

    def _uses(self, sim: SimCard, protocol: str) -> bool:
        """Whether the organisation that has the SIM uses an endpoint."""
        organisation_id = self.devices.organisation_of(sim.iccid)
        return organisation_id is not None and self.device_integrator.is_active(
            organisation_id, protocol
        )

    def _take(self, name: str, server: RequestServer, resources: Resources, event: Any) -> None:
        if not isinstance(event, Request):
            self.trace.note(event)
            return
        retry_after_s = self.settings.store_retry_after_s
        job = CoapJob(server, resources, event, self.clock, self.trace.note, retry_after_s)

        def refuse(status: int) -> None:
            job.answer(coap_response(status, retry_after_s))
            self._answered()

        names = ("bootstrap", name) if event.path == "/bootstrap" else (name,)
        self.troubles.meet(names, lambda: self.intake.take(job), refuse)

    def _receive_udp(self, datagram: Datagram) -> None:
        self.troubles.meet(("udp",), lambda: self._hear_udp(datagram))

    def _hear_udp(self, datagram: Datagram) -> None:
        self.udp.receive_datagram(datagram.payload, datagram.source, self.clock.now_ms())

    def _take_udp(self, sim: SimCard, payload: bytes) -> None:
        self.intake.take(UdpJob(self._accept_udp, self.udp.lose, sim, payload))

    # -- the caller ------------------------------------------------------------------------

    def of_source(self, peer: CoapPeer) -> SimCard | None:
        """The SIM that sent a plain request."""
        return self.core.sim_at(peer.host)

    def of_association(self, peer: CoapPeer) -> SimCard | None:
        """The SIM of a DTLS association."""
        return self._sim_of_identity(peer.identity or "", peer.host)

    def organisation_of(self, sim: SimCard) -> int | None:
        """The organisation that has the SIM."""
        return self.devices.organisation_of(sim.iccid)

    def contacted(self, sim: SimCard) -> None:
        """A device was in contact by another way than a message."""
        address = self.core.address_of(sim) or ""

        def note(work: Work) -> None:
            self.integrator.contacted(sim, address=address, work=work)

        self.write_soon(note)

    def _sim_of_identity(self, identity: str, host: str) -> SimCard | None:
        if self.settings.coaps_device == BY_SOURCE:
            sim = self.core.sim_at(host)
            return sim if sim is not None and sim.iccid == identity else None
        return self.core.sim_of(identity)

    def _psk_of(self, identity: bytes, peer: dtls.Peer) -> bytes | None:
        iccid = self._iccid_of(identity, peer)
        return None if iccid is None else self.authenticator.psk(iccid)

    def _lwm2m_keys(self, identity: bytes, peer: dtls.Peer) -> Sequence[bytes] | None:
        iccid = self._iccid_of(identity, peer)
        return None if iccid is None else self.lwm2m.keys(iccid)

    def _iccid_of(self, identity: bytes, peer: dtls.Peer) -> str | None:
        """The ICCID that a PSK identity is, when its SIM may shake hands from there."""
        iccid = identity.decode("ascii", "replace")
        sim = self._sim_of_identity(iccid, peer[0])
        return iccid if sim is not None and sim.is_enabled else None

    # -- resources -------------------------------------------------------------------------

    def _get_bootstrap(self, sim: SimCard, request: Request, work: Work) -> Response:
        if not self.agreements.has_accepted(self.devices.organisation_of(sim.iccid)):
            return error_response(codes.UNAUTHORIZED, TERMS_NOT_ACCEPTED)
        if self.authenticator.fault is not None:
            return error_response(codes.INTERNAL_SERVER_ERROR, self.authenticator.fault)
        line = self.authenticator.bootstrap(sim.iccid, self.clock.now_ms(), work)
        work.after_commit(lambda: self._bootstrapped(sim))
        return Response(codes.CONTENT, line, self.authenticator.response_options)

    def _bootstrapped(self, sim: SimCard) -> None:
        self.counters.bootstraps += 1
        self.timeline.add("backend", "bootstrap", sim=sim.masked)

    def _post_data(self, sim: SimCard, request: Request, work: Work) -> Response:
        if not self._uses(sim, "COAP"):
            return Response(codes.UNAUTHORIZED)
        try:
            topic = topic_of(request.queries)
        except BadTopic as error:
            return Response(codes.BAD_REQUEST, str(error).encode())
        self.accept(sim, "COAP", request.payload, topic, work)
        return Response(codes.CHANGED)

    def _accept_udp(self, sim: SimCard, payload: bytes, work: Work) -> None:
        if not self._uses(sim, "UDP"):
            self.udp.refuse()
            return
        self.accept(sim, "UDP", payload, None, work)

    def accept(
        self, sim: SimCard, protocol: str, payload: bytes, topic: str | None, work: Work
    ) -> str:
        """Take a message of a SIM as the endpoints do; the id of its event."""
        event = self.integrator.accept(
            sim,
            protocol,
            payload,
            address=self.core.address_of(sim) or "",
            work=work,
            topic=topic,
        )
        work.after_commit(lambda: self._accepted(sim, protocol, topic, payload, event))
        return str(event["id"])

    def _accepted(
        self, sim: SimCard, protocol: str, topic: str | None, payload: bytes, event: Event
    ) -> None:
        self.trace.uplink(sim, protocol, topic, payload, event)
        self.heard()
