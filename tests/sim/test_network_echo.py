"""ICMP echoes in the world: who answers, what is billed, what the timeline and a capture show."""

import struct

from nce_sim.link_profile import LinkProfile
from nce_sim.record.pcap import checksum, write_pcap
from nce_sim.settings import AccountSettings, NetworkSettings, Settings
from nce_sim.wire.datagram import Address
from nce_sim.wire.echo import REQUEST, TIME_EXCEEDED, Echo
from nce_sim.world import World

HOST = "203.0.113.7"
AIR = LinkProfile("steady", latency_ms=(40, 40))


def session_in(world, sim=None):
    sim = sim or world.add_sim()
    world.core.add_subscriber(sim)
    return world.core.open_session(sim, lambda datagram: None, profile=AIR)


def world_with_host(**network):
    world = World(seed=1, settings=Settings(network=NetworkSettings(**network)))
    world.core.internet.add_echo(Address(HOST, 7))
    return world


def test_an_answer_comes_after_the_round_trip_and_both_ways_are_billed():
    world = world_with_host()
    session = session_in(world)
    heard = []
    session.ping(HOST, 32, 64, lambda answer: heard.append((world.clock.now_ms(), answer)))
    world.advance(89)
    assert not heard
    world.advance(1)
    ((at_ms, answer),) = heard
    assert (at_ms, answer.source, answer.ttl, answer.is_reply) == (90, HOST, 55, True)
    # 20 bytes of IP, 8 of ICMP, 32 of data.
    assert (session.bytes_up, session.bytes_down) == (60, 60)
    assert (session.meter.tx, session.meter.rx) == (60, 60)


def test_services_answer_where_they_can_be_reached_and_sims_never():
    # 1NCE OS is behind the breakout of Frankfurt alone.
    for region, count in (("Frankfurt", 1), ("Tokyo", 0)):
        world = World(seed=1, settings=Settings(network=NetworkSettings(breakout_region=region)))
        world.core.listen(Address("10.60.2.239", 4445), lambda datagram: None)
        other = world.add_sim()
        neighbour = world.core.add_subscriber(other)
        session = session_in(world)
        heard = []
        session.ping("10.60.2.239", 0, 64, heard.append)
        session.ping(neighbour, 0, 64, heard.append)
        session.ping("8.8.8.8", 0, 64, heard.append)
        world.advance(5_000)
        assert [answer.source for answer in heard] == ["10.60.2.239"] * count + ["8.8.8.8"]
        reasons = [each.fields["reason"] for each in world.timeline.records(kind="dropped")]
        assert "from SIM to SIM" in reasons


def test_a_router_answers_a_request_that_lived_too_short():
    world = world_with_host(ping_hops=5)
    session = session_in(world)
    heard = []
    for ttl in (4, 5):
        session.ping(HOST, 8, ttl, heard.append)
    world.advance(1_000)
    assert [(answer.kind, answer.is_reply) for answer in heard] == [
        (TIME_EXCEEDED, False),
        (0, True),
    ]
    assert heard[1].ttl == 59


def test_no_answer_reaches_one_that_has_stopped_waiting_or_is_gone():
    world = world_with_host()
    session = session_in(world)
    heard = []
    session.ping(HOST, 8, 64, heard.append)()
    world.advance(1_000)
    session.ping(HOST, 8, 64, heard.append)
    world.advance(60)
    session.close()
    world.advance(1_000)
    assert not heard


def test_the_volume_may_end_with_a_ping():
    account = AccountSettings(data_volume=130)
    world = World(seed=1, settings=Settings(account=account))
    world.core.internet.add_echo(Address(HOST, 7))
    session = session_in(world)
    heard = []
    session.ping(HOST, 32, 64, heard.append)
    world.advance(1_000)
    assert session.is_open
    session.ping(HOST, 32, 64, heard.append)  # 60 bytes of the 10 that are left
    world.advance(1_000)
    assert not session.is_open
    assert len(heard) == 1


def test_a_capture_shows_pings_as_icmp_with_right_checksums(tmp_path):
    world = world_with_host()
    session = session_in(world)
    session.ping(HOST, 5, 33, lambda answer: None)
    world.advance(1_000)
    assert write_pcap(tmp_path / "run.pcap", world.timeline.records(), 0) == 2
    capture = (tmp_path / "run.pcap").read_bytes()[24:]
    packets = []
    while capture:
        length = struct.unpack_from("<I", capture, 8)[0]
        packets.append(capture[16 : 16 + length])
        capture = capture[16 + length :]
    request, reply = packets
    for packet, kind, ttl in ((request, 8, 33), (reply, 0, 55)):
        assert packet[9] == 1  # ICMP
        assert packet[8] == ttl
        assert packet[20] == kind
        assert checksum(packet[:20]) == checksum(packet[20:]) == 0
        assert packet[26:28] == request[26:28]  # the sequence number
    assert (request[12:16], request[16:20]) == (reply[16:20], reply[12:16])


def test_an_error_quotes_the_request_and_no_more():
    request = Echo("10.160.0.1", HOST, REQUEST, 1, 1, bytes(500), 3)
    assert request.answered_by("10.64.0.1", 61, TIME_EXCEEDED).size == 56
