"""TCP's header as octets, against dpkt and against literal octets."""

import random

import pytest

from nce_sim.wire.checksum import checksum, pseudo_header
from nce_sim.wire.tcp import ACK, FIN, PSH, RST, SYN, URG, Segment, decode, encode

SOURCE, DESTINATION = ("10.160.0.1", 40_000), ("203.0.113.7", 80)
SYN_OCTETS = bytes.fromhex("9c40 0050 00000064 00000000 6002 2000 9489 0000 020405b4")


def a_segment(rng):
    return Segment(
        rng.getrandbits(32),
        rng.getrandbits(32),
        rng.choice([FIN, SYN, RST, PSH, ACK, URG, SYN | ACK, FIN | PSH | ACK, 0]),
        rng.getrandbits(16),
        rng.choice([None, 0, 536, 1_460, 65_535]),
    )


def test_a_syn_octet_by_octet():
    segment = Segment(100, flags=SYN, window=8_192, mss=1_460)
    assert encode(segment, SOURCE, DESTINATION, b"") == SYN_OCTETS
    assert decode(SYN_OCTETS, SOURCE[0], DESTINATION[0]) == (40_000, 80, segment, b"")
    assert str(segment) == "SYN seq=100 ack=0 win=8192 mss=1460"


def test_dpkt_reads_what_we_write_and_makes_the_same_checksum():
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on TCP")
    rng = random.Random(1)
    for _ in range(2_000):
        segment, payload = a_segment(rng), rng.randbytes(rng.randrange(40))
        octets = encode(segment, SOURCE, DESTINATION, payload)
        read = dpkt.tcp.TCP(octets)
        assert (read.sport, read.dport, read.seq, read.ack, read.flags, read.win, read.data) == (
            40_000,
            80,
            segment.sequence,
            segment.acknowledgement,
            segment.flags,
            segment.window,
            payload,
        )
        options = dpkt.tcp.parse_opts(read.opts)
        mss = [] if segment.mss is None else [(2, segment.mss.to_bytes(2, "big"))]
        assert options == mss
        # dpkt makes its own sum when told that there is none.
        stored, read.sum = read.sum, 0
        packet = dpkt.ip.IP(
            src=bytes([10, 160, 0, 1]), dst=bytes([203, 0, 113, 7]), p=6, data=read
        )
        packet.len = len(packet)
        assert dpkt.ip.IP(bytes(packet)).tcp.sum == stored


def test_we_read_what_dpkt_writes():
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed: no second opinion on TCP")
    rng = random.Random(2)
    noise = b"\x01\x03\x03\x07\x08\x0a12345678"  # NOP, window scale, time stamps: all skipped
    for _ in range(500):
        payload, number = rng.randbytes(rng.randrange(40)), rng.getrandbits(32)
        tcp = dpkt.tcp.TCP(sport=1, dport=2, seq=number, ack=7, flags=ACK, win=9, data=payload)
        tcp.opts = noise + b"\x02\x04\x01\x02"
        tcp.opts += b"\x00" * (-len(tcp.opts) % 4)
        tcp.off = 5 + len(tcp.opts) // 4
        packet = dpkt.ip.IP(src=b"\x01\x02\x03\x04", dst=b"\x05\x06\x07\x08", p=6, data=tcp)
        packet.len = len(packet)
        octets = bytes(packet)[20:]
        read = decode(octets, "1.2.3.4", "5.6.7.8")
        assert read == (1, 2, Segment(number, 7, ACK, 9, 0x0102), payload)


def test_every_changed_bit_is_found():
    octets = encode(Segment(5, 6, ACK, 7), SOURCE, DESTINATION, b"abc")
    for bit in range(len(octets) * 8):
        changed = bytearray(octets)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):
            decode(bytes(changed), SOURCE[0], DESTINATION[0])
    with pytest.raises(ValueError, match="checksum"):
        decode(octets, SOURCE[0], "203.0.113.8")  # the pseudo header


def test_an_odd_length_counts_as_if_a_zero_followed():
    assert checksum(b"\x01\x02\x03") == checksum(b"\x01\x02\x03\x00") == 0xFFFF - 0x0402
    assert pseudo_header("1.2.3.4", "5.6.7.8", 6, 20).hex() == "01020304050607080006" + "0014"


@pytest.mark.parametrize(
    ("option", "message"),
    [("02", "option of 0"), ("0300 0000", "option of 0"), ("0405 0000", "option of 5")],
)
def test_a_broken_list_of_options_is_refused(option, message):
    options = bytes.fromhex(option).rjust(4, b"\x01")
    octets = bytearray(20) + options
    octets[12] = 6 << 4
    total = checksum(pseudo_header(SOURCE[0], DESTINATION[0], 6, 24) + bytes(octets))
    octets[16:18] = total.to_bytes(2, "big")
    with pytest.raises(ValueError, match=message):
        decode(bytes(octets), SOURCE[0], DESTINATION[0])


def test_octets_at_random_are_a_segment_or_a_value_error():
    rng = random.Random(3)
    for _ in range(20_000):
        octets = bytearray(rng.randbytes(rng.randrange(60)))
        if len(octets) >= 20:  # a right sum, so that the rest is looked at
            octets[16:18] = b"\0\0"
            total = checksum(pseudo_header("1.2.3.4", "5.6.7.8", 6, len(octets)) + bytes(octets))
            octets[16:18] = total.to_bytes(2, "big")
        try:
            _, _, segment, payload = decode(bytes(octets), "1.2.3.4", "5.6.7.8")
        except ValueError:
            continue
        assert len(payload) <= len(octets) - 20
        assert segment.length(payload) <= len(payload) + 2
