"""The capture is what happened, read back by two others."""

import subprocess

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.record.pcap import ip_packet, write_pcap
from nce_sim.record.timeline import Record
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.peers import program

SERVICE = Address("10.60.2.239", 4445)
LOSSY = LinkProfile("lossy", (10, 400), loss=0.2, reordering=0.1)


@pytest.fixture
def world():
    world = World(seed=6)
    world.core.listen(
        SERVICE, lambda d: world.core.send(Datagram(d.destination, d.source, d.payload[::-1]))
    )
    session = world.core.open_session(world.add_sim(), lambda datagram: None, profile=LOSSY)
    randomness = world.random("test")
    for number in range(200):
        payload = randomness.randbytes(number % 64)
        session.send(Datagram(Address(session.host, 40_000 + number), SERVICE, payload))
        world.advance(1_234)
    return world


def expected(world, fates=("sent", "reordered")):
    return [
        record
        for record in world.timeline.records(kind="datagram")
        if record.fields["fate"] in fates
    ]


def test_dpkt_reads_every_datagram_back(world, tmp_path):
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on pcap")
    path = tmp_path / "run.pcap"
    records = expected(world)
    start_s = world.settings.calendar_start_s
    assert write_pcap(path, world.timeline.records(), start_s) == len(records)
    with path.open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        assert reader.datalink() == 101  # LINKTYPE_RAW
        packets = list(reader)
    for (at_s, octets), record in zip(packets, records, strict=True):
        assert round((at_s - start_s) * 1000) == record.at_ms
        packet = dpkt.ip.IP(octets)
        stored = packet.sum, packet.udp.sum
        # dpkt makes its own sums when told that there are none.
        packet.sum = packet.udp.sum = 0
        rebuilt = dpkt.ip.IP(bytes(packet))
        assert stored == (rebuilt.sum, rebuilt.udp.sum)
        ends = [
            f"{'.'.join(map(str, host))}:{port}"
            for host, port in ((packet.src, packet.udp.sport), (packet.dst, packet.udp.dport))
        ]
        assert ends == [record.fields["origin"], record.fields["destination"]]
        assert packet.udp.data == record.fields["payload"]
        assert packet.len == record.fields["size"] == len(octets)


def test_tshark_finds_no_fault(world, tmp_path):
    tshark = program("tshark")
    path = tmp_path / "run.pcap"
    count = write_pcap(path, world.timeline.records(), world.settings.calendar_start_s)
    fields = ["frame.time_epoch", "ip.checksum.status", "udp.checksum.status", "udp.srcport"]
    command = [tshark, "-r", str(path), "-T", "fields", *(x for f in fields for x in ("-e", f))]
    options = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    ran = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    assert len(lines) == count
    assert {(line[1], line[2]) for line in lines} == {("1", "1")}  # 1 is good
    assert [int(line[3]) for line in lines] == [
        int(record.fields["origin"].rpartition(":")[2]) for record in expected(world)
    ]


def test_one_session_and_the_lost_ones_can_be_had(world, tmp_path):
    path = tmp_path / "run.pcap"
    everything = world.timeline.records(kind="datagram")
    assert write_pcap(path, everything, 0, with_lost=True) == len(everything)
    assert write_pcap(path, everything, 0, source="session 10.160.0.9") == 0
    assert path.stat().st_size == 24


@pytest.mark.slow
def test_a_checksum_of_zero_is_sent_as_its_complement():
    fields = {"origin": "10.160.0.1:1", "destination": "10.60.2.239:4445", "fate": "sent"}
    sums = set()
    for number in range(65_536):
        payload = number.to_bytes(2, "big")
        octets = ip_packet(Record(0, "", "datagram", {**fields, "payload": payload}))
        sums.add(octets[26:28])
    assert b"\x00\x00" not in sums
    assert b"\xff\xff" in sums
