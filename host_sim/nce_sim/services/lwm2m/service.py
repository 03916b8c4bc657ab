"""The LwM2M bootstrap server and server of 1NCE OS, without CoAP.

    service = Lwm2m(storage, clock, wall_ms, ...)
    service.send_by(outbound)                   # Outbound
    service.start()
    # The endpoint, in a unit of work for each request; the answer leaves after the commit:
    service.bootstrap(client, "ep", 112, work).steps
    service.register(client, queries, payload, work)
    # The controller:
    service.is_registered(iccid)

A SIM is one client, whatever it calls itself: its identity is the ICCID.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from nce.coap import codes
from nce_sim.clock import Clock
from nce_sim.services.controller.outbound import Lwm2mCall, Lwm2mEnded
from nce_sim.services.controller.results import NOT_REGISTERED
from nce_sim.services.identifiers import nanoid
from nce_sim.services.lwm2m.actions import Actions
from nce_sim.services.lwm2m.admission import Admission
from nce_sim.services.lwm2m.alerts import Alerts
from nce_sim.services.lwm2m.clients import Clients, Listed
from nce_sim.services.lwm2m.needs import Endpoints, Events, Network, Tell, Waker, Write
from nce_sim.services.lwm2m.observations import Observations
from nce_sim.services.lwm2m.outbound import (
    Answer,
    Bootstrap,
    Client,
    NoReply,
    Outbound,
    Reply,
    Request,
)
from nce_sim.services.lwm2m.reception import Reception
from nce_sim.services.lwm2m.registration import Mistake, Registration, registered, updated
from nce_sim.services.lwm2m.reporting import Reporting
from nce_sim.services.lwm2m.requests import Requests
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.lwm2m.telemetry import Telemetry
from nce_sim.storage import Storage, Work

# Of Location-Path, which each update carries: as many as Leshan has.
_LOCATION_CHARACTERS = 10


class Lwm2m:
    """The clients of all organisations; `wall_ms()` is the world's time."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        random: Random,
        *,
        network: Network,
        endpoints: Endpoints,
        admission: Admission,
        events: Events,
        telemetry: Telemetry,
        write: Write,
        tell: Tell,
        settings: Lwm2mSettings | None = None,
    ) -> None:
        self.settings = settings = settings or Lwm2mSettings()
        self._wall_ms = wall_ms
        self._random = random
        self._network = network
        self._endpoints = endpoints
        self._admission = admission
        self._events = events
        self._telemetry = telemetry
        self._tell = tell
        self._waker: Waker | None = None
        self._requests = requests = Requests()
        alerts = Alerts(events, network, write, wall_ms)
        self._observations = observations = Observations(storage, random)
        self._clients = clients = Clients(
            storage,
            clock,
            wall_ms,
            network=network,
            observations=observations,
            write=write,
            ended=self._ended,
            expired=self._expired,
        )
        self._reception = Reception(clients, observations, telemetry, alerts, wall_ms, settings)
        self._reporting = Reporting(requests, telemetry, clients, write, alerts, settings)
        self._actions = Actions(
            requests,
            telemetry,
            clients,
            observations,
            write=write,
            wall_ms=wall_ms,
            alerts=alerts,
            settings=settings,
        )

    # -- the world -------------------------------------------------------------------------

    def send_by(self, outbound: Outbound) -> None:
        """Send requests by this from now on; without one they have no reply."""
        self._requests.send_by(outbound)

    def wake_by(self, waker: Waker) -> None:
        """Tell this from now on that a device registered or updated."""
        self._waker = waker

    def start(self) -> None:
        """Watch the lifetimes of what is registered."""
        self._clients.start()

    def close(self) -> None:
        """Watch nothing more; what is registered stays so."""
        self._clients.close()

    # -- the endpoint ----------------------------------------------------------------------

    def keys(self, identity: str) -> tuple[bytes, ...]:
        """The keys that a DTLS client with the PSK identity (ICCID) may have; () for none.

        A client has two keys under one identity: the customer's, with which it bootstraps
        (`POST …/psk`), and the one that the last bootstrap gave it for the LwM2M server. The more
        likely one comes first.
        """
        return self._admission.keys(identity)

    def bootstrap(
        self, client: Client, endpoint_name: str | None, preferred_format: int | None, work: Work
    ) -> Bootstrap:
        """Answer `POST /bs?ep=…&pct=…`; a fresh key for a client by DTLS.

        The endpoint name is not looked at: 1NCE goes by the SIM.
        """
        refusal = self._admission.refusal(client)
        if refusal is not None:
            self._note(client, "bootstrap refused", work)
            return Bootstrap(refusal)
        self._note(client, "bootstrap", work)
        return self._admission.bootstrap(client, preferred_format, work)

    def bootstrapped(self, client: Client, failure: str | None, work: Work) -> None:
        """All steps of a bootstrap are done, or one failed, as `failure` says."""
        if failure is None:
            self._note(client, "bootstrapped", work)
        else:
            self._note(client, "bootstrap failed", work, reason=failure)

    def register(self, client: Client, query: Sequence[str], payload: bytes, work: Work) -> Answer:
        """Answer `POST /rd?ep=…&lt=…&lwm2m=…&b=…`: 2.01 with the location, or a refusal."""
        refusal = self._admission.refusal(client) or self._admission.too_early(client)
        if refusal is not None:
            self._note(client, "registration refused", work)
            return refusal
        try:
            registration = registered(
                client,
                query,
                payload,
                location=nanoid(self._random)[:_LOCATION_CHARACTERS],
                organisation_id=self._network.organisation_of(client.identity) or 0,
                now_ms=self._wall_ms(),
                settings=self.settings,
            )
        except Mistake as mistake:
            self._note(client, "registration refused", work)
            return mistake.answer
        self._clients.former(client, work)
        self._clients.put(registration, work)
        sim = self._network.sim_of(client.identity)
        if sim is not None:
            self._events.contacted(sim, address=client.host, work=work)
        self._note(client, "registered", work, version=registration.version)
        self._is_active(registration, work)
        return Answer(codes.CREATED, ("rd", registration.location))

    def update(
        self,
        client: Client,
        location: Sequence[str],
        query: Sequence[str],
        payload: bytes,
        work: Work,
    ) -> Answer:
        """Answer `POST /rd/{id}`; `location` are all segments: ("rd", id)."""
        refusal = self._admission.refusal(client)
        if refusal is not None:
            return refusal
        before = self._clients.at(client, location)
        if before is None:
            return Answer(codes.NOT_FOUND)
        now_ms = self._wall_ms()
        try:
            registration = updated(before, client, query, payload, now_ms, self.settings)
        except Mistake as mistake:
            return mistake.answer
        self._clients.put(registration, work)
        if before.client != client:
            work.after_commit(lambda: self._requests.forget(before))
        self._note(client, "updated", work)
        self._is_active(registration, work)
        return Answer(codes.CHANGED)

    def deregister(self, client: Client, location: Sequence[str], work: Work) -> Answer:
        """Answer `DELETE /rd/{id}`."""
        registration = self._clients.at(client, location)
        if registration is None:
            return Answer(codes.NOT_FOUND)
        self._clients.end(registration, work)
        self._note(client, "deregistered", work)
        return Answer(codes.DELETED)

    def sent(
        self, client: Client, content_format: int | None, payload: bytes, work: Work
    ) -> Answer:
        """Answer `POST /dp` (Send)."""
        refusal = self._admission.refusal(client)
        if refusal is not None:
            return refusal
        return self._reception.sent(client, content_format, payload, work)

    def notified(self, client: Client, token: bytes, reply: Reply, work: Work) -> bool:
        """Take a notification; False: nobody observes that, and the client is told so (RST).

        The endpoint confirms it (ACK) after the commit. One that comes again is True and changes
        nothing.
        """
        if self._admission.refusal(client) is not None:
            return False
        return self._reception.notified(client, token, reply, work)

    def observed(self, client: Client, token: bytes) -> Request | None:
        """What the observation with that token asks for; None when the client has none."""
        registration, observation = self._clients.of(client), self._observations.by_token(token)
        if registration is None or observation is None or observation.iccid != client.identity:
            return None
        return self._requests.observed(registration, observation.path)

    def is_queueing(self, identity: str) -> bool:
        """Whether a client is registered in queue mode: requests wait until it is heard."""
        registration = self._clients.alive(identity)
        return registration is not None and registration.is_queueing

    # -- the controller --------------------------------------------------------------------

    def is_registered(self, iccid: str) -> bool:
        """Whether the SIM has a client whose lifetime is not over."""
        return self._clients.alive(iccid) is not None

    def act(self, call: Lwm2mCall, ended: Lwm2mEnded) -> None:
        """Do an operation on a client; `ended` is called once."""
        registration = self._clients.alive(call.iccid)
        if registration is None:
            ended(NoReply(NOT_REGISTERED))
        else:
            self._actions.act(registration, call, ended)

    # -- whoever looks ---------------------------------------------------------------------

    def clients(self, organisation_id: int) -> list[Listed]:
        """The registered clients of an organisation, the one that registered first first."""
        return self._clients.listed(organisation_id)

    def client(self, organisation_id: int, iccid: str) -> Listed | None:
        """The client of a device of an organisation; None when it is not registered."""
        return self._clients.shown(organisation_id, iccid)

    def count(self) -> int:
        """How many clients are registered, of all organisations."""
        return self._clients.count()

    # -- inside ----------------------------------------------------------------------------

    def _is_active(self, registration: Registration, work: Work) -> None:
        """A client registered or updated: send what waits for it, and read it."""
        if self._waker is not None:
            self._waker.device_is_active(registration.iccid, work)
        if self._endpoints.reports_passively(registration.organisation_id):
            work.after_commit(lambda: self._reporting.begin(registration))

    def _ended(self, registration: Registration) -> None:
        now = self._clients.alive(registration.iccid)
        if now is None:
            self._telemetry.forget(registration.iccid)
        # What waits for a client that registers again is still for it.
        if now is None or now.client != registration.client:
            self._requests.forget(registration)

    def _expired(self, registration: Registration, work: Work) -> None:
        self._note(registration.client, "expired", work)

    def _note(self, client: Client, event: str, work: Work, **fields: object) -> None:
        sim = self._network.sim_of(client.identity)
        if sim is not None:
            work.after_commit(lambda: self._tell(sim, event, **fields))
