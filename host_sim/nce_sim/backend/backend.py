"""1NCE OS in one piece: the endpoints at their addresses, and the services behind them.

    backend = Backend(world, db="world.db")
    backend.add_template("gps", template_text, ("COAP",))
    ...
    backend.inspector.history(sim.iccid)
    backend.close()                                # commits; also at the end of a `with`

The endpoints hear what the world's core network routes to them, so simulated modems and outside
programs at the twins meet the same servers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from nce.coap import codes
from nce_sim.clock import Handle
from nce_sim.network.datagram import Address, Datagram
from nce_sim.sim_card import SimCard, masked

from . import dtls
from .authenticator import Authenticator
from .coap_request import CoapPeer, Request, Response
from .coap_server import DUPLICATE, Answered, CoapServer
from .coaps_server import CoapsServer
from .endpoint import Endpoint
from .energy_saver import PROTOCOLS, EnergySaver
from .inspector import IN_MEMORY, Inspector
from .integrator import Integrator
from .resources import BadTopic, Resource, Resources, not_found, topic_of
from .settings import BY_SOURCE, BackendSettings
from .udp_server import UdpServer

if TYPE_CHECKING:
    from nce_sim.world import World

# How long a batch of the Inspector may wait for its commit.
_COMMIT_AFTER_MS = 250


@dataclass
class Counters:
    """What came in so far. The engines keep finer counts: `backend.coap.counters` and so on."""

    bootstraps: int = 0
    handshakes: int = 0
    handshakes_resumed: int = 0  # of these, by session id or ticket
    handshakes_failed: int = 0
    messages: int = 0  # uplink messages of enabled SIMs, each once
    decoded: int = 0  # of these, by a template
    payload_bytes: int = 0
    duplicates: int = 0  # CoAP requests answered again without being processed again


class Backend:
    """The simulated 1NCE OS of one world.

    `db` is the path of the Inspector's SQLite file; None keeps it in memory. `key_log(line)` gets
    the master secrets in NSS format, for reading one's own captures; without it none leave.
    """

    def __init__(
        self,
        world: World,
        db: str | None = None,
        settings: BackendSettings | None = None,
        *,
        key_log: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings or BackendSettings()
        self.counters = Counters()
        self._core, self._clock, self._timeline = world.core, world.clock, world.timeline
        self._calendar_start_ms = world.settings.calendar_start_s * 1000
        self.authenticator = Authenticator(
            world.random("backend.authenticator"), self.settings.authenticator
        )
        self.energy_saver = EnergySaver()
        self.inspector = Inspector(
            db or IN_MEMORY,
            history_max_bytes=self.settings.history_max_bytes,
            state_max_bytes=self.settings.state_max_bytes,
            retention_ms=self.settings.history_retention_ms,
        )
        self.integrator = Integrator(
            energy_saver=self.energy_saver,
            inspector=self.inspector,
            wall_ms=self.wall_ms,
            random=world.random("backend.ids"),
        )
        mids = world.random("backend.mids")
        data: dict[int, Resource] = {codes.POST: self._post_data, codes.GET: not_found}
        bootstrap: dict[int, Resource] = {codes.GET: self._get_bootstrap}
        self.coap = self._coap_server(
            Resources(self._by_source, {"/": data, "/data": data, "/bootstrap": bootstrap}), mids
        )
        self.coaps = CoapsServer(
            dtls.DtlsServer(
                look_up_psk=self._psk_of,
                random_bytes=world.random("backend.dtls").randbytes,
                settings=self.settings.dtls,
                key_log=key_log,
            ),
            self._coap_server(Resources(self._by_association, {"/": data, "/data": data}), mids),
        )
        self.udp = UdpServer(self._core.sim_at, self._accept_udp)
        self._commit_handle: Handle | None = None
        self._endpoints: list[Endpoint] = []
        self._stops: list[Callable[[], None]] = []
        self._listen()

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

    def wall_ms(self) -> int:
        """Milliseconds since 1970 by the world's clock."""
        return self._calendar_start_ms + self._clock.now_ms()

    def close(self) -> None:
        """Stop listening and commit what the Inspector holds; harmless when repeated."""
        for endpoint in self._endpoints:
            endpoint.close()
        for stop in self._stops:
            stop()
        if self._commit_handle is not None:
            self._commit_handle.cancel()
            self._commit_handle = None
        self.inspector.close()

    # -- endpoints -------------------------------------------------------------------------

    def _coap_server(self, resources: Resources, mids: Random) -> CoapServer:
        return CoapServer(
            resources,
            first_mid=mids.getrandbits(16),
            settings=self.settings.coap,
            refusal=resources.refusal,
            random=mids,
        )

    def _listen(self) -> None:
        network, ports = self._core.settings, self.settings
        rows: tuple[tuple[Address, Any, Callable[[str, int], Any]], ...] = (
            (Address(network.coap_host, ports.coap_port), self.coap, CoapPeer),
            (Address(network.coap_host, ports.coaps_port), self.coaps, Address),
        )
        for address, server, peer_of in rows:
            self._endpoints.append(
                Endpoint(
                    self._core,
                    self._clock,
                    address,
                    server,
                    on_event=self._note,
                    peer_of=peer_of,
                )
            )
        self._stops.append(
            self._core.listen(Address(network.udp_host, ports.udp_port), self._receive_udp)
        )

    def _receive_udp(self, datagram: Datagram) -> None:
        self.udp.receive_datagram(datagram.payload, datagram.source, self._clock.now_ms())

    def _note(self, event: Any) -> None:
        """Count an engine's event and put it on the timeline; ICCIDs masked, keys never."""
        kind, fields = _described(event)
        self.counters.handshakes += kind == "dtls_established"
        self.counters.handshakes_resumed += bool(fields.get("resumed"))
        self.counters.handshakes_failed += kind == "dtls_failed"
        self.counters.duplicates += fields.get("note") == DUPLICATE
        self._timeline.add("backend", kind, **fields)

    # -- who is calling --------------------------------------------------------------------

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

    def _get_bootstrap(self, sim: SimCard, request: Request) -> Response:
        line = self.authenticator.bootstrap(sim.iccid, self._clock.now_ms())
        self.counters.bootstraps += 1
        self._timeline.add("backend", "bootstrap", sim=sim.masked)
        return Response(codes.CONTENT, line, self.authenticator.response_options)

    def _post_data(self, sim: SimCard, request: Request) -> Response:
        try:
            topic = topic_of(request.queries)
        except BadTopic as error:
            return Response(codes.BAD_REQUEST, str(error).encode())
        self._accept(sim, "COAP", request.payload, topic)
        return Response(codes.CHANGED)

    def _accept_udp(self, sim: SimCard, payload: bytes) -> None:
        self._accept(sim, "UDP", payload, None)

    def _accept(self, sim: SimCard, protocol: str, payload: bytes, topic: str | None) -> None:
        address = self._core.address_of(sim) or ""
        event = self.integrator.accept(sim, protocol, payload, address=address, topic=topic)
        is_decoded = event["payload"]["type"] == "JSON"
        self.counters.messages += 1
        self.counters.decoded += is_decoded
        self.counters.payload_bytes += len(payload)
        self._timeline.add(
            "backend",
            "uplink",
            sim=sim.masked,
            protocol=protocol,
            topic=topic,
            size=len(payload),
            decoded=is_decoded,
        )
        if self.inspector.has_uncommitted and self._commit_handle is None:
            self._commit_handle = self._clock.call_later(_COMMIT_AFTER_MS, self._commit)

    def _commit(self) -> None:
        self._commit_handle = None
        self.inspector.commit()


def _described(event: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(event, Answered):
        request = event.request
        return "coap", {
            "peer": f"{event.peer.host}:{event.peer.port}",
            "path": request.path if request else None,
            "code": None if event.code is None else codes.dotted(event.code),
            "note": event.note,
        }
    peer = f"{event.peer[0]}:{event.peer[1]}"
    if isinstance(event, dtls.Established):
        identity = masked(event.identity.decode("utf-8", "replace"))
        return "dtls_established", {
            "peer": peer,
            "identity": identity,
            "suite": event.suite,
            "resumed": event.is_resumed,
        }
    if isinstance(event, dtls.Moved):
        return "dtls_moved", {"peer": peer, "previous": f"{event.previous[0]}:{event.previous[1]}"}
    kind = "dtls_failed" if isinstance(event, dtls.Failed) else "dtls_closed"
    return kind, {"peer": peer, "reason": event.reason}
