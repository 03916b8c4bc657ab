"""The capture of TCP over the air, judged by tshark and by dpkt."""

import asyncio
import subprocess

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.network.tcp import Closed
from nce_sim.record.pcap import write_pcap
from support.peers import program
from support.tcp_world import SERVER, echo, virtually

CLEAN = LinkProfile("clean", (20, 90))
LOSSY = LinkProfile("lossy", (20, 90), loss=0.08)


@pytest.fixture(params=[CLEAN, LOSSY], ids=lambda profile: profile.name)
def run(request, tmp_path):
    """A conversation on a capture, the lost segments among it: (world, text, path)."""

    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        text = place.world.random("text").randbytes(60_000)

        async def send():
            await line.send(text)
            line.connection.shut_down()

        sending = asyncio.create_task(send())
        assert await line.receive() == text
        await sending
        line.connection.close()
        await line.until(Closed)
        await asyncio.sleep(300)
        return place.world, text

    world, text = virtually(story, request.param)
    path = tmp_path / "run.pcap"
    records = world.timeline.records()
    write_pcap(path, records, world.settings.calendar_start_s, with_lost=True)
    return world, text, path


def tshark(*arguments):
    command = [program("tshark"), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout


def fields(path, *names):
    options = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    output = tshark(
        "-r", path, *options, "-T", "fields", *(x for name in names for x in ("-e", name))
    )
    return [line.split("\t") for line in output.splitlines()]


def test_tshark_sees_a_clean_conversation(run):
    world, _, path = run
    lines = fields(path, "ip.checksum.status", "tcp.checksum.status", "tcp.stream", "ip.len")
    assert {tuple(line[:3]) for line in lines} == {("1", "1", "0")}  # 1 is good; one connection
    records = [r for r in world.timeline.records(kind="datagram") if "segment" in r.fields]
    assert [int(line[3]) for line in lines] == [record.fields["size"] for record in records]
    flags = [line[0] for line in fields(path, "tcp.flags.str")]
    assert [flag.strip("·") for flag in flags[:1]] == ["S"]
    assert any("F" in flag for flag in flags)
    assert not any("R" in flag for flag in flags)


ANALYSIS = ("retransmission", "lost_segment", "ack_lost_segment", "duplicate_ack", "zero_window")


def test_tshark_finds_a_retransmission_for_what_was_lost_and_nothing_else(run):
    world, _, path = run
    found = fields(path, *(f"tcp.analysis.{name}" for name in ANALYSIS))
    count = {
        name: sum(bool(line[at]) for line in found if len(line) > at)
        for at, name in enumerate(ANALYSIS)
    }
    fates = [
        record.fields["fate"]
        for record in world.timeline.records(kind="datagram")
        if record.fields["payload"]
    ]
    is_lossy = "lost" in fates
    assert (
        (count["retransmission"] >= fates.count("lost")) if is_lossy else not any(count.values())
    )
    assert count["lost_segment"] == count["ack_lost_segment"] == 0
    if is_lossy:
        assert fates.count("lost") > 3


def test_tshark_joins_the_bytes_of_both_directions(run):
    _, text, path = run
    output = tshark("-r", path, "-q", "-z", "follow,tcp,raw,0")
    up, down = bytearray(), bytearray()
    for line in output.splitlines():
        digits = line.strip()
        if digits and all(digit in "0123456789abcdef" for digit in digits):
            (down if line.startswith("\t") else up).extend(bytes.fromhex(digits))
    assert bytes(up) == text
    assert bytes(down) == text


def test_dpkt_reads_every_segment_back(run):
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on pcap")
    world, _, path = run
    records = [r for r in world.timeline.records(kind="datagram") if "segment" in r.fields]
    with path.open("rb") as file:
        packets = [dpkt.ip.IP(octets) for _, octets in dpkt.pcap.Reader(file)]
    for packet, record in zip(packets, records, strict=True):
        segment = record.fields["segment"]
        assert packet.p == 6
        assert (packet.tcp.seq, packet.tcp.ack, packet.tcp.win) == (
            segment.sequence,
            segment.acknowledgement,
            segment.window,
        )
        assert packet.tcp.data == record.fields["payload"]
        stored = packet.sum, packet.tcp.sum
        packet.sum = packet.tcp.sum = 0
        rebuilt = dpkt.ip.IP(bytes(packet))
        assert stored == (rebuilt.sum, rebuilt.tcp.sum)
