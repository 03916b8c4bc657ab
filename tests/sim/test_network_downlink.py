"""A SIM that is two, modem and twin program: at each port the last sender is answered."""

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.network.downlink import MOST_PORTS
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
PERFECT = LinkProfile("perfect", (1, 1))


class Scene:
    def __init__(self):
        self.world = World(1)
        self.core = self.world.core
        self.sim = self.world.add_sim()
        self.host = self.core.address_of(self.sim)
        self.at_modem, self.at_twin = [], []
        self.core.listen(SERVICE, self.answer)
        self.core.set_twin(lambda datagram: self.at_twin.append(datagram.payload))

    def answer(self, datagram):
        self.core.send(Datagram(SERVICE, datagram.source, b"re:" + datagram.payload))

    def open(self):
        self.session = self.core.open_session(
            self.sim, lambda datagram: self.at_modem.append(datagram.payload), profile=PERFECT
        )

    def twin_says(self, port, payload):
        self.core.send(Datagram(Address(self.host, port), SERVICE, payload))
        self.world.advance(1_000)

    def modem_says(self, port, payload):
        self.session.send(Datagram(Address(self.host, port), SERVICE, payload))
        self.world.advance(1_000)

    def unasked(self, port, payload=b"unasked"):
        self.core.send(Datagram(SERVICE, Address(self.host, port), payload))
        self.world.advance(1_000)

    @property
    def told(self):
        return [
            (record.fields["address"], record.fields["goes_to"], record.fields["lost_by"])
            for record in self.world.timeline.records(kind="downlink")
        ]


@pytest.fixture
def scene():
    return Scene()


def test_a_twin_program_is_answered_while_its_modem_has_a_session(scene):
    scene.twin_says(40_000, b"before")
    scene.open()
    scene.twin_says(40_000, b"during")
    scene.modem_says(50_000, b"modem")
    assert scene.at_twin == [b"re:before", b"re:during"]
    assert scene.at_modem == [b"re:modem"]
    # Once: the session gets what nobody asked for, and the twin program lost that.
    assert scene.told == [(scene.host, "the modem's session", "the twin program")]


def test_at_one_port_the_last_sender_is_answered_and_the_other_told(scene):
    scene.open()
    scene.modem_says(40_000, b"1")
    scene.twin_says(40_000, b"2")
    scene.unasked(40_000)
    scene.modem_says(40_000, b"3")
    scene.unasked(40_000, b"again")
    assert scene.at_modem == [b"re:1", b"re:3", b"again"]
    assert scene.at_twin == [b"re:2", b"unasked"]
    port = f"{scene.host}:40000"
    assert scene.told == [
        (port, "the twin program", "the modem's session"),
        (scene.host, "the modem's session", "the twin program"),
        (port, "the modem's session", "the twin program"),
    ]


def test_what_nobody_asked_for_goes_to_the_session_and_else_to_the_twin(scene):
    scene.twin_says(40_000, b"x")
    scene.unasked(3_000, b"no session")
    scene.open()
    scene.unasked(3_000, b"session")
    scene.session.close()
    scene.unasked(3_000, b"closed")
    assert scene.at_twin == [b"re:x", b"no session", b"closed"]
    assert scene.at_modem == [b"session"]


def test_a_session_that_ends_leaves_its_ports_to_the_twin(scene):
    scene.open()
    scene.modem_says(40_000, b"1")
    scene.session.close()
    scene.unasked(40_000)
    assert scene.at_twin == [b"unasked"]
    scene.twin_says(40_000, b"2")
    assert scene.told == []


def test_without_twins_nothing_is_noted_and_nothing_changes(scene):
    scene.core.set_twin(None)
    scene.open()
    scene.modem_says(40_000, b"1")
    scene.unasked(40_000)
    scene.twin_says(40_000, b"2")
    assert scene.at_modem == [b"re:1", b"unasked", b"re:2"]
    assert scene.told == []


def test_a_disabled_sim_s_twin_takes_no_port(scene):
    scene.open()
    scene.modem_says(40_000, b"1")
    scene.sim.is_enabled = False
    scene.twin_says(40_000, b"2")
    scene.sim.is_enabled = True
    scene.unasked(40_000)
    assert (scene.at_modem, scene.at_twin) == ([b"re:1", b"unasked"], [])


def test_ports_are_remembered_up_to_a_bound(scene):
    scene.open()
    for port in range(1, MOST_PORTS + 101):
        scene.core.send(Datagram(Address(scene.host, port), SERVICE, b""))
    scene.world.advance(1_000)
    assert len(scene.core.downlink._owners) == MOST_PORTS
    scene.unasked(1, b"forgotten")
    scene.unasked(MOST_PORTS + 100, b"remembered")
    assert scene.at_modem[-1] == b"forgotten"
    assert scene.at_twin[-1] == b"remembered"


def usage(scene):
    return [
        (record.subject.tx, record.subject.rx)
        for record in scene.world.timeline.records(kind="usage")
    ]


def test_what_passes_a_twin_is_billed_as_what_passes_a_session(scene):
    data = scene.world.account.subscription(scene.sim).data
    headers = 28  # IPv4 and UDP
    scene.twin_says(40_000, b"1234")
    scene.unasked(40_001, b"12345")
    up, down = headers + 4, 2 * headers + len(b"re:1234") + 5
    assert data.used == up + down
    assert usage(scene) == []
    scene.world.advance(59_000)
    scene.twin_says(40_000, b"")
    scene.world.advance(60_000)
    whole = (up + headers, down + headers + 3)
    assert usage(scene) == [whole]
    # Later an answer counts, and nothing that may have no receiver.
    scene.unasked(40_001)
    assert data.used == sum(whole)
    scene.unasked(40_000)
    scene.core.set_twin(None)
    assert usage(scene) == [whole, (0, headers + 7)]


def test_a_twin_without_volume_or_beyond_its_limit_is_not_heard(scene):
    account = scene.world.account
    scene.twin_says(40_000, b"1")
    account.exhaust(scene.sim)
    scene.twin_says(40_000, b"2")
    account.top_up(scene.sim)
    scene.twin_says(40_000, b"3")
    account.set_limit(scene.sim, "data", 10)
    scene.twin_says(40_000, b"4")
    account.set_limit(scene.sim, "data", None)
    account.expire(scene.sim)
    scene.twin_says(40_000, b"5")
    account.extend(scene.sim)
    account.top_up(scene.sim)
    scene.world.set_sim_enabled(scene.sim, False)
    scene.twin_says(40_000, b"6")
    assert scene.at_twin == [b"re:1", b"re:3"]
    reasons = [r.fields["reason"] for r in scene.world.timeline.records(kind="dropped")]
    assert [reason.rpartition(" ")[2] for reason in reasons] == [
        "up",
        "limit",
        "expired",
        "disabled",
    ]
