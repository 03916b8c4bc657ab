"""The open internet: NAT, its time-outs, breakouts, name servers."""

import random

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.internet import Breakout
from nce_sim.network.nat import FIRST_PUBLIC_PORT, Nat
from nce_sim.settings import CellSettings, NetworkSettings, RoamingRule, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.dns import answer_to
from nce_sim.world import World

HOST, OTHER = Address("203.0.113.7", 7), Address("203.0.113.8", 7)
DEVICE = Address("10.160.0.1", 5_000)
SERVICE = Address("10.60.2.239", 4445)
QUICK = LinkProfile("quick", (0, 0))
PUBLIC = "198.51.100.1"


class Place:
    """A world with one device on the air and two hosts on the internet."""

    def __init__(self, **network):
        settings = NetworkSettings(backbone_latency_ms=0, **network)
        self.world = World(1, settings=Settings(network=settings))
        self.internet = self.world.core.internet
        self.seen, self.got = [], []
        for address in (HOST, OTHER):
            self.internet.listen(address, self.seen.append)
        self.open()

    def open(self):
        sim = self.world.sims[0] if self.world.sims else self.world.add_sim()
        self.session = self.world.core.open_session(sim, self.got.append, profile=QUICK)

    def send(self, destination=HOST, port=5_000, payload=b"up"):
        self.session.send(Datagram(Address(self.session.host, port), destination, payload))
        self.world.advance(0)

    def answer(self, source=HOST, port=FIRST_PUBLIC_PORT, host=PUBLIC):
        self.internet.send(Datagram(source, Address(host, port), b"down"))
        self.world.advance(0)

    @property
    def drops(self):
        return [r.fields["reason"] for r in self.world.timeline.records(kind="dropped")]


def test_a_host_sees_the_breakout_and_its_answer_comes_back():
    place = Place()
    place.send()
    [datagram] = place.seen
    assert (datagram.source, datagram.payload) == (Address(PUBLIC, FIRST_PUBLIC_PORT), b"up")
    place.answer()
    [answer] = place.got
    assert (answer.source, answer.destination, answer.payload) == (HOST, DEVICE, b"down")


def test_nobody_reaches_a_device_uninvited():
    place = Place()
    place.answer()
    place.send()
    place.answer(source=OTHER)
    place.answer(port=FIRST_PUBLIC_PORT + 1)
    place.answer(host="198.51.100.2")
    assert place.got == []
    assert place.drops == ["no NAT binding"] * 4


def test_a_nat_that_is_open_to_anybody_is_a_setting():
    place = Place(nat_is_open_to_anybody=True)
    place.send()
    place.answer(source=OTHER)
    assert len(place.got) == 1


def test_a_port_of_the_device_keeps_its_public_port_towards_everybody():
    place = Place()
    place.send(HOST)
    place.send(OTHER)
    place.send(HOST, port=5_001)
    ports = [datagram.source.port - FIRST_PUBLIC_PORT for datagram in place.seen]
    assert ports == [0, 0, 1]


@pytest.mark.parametrize(("silence_s", "arrives"), [(119, True), (120, False)])
def test_a_binding_dies_of_120_seconds_of_silence(silence_s, arrives):
    place = Place()
    place.send()
    place.world.advance(silence_s * 1000)
    place.answer()
    assert bool(place.got) == arrives


def test_answers_keep_a_binding_alive_unless_the_settings_say_no():
    for keeps_alive, answers in ((True, 3), (False, 1)):
        place = Place(nat_inbound_keeps_alive=keeps_alive)
        place.send()
        for _ in range(3):
            place.world.advance(100_000)
            place.answer()
        assert len(place.got) == answers


def test_an_idle_device_gets_another_public_port():
    place = Place()
    place.send()
    place.world.advance(120_000)
    place.send()
    place.internet.nat.forget_all()
    place.send()
    assert [d.source.port - FIRST_PUBLIC_PORT for d in place.seen] == [0, 1, 2]


@pytest.mark.parametrize(("protocol", "idle_ms"), [("UDP", 120_000), ("TCP", 600_000)])
def test_each_protocol_has_its_time_out(protocol, idle_ms):
    clock = VirtualClock()
    nat = Nat(clock, NetworkSettings())
    public = nat.outbound(protocol, DEVICE, HOST, PUBLIC)
    assert nat.inbound("TCP" if protocol == "UDP" else "UDP", public, HOST) is None
    clock.advance(idle_ms - 1)
    assert nat.inbound(protocol, public, HOST) == DEVICE
    clock.advance(idle_ms)
    assert nat.inbound(protocol, public, HOST) is None


def test_a_connection_is_forgotten_though_another_one_keeps_the_port():
    clock = VirtualClock()
    nat = Nat(clock, NetworkSettings())
    nat.outbound("TCP", DEVICE, HOST, PUBLIC)
    clock.advance(599_000)
    nat.outbound("TCP", DEVICE, OTHER, PUBLIC)
    clock.advance(1_000)
    assert not nat.knows("TCP", DEVICE, HOST, PUBLIC)
    assert nat.knows("TCP", DEVICE, OTHER, PUBLIC)


@pytest.mark.slow
def test_public_ports_wrap_onto_those_that_fell_idle():
    clock = VirtualClock()
    nat, randomness = Nat(clock, NetworkSettings()), random.Random(1)
    for number in range(100_000):
        device = Address(f"10.160.0.{randomness.randrange(1, 250)}", number % 60_000)
        public = nat.outbound("UDP", device, HOST, PUBLIC)
        assert nat.inbound("UDP", public, HOST) == device
        clock.advance(10)


def test_a_bound_is_kept_when_all_ports_are_in_use():
    nat = Nat(VirtualClock(), NetworkSettings())
    for port in range(65_536 - FIRST_PUBLIC_PORT):
        nat.outbound("UDP", Address("10.160.0.1", port), HOST, PUBLIC)
    with pytest.raises(RuntimeError, match="no public port"):
        nat.outbound("UDP", Address("10.160.0.2", 1), HOST, PUBLIC)


# -- breakouts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "region", "reaches"),
    [
        ("Manual", "Frankfurt", True),
        ("Manual", "N. Virginia", True),
        ("Manual", "N. California", False),
        ("Manual", "Tokyo", False),
        ("Automatic", "Frankfurt", False),
    ],
)
def test_1nce_os_is_reached_from_two_regions_in_manual_mode_alone(mode, region, reaches):
    place, heard = Place(breakout_mode=mode, breakout_region=region), []
    place.world.core.listen(SERVICE, heard.append)
    place.send(SERVICE)
    place.send(HOST)
    assert bool(heard) == reaches
    assert len(place.seen) == 1
    if not reaches:
        assert place.drops == ["1NCE OS is not reachable from this breakout"]


def test_1nce_os_may_be_kept_to_frankfurt_by_a_setting():
    for regions, reaches in ((("Frankfurt", "N. Virginia"), True), (("Frankfurt",), False)):
        place, heard = Place(breakout_region="N. Virginia", os_regions=regions), []
        place.world.core.listen(SERVICE, heard.append)
        place.send(SERVICE)
        assert bool(heard) == reaches


@pytest.mark.parametrize(
    ("country", "nearest", "region"),
    [
        (("United States", "us", "1"), None, "N. Virginia"),
        (("United States", "us", "1"), "N. California", "N. California"),
        (("Japan", "jp", "81"), None, "Tokyo"),
        (("Germany", "de", "49"), None, "Frankfurt"),
    ],
)
def test_an_automatic_breakout_is_the_nearest_region(country, nearest, region):
    settings = Settings(
        network=NetworkSettings(breakout_mode="Automatic"),
        cell=CellSettings(nearest_region=nearest),
        roaming={"26201": RoamingRule(country=country)},
    )
    world = World(1, settings=settings)
    sim = world.add_sim()
    session = world.core.open_session(sim, print, cell=world.operator.cells[0])
    assert session.region == region


def test_a_nearest_region_that_is_not_there_is_refused_when_the_cell_is_put_up():
    with pytest.raises(ValueError, match="'Paris'; there are Frankfurt"):
        World(1, settings=Settings(cell=CellSettings(nearest_region="Paris")))


def test_a_new_breakout_is_that_of_sessions_to_come():
    place = Place()
    place.internet.breakout = Breakout("Manual", "Tokyo")
    place.send()
    place.session.close()
    place.open()
    place.send()
    assert [d.source.host for d in place.seen] == [PUBLIC, "198.51.100.4"]
    event = place.world.timeline.records(kind="event")[-1].subject
    assert event.detail["pdp_context"]["region"] == "ap-northeast-1"


@pytest.mark.parametrize("breakout", [("Automatically", "Tokyo"), ("Manual", "Paris")])
def test_a_breakout_that_is_not_there_is_refused(breakout):
    with pytest.raises(ValueError):
        Place().internet.breakout = Breakout(*breakout)


def test_private_addresses_are_not_on_the_internet():
    place = Place()
    with pytest.raises(ValueError, match="private"):
        place.internet.listen(Address("10.1.2.3", 1), print)
    place.send(Address("192.168.0.1", 1))
    place.send(Address("198.18.0.1", 1))
    assert place.drops == ["nobody is there"] * 2


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("server", ["10.60.0.53", "8.8.8.8", "8.8.4.4"])
@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("udp.os.1nce.com", ["10.60.2.239"]),
        ("Echo.Example.com", ["203.0.113.7", "203.0.113.8"]),
        ("nobody.example.com", []),
    ],
)
def test_a_device_asks_a_name_server_itself(server, name, addresses):
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on DNS")
    place = Place()
    place.internet.add_name("echo.example.com", "203.0.113.7", "203.0.113.8")
    query = dpkt.dns.DNS(id=77, qd=[dpkt.dns.DNS.Q(name=name)])
    place.send(Address(server, 53), payload=bytes(query))
    [reply] = place.got
    assert (reply.source, reply.destination) == (Address(server, 53), DEVICE)
    answer = dpkt.dns.DNS(reply.payload)
    assert (answer.id, answer.qr, answer.qd[0].name) == (77, 1, name)
    assert answer.rcode == (0 if addresses else 3)
    assert [".".join(map(str, record.rdata)) for record in answer.an] == addresses
    assert place.world.core.resolve(name) == addresses


def test_questions_of_another_type_have_no_answer_but_a_name():
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on DNS")
    query = dpkt.dns.DNS(id=1, qd=[dpkt.dns.DNS.Q(name="a.b", type=dpkt.dns.DNS_AAAA)])
    answer = dpkt.dns.DNS(answer_to(bytes(query), lambda name: ["1.2.3.4"], 60))
    assert (answer.rcode, answer.an) == (0, [])


def test_a_name_server_survives_octets_at_random():
    randomness = random.Random(4)
    for _ in range(20_000):
        answer_to(randomness.randbytes(randomness.randrange(40)), lambda name: ["1.2.3.4"], 60)
