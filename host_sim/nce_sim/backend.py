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

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any, TypeVar

from nce.coap import codes
from nce_sim.account.access.service import Access
from nce_sim.account.subscription_store import SubscriptionStore
from nce_sim.backend_settings import BY_SOURCE, BackendSettings
from nce_sim.clock import VirtualClock
from nce_sim.endpoints import dtls
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.resources import BadTopic, Resource, Resources, not_found, topic_of
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.endpoints.intake import Intake
from nce_sim.endpoints.jobs import CallJob, CoapJob, RequestServer, UdpJob
from nce_sim.endpoints.trace import Trace
from nce_sim.endpoints.udp import UdpServer
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.energy_saver.service import PROTOCOLS, EnergySaver
from nce_sim.services.inspector.retention import Retention
from nce_sim.services.inspector.service import Inspector
from nce_sim.services.uplink import Event, Integrator
from nce_sim.sim_card import SimCard
from nce_sim.storage import Saver, Storage, Work
from nce_sim.tables import METADATA
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.world import World

Result = TypeVar("Result")


def open_storage(db: str | None = None) -> Storage:
    """The database of a world, in the file `db` or in memory; raises StorageError."""
    return Storage(METADATA, db)


class Backend:
    """The simulated 1NCE OS of one world.

    `db` is the path of the SQLite file, or a result of `open_storage`, which the backend closes
    with itself; None keeps everything in memory. `key_log(line)` gets the master secrets in NSS
    format, to decrypt your own captures; without it no secret leaves. Raises StorageError when the
    database cannot be used.
    """

    def __init__(
        self,
        world: World,
        db: str | Storage | None = None,
        settings: BackendSettings | None = None,
        *,
        key_log: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings or BackendSettings()
        self._core, self.clock, self.timeline = world.core, world.clock, world.timeline
        self._trace = Trace(world.timeline)
        self.counters = self._trace.counters
        self._calendar_start_ms = world.settings.calendar_start_s * 1000
        self._world = world
        self.storage = db if isinstance(db, Storage) else open_storage(db)
        self.access = Access(
            self.storage,
            self._random("backend.access"),
            self.settings.access,
            str,
        )
        self.authenticator = Authenticator(
            self._random("backend.authenticator"),
            self.storage,
            self.settings.authenticator,
            epoch_ms=self._calendar_start_ms,
        )
        self.energy_saver = EnergySaver(empty_is_error=self.settings.empty_translation_is_error)
        self.inspector = Inspector(
            self.storage,
            self.wall_ms,
            history_max_bytes=self.settings.history_max_bytes,
            state_max_bytes=self.settings.state_max_bytes,
            retention_ms=self.settings.history_retention_ms,
        )
        self.integrator = Integrator(
            energy_saver=self.energy_saver,
            inspector=self.inspector,
            wall_ms=self.wall_ms,
            random=self._random("backend.ids"),
        )
        self._intake = Intake(
            self.clock,
            self.storage,
            self.wall_ms,
            self.settings,
            on_batch=self._answered,
            on_trouble=self._trace.trouble,
        )
        self._saver = Saver(
            self.storage, self.clock, self.wall_ms, on_trouble=self._trace.not_saved
        )
        subscriptions = SubscriptionStore(
            self.storage,
            self._saver,
            world.account,
            self._core.address_of,
            epoch_ms=self._calendar_start_ms,
        )
        subscriptions.restore(world.restore_sim)
        world.account.keep_in(subscriptions)
        self._retention = Retention(self.clock, self.inspector, self._intake.take, self.wall_ms)
        mids = self._random("backend.mids")
        data: dict[int, Resource] = {codes.POST: self._post_data, codes.GET: not_found}
        bootstrap: dict[int, Resource] = {codes.GET: self._get_bootstrap}
        self.coap_resources = Resources(
            self._by_source, {"/": data, "/data": data, "/bootstrap": bootstrap}
        )
        self.coaps_resources = Resources(self._by_association, {"/": data, "/data": data})
        self.coap = self._coap_server(self.coap_resources, mids)
        self.coaps = CoapsServer(
            dtls.DtlsServer(
                look_up_psk=self._psk_of,
                random_bytes=self._random("backend.dtls").randbytes,
                settings=self.settings.dtls,
                key_log=key_log,
            ),
            self._coap_server(self.coaps_resources, mids),
        )
        self.udp = UdpServer(self._core.sim_at, self._take_udp)
        self._endpoints: list[Endpoint] = []
        self._stops: list[Callable[[], None]] = []
        self._listen()
        self._retention.schedule()

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

    async def write(self, call: Callable[[Work], Result]) -> Result:
        """Let `call(work)` write in line with the devices' messages; its result once it is stored.

        Raises the `Problem` that the call raised, or Unavailable; then nothing of it is kept.
        """
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._intake.take(CallJob(call, answer))
        return await answer

    def wall_ms(self) -> int:
        """Milliseconds since 1970 by the world's clock."""
        return self._calendar_start_ms + self.clock.now_ms()

    def close(self) -> None:
        """Stop listening; commit and answer what has arrived. Closing twice is harmless."""
        for stop in self._stops:
            stop()
        try:
            self._intake.close()
        finally:
            self._saver.close()
            self._retention.close()
            for endpoint in self._endpoints:
                endpoint.close()
            self.storage.close()

    # -- randomness ------------------------------------------------------------------------

    def _random(self, name: str) -> Random:
        """The stream of one consumer: seeded in virtual time, the system's in real time.

        Nobody may predict the keys of a world that real devices meet. A database outlives a world:
        the count of its boots is part of the seed, or two boots would make the same keys.
        """
        if not isinstance(self.clock, VirtualClock):
            return SystemRandom()
        if self.storage.outlives_world:
            name = f"{name}/boot {self.storage.boot_count}"
        return self._world.random(name)

    # -- endpoints -------------------------------------------------------------------------

    def _coap_server(self, resources: Resources, mids: Random) -> CoapServer:
        return CoapServer(
            first_mid=mids.getrandbits(16),
            settings=self.settings.coap,
            refusal=resources.refusal,
            random=mids,
        )

    def _listen(self) -> None:
        network, ports = self._core.settings, self.settings
        rows: tuple[tuple[int, Any, Callable[[str, int], Any], Resources], ...] = (
            (ports.coap_port, self.coap, CoapPeer, self.coap_resources),
            (ports.coaps_port, self.coaps, Address, self.coaps_resources),
        )
        for port, server, peer_of, resources in rows:
            self._endpoints.append(
                Endpoint(
                    self._core,
                    self.clock,
                    Address(network.coap_host, port),
                    server,
                    on_event=partial(self._take, server, resources),
                    peer_of=peer_of,
                )
            )
        self._stops.append(
            self._core.listen(Address(network.udp_host, ports.udp_port), self._receive_udp)
        )

    def _take(self, server: RequestServer, resources: Resources, event: Any) -> None:
        if not isinstance(event, Request):
            self._trace.note(event)
            return
        retry_after_s = self.settings.store_retry_after_s
        self._intake.take(
            CoapJob(server, resources, event, self.clock, self._trace.note, retry_after_s)
        )

    def _receive_udp(self, datagram: Datagram) -> None:
        self.udp.receive_datagram(datagram.payload, datagram.source, self.clock.now_ms())

    def _take_udp(self, sim: SimCard, payload: bytes) -> None:
        self._intake.take(UdpJob(self._accept_udp, self.udp.lose, sim, payload))

    def _answered(self) -> None:
        for endpoint in self._endpoints:
            endpoint.flush()

    # -- the caller ------------------------------------------------------------------------

    def _by_source(self, peer: CoapPeer) -> SimCard | None:
        return self._core.sim_at(peer.host)

    def _by_association(self, peer: CoapPeer) -> SimCard | None:
        return self._sim_of_identity(peer.identity or "", peer.host)

    def _sim_of_identity(self, identity: str, host: str) -> SimCard | None:
        if self.settings.coaps_device == BY_SOURCE:
            sim = self._core.sim_at(host)
            return sim if sim is not None and sim.iccid == identity else None
        return next((sim for sim in self._core.subscribers() if sim.iccid == identity), None)

    def _psk_of(self, identity: bytes, peer: dtls.Peer) -> bytes | None:
        iccid = identity.decode("ascii", "replace")
        sim = self._sim_of_identity(iccid, peer[0])
        if sim is None or not sim.is_enabled:
            return None
        return self.authenticator.psk(iccid)

    # -- resources -------------------------------------------------------------------------

    def _get_bootstrap(self, sim: SimCard, request: Request, work: Work) -> Response:
        line = self.authenticator.bootstrap(sim.iccid, self.clock.now_ms(), work)
        work.after_commit(lambda: self._bootstrapped(sim))
        return Response(codes.CONTENT, line, self.authenticator.response_options)

    def _bootstrapped(self, sim: SimCard) -> None:
        self.counters.bootstraps += 1
        self.timeline.add("backend", "bootstrap", sim=sim.masked)

    def _post_data(self, sim: SimCard, request: Request, work: Work) -> Response:
        try:
            topic = topic_of(request.queries)
        except BadTopic as error:
            return Response(codes.BAD_REQUEST, str(error).encode())
        self._accept(sim, "COAP", request.payload, topic, work)
        return Response(codes.CHANGED)

    def _accept_udp(self, sim: SimCard, payload: bytes, work: Work) -> None:
        self._accept(sim, "UDP", payload, None, work)

    def _accept(
        self, sim: SimCard, protocol: str, payload: bytes, topic: str | None, work: Work
    ) -> None:
        event = self.integrator.accept(
            sim,
            protocol,
            payload,
            address=self._core.address_of(sim) or "",
            work=work,
            topic=topic,
        )
        work.after_commit(lambda: self._accepted(sim, protocol, topic, payload, event))

    def _accepted(
        self, sim: SimCard, protocol: str, topic: str | None, payload: bytes, event: Event
    ) -> None:
        is_decoded = event["payload"]["type"] == "JSON"
        self.counters.messages += 1
        self.counters.decoded += is_decoded
        self.counters.payload_bytes += len(payload)
        self.timeline.add(
            "backend",
            "uplink",
            event,
            sim=sim.masked,
            protocol=protocol,
            topic=topic,
            size=len(payload),
            decoded=is_decoded,
            payload=payload,
        )
        self._retention.schedule()
