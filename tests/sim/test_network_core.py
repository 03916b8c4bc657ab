"""Routing, identity and sessions of the core network."""

import pytest

from nce_sim.network.causes import PdpRejected
from nce_sim.settings import NetworkSettings, Settings
from nce_sim.sim_card import SimCard
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)


@pytest.fixture
def world():
    return World(seed=2)


def test_sims_get_the_blocks_addresses_in_order(world):
    sims = [world.add_sim() for _ in range(3)]
    hosts = [world.core.address_of(sim) for sim in sims]
    assert hosts == ["10.160.0.1", "10.160.0.2", "10.160.0.3"]
    assert [world.core.sim_at(host) for host in hosts] == sims
    assert world.core.sim_at("10.160.0.4") is None
    assert world.core.add_subscriber(sims[1]) == "10.160.0.2"


def test_a_full_block_says_so():
    network = NetworkSettings(account_block="10.160.0.0/30", next_account_blocks=())
    world = World(1, settings=Settings(network=network))
    for _ in range(4):
        world.add_sim()
    with pytest.raises(ValueError, match="full"):
        world.add_sim()


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("coap.os.1nce.com", ["10.60.2.219"]),
        ("UDP.OS.1nce.com.", ["10.60.2.239"]),
        ("lwm2m.os.1nce.com", ["10.60.2.240"]),
        ("os.1nce.com", []),
    ],
)
def test_names_of_the_platform_resolve(world, name, addresses):
    assert world.core.resolve(name) == addresses


def test_names_follow_the_hosts_and_may_have_two_addresses():
    pair = ("10.60.2.219", "10.60.2.220")
    network = NetworkSettings(udp_host="10.60.9.9", more_names={"Coap.os.1nce.com": pair})
    core = World(1, settings=Settings(network=network)).core
    assert core.resolve("udp.os.1nce.com") == ["10.60.9.9"]
    assert core.resolve("coap.os.1nce.com") == list(pair)


def test_a_datagram_goes_up_and_its_answer_down_within_the_bearers_latency(world):
    sim, arrived = world.add_sim(), []
    world.core.listen(
        SERVICE, lambda d: world.core.send(Datagram(d.destination, d.source, d.payload.upper()))
    )
    session = world.core.open_session(
        sim, lambda d: arrived.append((world.clock.now_ms(), d.payload))
    )
    session.send(Datagram(Address(session.host, 4000), SERVICE, b"hello"))
    world.advance(1_000)
    [(at_ms, payload)] = arrived
    assert payload == b"HELLO"
    assert 30 <= at_ms <= 210
    assert (session.bytes_up, session.bytes_down) == (33, 33)


def test_nobody_sends_under_another_address(world):
    session = world.core.open_session(world.add_sim(), print)
    with pytest.raises(ValueError, match="identity"):
        session.send(Datagram(Address("10.160.0.9", 1), SERVICE, b""))


def test_traffic_between_sims_is_dropped(world):
    one, other, arrived = world.add_sim(), world.add_sim(), []
    world.core.open_session(other, arrived.append)
    session = world.core.open_session(one, print)
    session.send(Datagram(Address(session.host, 1), Address("10.160.0.2", 1), b"psst"))
    world.advance(1_000)
    assert arrived == []
    assert world.timeline.records(kind="dropped")[0].fields["reason"] == "from SIM to SIM"


def test_only_the_session_opened_last_is_usable(world):
    sim, heard, first_got, second_got = world.add_sim(), [], [], []
    world.core.listen(SERVICE, heard.append)
    first = world.core.open_session(sim, first_got.append)
    second = world.core.open_session(sim, second_got.append)
    for session, payload in ((first, b"old"), (second, b"new")):
        session.send(Datagram(Address(session.host, 1), SERVICE, payload))
    world.core.send(Datagram(SERVICE, Address(first.host, 1), b"down"))
    world.advance(1_000)
    assert [datagram.payload for datagram in heard] == [b"new"]
    assert ([d.payload for d in first_got], [d.payload for d in second_got]) == ([], [b"down"])


def test_what_has_no_session_goes_to_the_twin(world):
    sim, twin = world.add_sim(), []
    address = Address(world.core.address_of(sim), 5683)
    world.core.send(Datagram(SERVICE, address, b"lost"))
    world.core.set_twin(twin.append)
    world.core.send(Datagram(SERVICE, address, b"to a SIM"))
    world.core.send(Datagram(SERVICE, Address("10.99.0.1", 1), b"to a stranger"))
    world.advance(100)
    assert [datagram.payload for datagram in twin] == [b"lost", b"to a SIM", b"to a stranger"]
    assert [record.source for record in world.timeline.records(kind="datagram")] == [
        "twin 10.160.0.1",
        "twin 10.160.0.1",
        "twin 10.99.0.1",
    ]


def test_an_address_is_listened_at_once(world):
    stop = world.core.listen(SERVICE, print)
    with pytest.raises(ValueError, match=r"10\.60\.2\.239:4445"):
        world.core.listen(SERVICE, print)
    stop()
    world.core.listen(SERVICE, print)


def test_sessions_are_refused_with_a_cause(world):
    sim = world.add_sim()
    with pytest.raises(PdpRejected) as stranger:
        world.core.open_session(SimCard.numbered(1), print)
    with pytest.raises(PdpRejected) as wrong_apn:
        world.core.open_session(sim, print, apn="internet")
    world.set_sim_enabled(sim, False)
    with pytest.raises(PdpRejected) as disabled:
        world.core.open_session(sim, print)
    causes = [caught.value.esm_cause for caught in (stranger, wrong_apn, disabled)]
    assert causes == [8, 27, 8]


def test_a_disabled_sim_loses_its_session_and_its_twin_is_not_heard(world):
    sim, heard, closed = world.add_sim(), [], []
    world.core.listen(SERVICE, heard.append)
    session = world.core.open_session(sim, print, on_closed=closed.append)
    world.set_sim_enabled(sim, False)
    world.core.send(Datagram(Address(session.host, 1), SERVICE, b"twin"))
    world.advance(100)
    assert closed == ["the SIM is disabled"]
    assert heard == []
    assert not session.is_open


def test_creating_and_deleting_sessions_are_network_events(world):
    session = world.core.open_session(world.add_sim(), print)
    session.close()
    session.close()
    names = [record.fields["name"] for record in world.timeline.records(kind="event")]
    assert names == ["Create PDP Context", "Delete PDP Context"]
