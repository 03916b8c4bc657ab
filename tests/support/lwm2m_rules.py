"""A world whose LwM2M service speaks to a double of its endpoint, in virtual time.

bench = Bench()
client = bench.client()                 # a SIM with a session, of the world's own account
bench.bootstrap(client); bench.register(client)
client.says("GET", "/3303", Reply(0x45, 11542, tlv))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import Clock
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.services.lwm2m.outbound import Answer, Client, NoReply, Reply, Request
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.settings import Settings
from nce_sim.storage import Work
from nce_sim.world import World

Result = TypeVar("Result")
OURS = Settings().account.organisation_id
QUERY = ("ep=a", "lt=300", "lwm2m=1.1", "b=U")
LINKS = b'</>;rt="oma.lwm2m";ct="110 112 11542",</1/0>,</3/0>,</6/0>,</3303/0>,</3311/0>'
MS = 10


class Device:
    """A SIM, its client, and what the client answers; nothing else has a reply."""

    def __init__(self, world: World, is_secure: bool, port: int) -> None:
        self.world = world
        self.sim = world.add_sim()
        self.host = world.core.address_of(self.sim) or ""
        self.client = Client(self.host, port, is_secure, self.sim.iccid)
        self.session: Any = None
        self.answers: dict[tuple[str, str], list[Reply | NoReply]] = {}
        self.requests: list[Request] = []
        self.location: tuple[str, ...] = ()
        self.attach()

    @property
    def iccid(self) -> str:
        return self.sim.iccid

    def attach(self) -> None:
        if self.session is not None:
            self.session.close()
        self.session = self.world.core.open_session(self.sim, lambda datagram: None)

    def says(self, method: str, path: str, *replies: Reply | NoReply) -> None:
        """The answers to requests for a path; the last one stays."""
        self.answers[method, path] = list(replies)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(one.method, "/" + "/".join(one.path)) for one in self.requests]


class Double:
    """The endpoint's side: each request is answered by its device, a little later."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.devices: dict[str, Device] = {}
        self.forgotten: list[Client] = []

    def request(self, request: Request, ended: Callable[[Reply | NoReply], None]) -> None:
        device = self.devices[request.client.identity]
        device.requests.append(request)
        replies = device.answers.get((request.method, "/" + "/".join(request.path)))
        if replies is None:
            reply: Reply | NoReply = NoReply("no answer")
        else:
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        self._world.clock.call_later(MS, lambda: ended(reply))

    def forget(self, client: Client) -> None:
        self.forgotten.append(client)


class Bench:
    def __init__(
        self,
        path: str | None = None,
        settings: Lwm2mSettings | None = None,
        *,
        is_active: bool = True,
        is_passive: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.world = World(seed=1, clock=clock)
        self.backend = Backend(
            self.world, path, BackendSettings(lwm2m=settings or Lwm2mSettings())
        )
        self.is_virtual = clock is None
        self.lwm2m = self.backend.lwm2m
        self.double = Double(self.world)
        self.lwm2m.send_by(self.double)
        if is_active:
            self.activate(is_passive=is_passive)

    def activate(
        self, organisation_id: int = OURS, *, is_active: bool = True, is_passive: bool = False
    ) -> None:
        settings = {"LWM2M_PASSIVE_REPORTING": "ENABLED" if is_passive else "DISABLED"}
        self.run(
            lambda work: self.backend.device_integrator.change(
                organisation_id, "LWM2M", is_active=is_active, settings=settings, work=work
            )
        )

    def run(self, call: Callable[[Work], Result]) -> Result:
        """A call in a unit of work of its own; what follows has time to happen."""
        with self.backend.storage.unit() as work:
            result = call(work)
        if self.is_virtual:
            self.world.advance(1_000)
        return result

    def client(self, *, is_secure: bool = False, port: int = 40_000) -> Device:
        device = Device(self.world, is_secure, port)
        self.double.devices[device.iccid] = device
        return device

    def bootstrap(self, device: Device, preferred: int | None = None) -> Any:
        return self.run(
            lambda work: self.lwm2m.bootstrap(device.client, "any name", preferred, work)
        )

    def register(
        self, device: Device, query: tuple[str, ...] = QUERY, links: bytes = LINKS
    ) -> Answer:
        answer = self.run(lambda work: self.lwm2m.register(device.client, query, links, work))
        device.location = answer.location
        return answer

    def update(
        self, device: Device, query: tuple[str, ...] = (), links: bytes = b"", **more: Any
    ) -> Answer:
        client = more.get("client", device.client)
        location = more.get("location", device.location)
        return self.run(lambda work: self.lwm2m.update(client, location, query, links, work))

    def registered(self, **options: Any) -> Device:
        """A client that has bootstrapped and registered."""
        device = self.client(**options)
        self.bootstrap(device)
        answer = self.register(device)
        assert answer.code == 0x41, answer
        return device

    def notify(self, device: Device, token: bytes, reply: Reply) -> bool:
        return self.run(lambda work: self.lwm2m.notified(device.client, token, reply, work))

    def send(self, device: Device, content_format: int | None, payload: bytes) -> Answer:
        return self.run(lambda work: self.lwm2m.sent(device.client, content_format, payload, work))

    def act(self, device: Device, action: Lwm2mAction) -> str:
        controller = self.backend.controller
        accepted = self.run(lambda work: controller.create(OURS, device.iccid, action, work))
        return accepted.request_id

    def result(self, request_id: str) -> tuple[str, Any]:
        found = self.backend.controller.request(OURS, request_id)
        return found.status, None if found.result is None else dict(found.result)

    def history(self, device: Device) -> list[Any]:
        """The values of all messages, the oldest first."""
        found = self.backend.inspector.history(device.iccid, protocol="LWM2M", page_size=None)
        return [item.value for item in reversed(found)]

    def state(self, device: Device) -> Any:
        return self.backend.inspector.state(device.iccid, "LWM2M")

    def logs(self, device: Device) -> list[tuple[str, str]]:
        return [
            (item.message, item.description)
            for item in self.backend.logs.latest(device.iccid, None)
            if item.type == "DEVICE"
        ]

    def listed(self, organisation_id: int = OURS) -> list[str]:
        return [one.registration.iccid for one in self.lwm2m.clients(organisation_id)]
