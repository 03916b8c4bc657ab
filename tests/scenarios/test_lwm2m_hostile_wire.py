"""Our LwM2M client before our service, over a wire that loses, doubles and reorders both ways:
from the bootstrap to the deregistration, in virtual time, each seed the same life every time."""

from __future__ import annotations

from random import Random

import pytest

from lwm2m_scene import SECURITY, Temperature, creatables, device
from nce.lwm2m import events
from nce.lwm2m.accounts import port_of
from nce.lwm2m.client import Lwm2mClient
from nce.lwm2m.model import Instance
from nce_sim.wire.datagram import Address, Datagram
from support.lwm2m_client import SERVICE
from support.lwm2m_world import act, lwm2m_world, outcome, reported

LOSS, TWICE, MOST_LATE_MS = 0.3, 0.1, 3_000
STEP_MS = 250
# A notification that has to be begun again, with a new connection and an update before it.
MOST_MS = 600_000
USUAL_MS = 20_000
PATH = "/3303/0/5700"


class Device:
    """The engine at a SIM, each connection from a port of its own."""

    def __init__(self, world, seed):
        self.world, self.dice = world, Random(seed)
        self.sim = world.add_sim()
        self.iccid = self.sim.iccid
        self.celsius = 20.0
        bootstrap = {0: "coap://lwm2m.os.1nce.com:5683", 1: True, 2: 3, 10: 2222}
        objects = [*creatables(), Instance(SECURITY, 1, bootstrap), device()]
        objects.append(Temperature(lambda: self.celsius))
        self.client = Lwm2mClient(
            self.iccid[:19], objects, Random(seed + 1).randbytes, bootstraps_on_connect=True
        )
        self.client.on_changed = self._look
        self.told, self.ports, self.passed, self.lost = [], {}, 0, 0
        self._port, self._looks = 40_000, 0
        self.home = world.core.address_of(self.sim)
        self.session = world.core.open_session(self.sim, self._arrive)

    def now_ms(self):
        return self.world.clock.now_ms()

    def take(self, told):
        """Do what a verb asks, and send what there is."""
        for event in told:
            self.told.append(event.kind)
            if event.kind == events.CONNECT:
                self._port += 1
                self.ports[event.server] = self._port
                self.take(self.client.connected(event.server, 1152, self.now_ms()))
            elif event.kind == events.DISCONNECT:
                self._send(event.server)
                self.ports.pop(event.server, None)
        for server in list(self.ports):
            self._send(server)
        self._look()

    def _send(self, server):
        port = self.ports.get(server)
        host, number = port_of(server.uri)
        to = SERVICE if host.startswith("lwm2m.") else Address(host, number)
        for data in self.client.datagrams_to_send(server):
            datagram = Datagram(Address(self.home, port), to, data)
            self._through(lambda datagram=datagram: self.session.send(datagram))

    def _arrive(self, datagram):
        self._through(lambda: self._land(datagram))

    def _land(self, datagram):
        for server, port in list(self.ports.items()):
            if port == datagram.destination.port:
                told = self.client.receive_datagram(server, datagram.payload, self.now_ms())
                self.take(told)

    def _through(self, deliver):
        for _ in range(1 + (self.dice.random() < TWICE)):
            self.passed += 1
            if self.dice.random() < LOSS:
                self.lost += 1
            else:
                # Whatever is late by more than another one's wait is overtaken.
                self.world.clock.call_later(self.dice.randrange(MOST_LATE_MS), deliver)

    def _look(self):
        """Set the timer anew; one that was set before finds that it is too old."""
        self._looks += 1
        due_ms, number = self.client.next_timeout(), self._looks
        if due_ms is not None:
            wait_ms = max(0, due_ms - self.now_ms())
            self.world.clock.call_later(wait_ms, lambda: self._due(number))

    def _due(self, number):
        if number == self._looks:
            self.take(self.client.handle_timeout(self.now_ms()))

    # -- what a test does --------------------------------------------------------------------

    def until(self, is_done, most_ms=MOST_MS):
        until_ms = self.now_ms() + most_ms
        while not is_done():
            assert self.now_ms() < until_ms, f"not in {most_ms} ms; told {self.told[-10:]}"
            self.world.advance(STEP_MS)

    def observations(self):
        return [one for server in self.client.servers for one in server.observations]

    def is_told(self):
        """Whether the service has acknowledged the newest value."""
        return all(server.in_flight is None for server in self.client.servers) and all(
            one.told[0] == self.celsius and not one.is_changed and not one.is_pending
            for one in self.observations()
        )

    def show(self, celsius):
        self.celsius = celsius
        self.client.tree.instance((3303, 0)).changed(5700)


def live(seed, notifications):
    with lwm2m_world(seed=seed) as (world, backend):
        one = Device(world, seed)
        one.take(one.client.start(one.now_ms()))
        one.until(lambda: events.REGISTERED in one.told, most_ms=3_600_000)
        assert events.BOOTSTRAPPED in one.told

        def observe():
            asked = act(backend, one, "observe-start", PATH)
            one.until(lambda: outcome(backend, one, asked).status in ("SUCCEEDED", "FAILED"))
            return bool(one.observations())

        one.until(observe)
        shown, superseded, began_ms = [20.0], set(), one.now_ms()
        for turn in range(notifications):
            if turn % 10 == 9:  # nobody waits for this one: the next may take its place
                shown.append(turn + 29.75)
                superseded.add(shown[-1])
                one.show(shown[-1])
                world.advance(one.dice.randrange(2_000))
            shown.append(turn + 30.0)
            one.show(shown[-1])
            one.until(one.is_told)
            assert one.observations(), "it is observed no more"
        took_ms = one.now_ms() - began_ms
        one.take(one.client.stop(one.now_ms()))
        one.until(lambda: events.DEREGISTERED in one.told and not one.ports)
        one.until(lambda: not backend.lwm2m.is_registered(one.iccid))
        arrived = [value[PATH] for value in reported(backend, one) if PATH in value]
        assert events.HANDLER_FAILED not in one.told
        world.advance(600_000)
        assert one.client.next_timeout() is None, "it is at rest"
        return one, shown, superseded, arrived, took_ms


def check(one, shown, superseded, arrived, took_ms):
    missing = set(shown[1:]) - set(arrived)
    assert missing <= superseded, "a value that nothing took the place of is lost"
    # One that could not be acknowledged is told again by another message.
    once = [value for at, value in enumerate(arrived) if at == 0 or value != arrived[at - 1]]
    assert once == sorted(set(arrived)), "in their order"
    assert len(arrived) <= 1.1 * len(shown)
    assert one.lost > 0.2 * one.passed
    assert took_ms < USUAL_MS * len(shown)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_life_at_a_loss_of_30_percent(seed):
    check(*live(seed, 25))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 6))
def test_a_thousand_notifications_at_a_loss_of_30_percent(seed):
    check(*live(seed, 1_000))
