"""The LwM2M endpoint in virtual time before a service that says what a test wants.

bench = Bench(settings)
bench.service.steps = (Step("DELETE", ("0",), is_needed=False), Step("POST", ("bs",)))
bench.ask(client, "GET", ("3",))             # as the service asks; the list gets its end
"""

from functools import partial

from nce.coap import codes
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsServer
from nce_sim.endpoints.lwm2m.endpoint import Lwm2mEndpoint
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.endpoints.lwm2m.surroundings import Surroundings
from nce_sim.ground import Ground
from nce_sim.services.lwm2m.outbound import Answer, Bootstrap, Client, Request, Step
from nce_sim.storage import Storage
from nce_sim.tables import METADATA
from nce_sim.wire.datagram import Address
from nce_sim.world import World
from support.lwm2m_client import SECURE, HandClient

STEPS = (
    Step("DELETE", ("0",), is_needed=False),
    Step("PUT", ("0", "0"), 11542, b"\xc1\x01\x00"),
    Step("POST", ("bs",)),
)


class Scripted:
    """A service: notes what it is told, and answers what it is set to."""

    def __init__(self):
        self.told = []
        self.steps = STEPS
        self.psks = {}
        self.observed_paths = {}
        self.queueing = set()
        self.answer = Answer(codes.CHANGED)

    def keys(self, identity):
        return self.psks.get(identity, ())

    def bootstrap(self, client, endpoint_name, preferred_format, work):
        self.told.append(("bootstrap", client.identity, endpoint_name, preferred_format))
        return Bootstrap(Answer(codes.CHANGED), self.steps)

    def bootstrapped(self, client, failure, work):
        self.told.append(("bootstrapped", client.identity, failure))

    def register(self, client, query, payload, work):
        self.told.append(("register", client, tuple(query), payload))
        return Answer(codes.CREATED, ("rd", "1"))

    def update(self, client, location, query, payload, work):
        self.told.append(("update", client.identity, tuple(location), tuple(query), payload))
        return self.answer

    def deregister(self, client, location, work):
        self.told.append(("deregister", client.identity, tuple(location)))
        return Answer(codes.DELETED)

    def sent(self, client, content_format, payload, work):
        self.told.append(("sent", client.identity, content_format, payload))
        return self.answer

    def notified(self, client, token, reply, work):
        self.told.append(("notified", client.identity, token, reply))
        return token in self.observed_paths

    def observed(self, client, token):
        path = self.observed_paths.get(token)
        return path and Request(client, "GET", path, observe=0, token=token)

    def is_queueing(self, identity):
        return identity in self.queueing

    def named(self, kind):
        return [one for one in self.told if one[0] == kind]


class Bench:
    """A world, the endpoint, and one client."""

    def __init__(self, settings=None, dtls_settings=None):
        self.world = World(seed=1)
        ground = self.around = Ground(self.world, Storage(METADATA, None), BackendSettings())
        self.service = Scripted()
        self.dtls = DtlsServer(
            look_up_psk=lambda identity, peer: self.service.keys(identity.decode()),
            random_bytes=self.world.random("dtls").randbytes,
            settings=dtls_settings,
        )
        host = self.world.settings.network.lwm2m_host
        self.endpoint = Lwm2mEndpoint(
            self.world.core,
            self.world.clock,
            (Address(host, 5683), Address(host, 5684)),
            settings or Lwm2mEndpointSettings(),
            service=self.service,
            dtls_server=self.dtls,
            around=Surroundings(
                of_source=lambda peer: ground.core.sim_at(peer.host),
                of_association=lambda peer: ground.core.sim_of(peer.identity),
                take=ground.intake.take,
                write_soon=ground.write_soon,
                note=ground.trace.note,
                record=partial(ground.timeline.add, "backend"),
                troubles=ground.troubles,
                retry_after_s=5,
            ),
            random=self.world.random("lwm2m"),
        )
        self.around.endpoints.append(self.endpoint)
        self.ends, self.clients = [], []
        self._records = 0

    def begin_again(self):
        """Forget what waits for clients, and what the service was told."""
        while self.clients:
            self.endpoint.downlink.forget(self.client_of(self.clients.pop()))
        self.world.advance(300_000)
        self.service.__init__()
        self.ends.clear()
        self._records = len(self.world.timeline.records())

    def client(self, **options):
        self.clients.append(HandClient(self.world, **options))
        return self.clients[-1]

    def client_of(self, hand):
        return Client(*hand.home, hand.service == SECURE, hand.iccid)

    def ask(self, hand, method, path, **more):
        """Ask as the service does."""
        request = Request(self.client_of(hand), method, path, **more)
        self.endpoint.downlink.request(request, self.ends.append)

    def records(self, kind):
        told = self.world.timeline.records()[self._records :]
        return [one.fields for one in told if one.kind == kind]
