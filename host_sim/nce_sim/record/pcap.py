"""The timeline's datagrams as a capture file, for Wireshark and similar programs.

    write_pcap("run.pcap", world.timeline.records(), world.settings.calendar_start_s)

Classic pcap with microseconds, link type 101 (raw IP): each datagram is an IPv4 packet with both
checksums right (RFC 791, RFC 768), and so is each TCP segment (RFC 9293) and each ping (ICMP, RFC
792). It stands where it entered the air; the lost ones are left out unless asked for. DNS look-ups
of a modem are no datagrams of the timeline, so not here.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nce_sim.record.timeline import Record
from nce_sim.wire.checksum import checksum, pseudo_header
from nce_sim.wire.echo import icmp_message
from nce_sim.wire.tcp import TCP, Segment, encode

LINKTYPE_RAW = 101
_MAGIC = 0xA1B2C3D4
_SNAPSHOT = 65_535
_FILE_HEADER = struct.Struct("<IHHiIII")
_HEADER = _FILE_HEADER.pack(_MAGIC, 2, 4, 0, 0, _SNAPSHOT, LINKTYPE_RAW)
_PACKET_HEADER = struct.Struct("<IIII")
_IP_HEADER = struct.Struct("!BBHHHBBH4s4s")
_UDP_HEADER = struct.Struct("!4H")
_ICMP, _UDP = 1, 17
_TTL = 64
_DO_NOT_FRAGMENT = 0x4000
ARRIVING_FATES = frozenset({"sent", "duplicated", "reordered", "kept"})


def write_pcap(
    path: str | Path,
    records: Iterable[Record],
    calendar_start_s: int,
    *,
    source: str | None = None,
    with_lost: bool = False,
) -> int:
    """Write the datagrams among `records`; returns how many there were.

    `source` takes those of one session or twin ("session 10.160.0.1"); `with_lost` adds those
    that never arrived.
    """
    count = 0
    with Path(path).open("wb") as file:
        file.write(_HEADER)
        for record in _datagrams(records, source, with_lost):
            file.write(_packet(record, calendar_start_s, count))
            count += 1
    return count


class Capture(NamedTuple):
    """The bytes of a capture file; `left_out` counts older packets that did not fit."""

    data: bytes
    packets: int
    left_out: int


def pcap_of(records: Iterable[Record], calendar_start_s: int, most_bytes: int) -> Capture:
    """A capture file in memory of the newest datagrams that fit."""
    packets = [
        _packet(record, calendar_start_s, number)
        for number, record in enumerate(_datagrams(records, None, False))
    ]
    size, first = _FILE_HEADER.size, len(packets)
    while first and size + len(packets[first - 1]) <= most_bytes:
        first -= 1
        size += len(packets[first])
    return Capture(b"".join((_HEADER, *packets[first:])), len(packets) - first, first)


def _packet(record: Record, calendar_start_s: int, number: int) -> bytes:
    packet = ip_packet(record, number=number)
    seconds, ms = divmod(calendar_start_s * 1000 + record.at_ms, 1000)
    return _PACKET_HEADER.pack(seconds, ms * 1000, len(packet), len(packet)) + packet


def ip_packet(record: Record, number: int = 0) -> bytes:
    """The IPv4 packet of one datagram or echo record; `number` becomes its identification."""
    if record.kind == "echo":
        return _echo_packet(record, number)
    source, destination = _end(record.fields["origin"]), _end(record.fields["destination"])
    payload: bytes = record.fields["payload"]
    segment: Segment | None = record.fields.get("segment")
    if segment is not None:
        body, protocol = encode(segment, source, destination, payload), TCP
    else:
        body, protocol = _udp(source, destination, payload), _UDP
    return _ip_header(source[0], destination[0], len(body), number, protocol) + body


def _udp(source: tuple[str, int], destination: tuple[str, int], payload: bytes) -> bytes:
    size = _UDP_HEADER.size + len(payload)
    blank = _UDP_HEADER.pack(source[1], destination[1], size, 0)
    octets = pseudo_header(source[0], destination[0], _UDP, size) + blank + payload
    # A checksum of 0 means none was made (RFC 768): its complement stands for it.
    udp_sum = checksum(octets) or 0xFFFF
    return _UDP_HEADER.pack(source[1], destination[1], size, udp_sum) + payload


def _echo_packet(record: Record, number: int) -> bytes:
    fields = record.fields
    numbers = (fields["icmp_type"], fields["identifier"], fields["sequence"], fields["payload"])
    icmp = icmp_message(*numbers, icmp_sum=checksum(icmp_message(*numbers)))
    header = _ip_header(
        fields["origin"], fields["destination"], len(icmp), number, _ICMP, fields["ttl"]
    )
    return header + icmp


def _ip_header(
    source: str, destination: str, size: int, number: int, protocol: int, ttl: int = _TTL
) -> bytes:
    total = _IP_HEADER.size + size

    def header(ip_sum: int) -> bytes:
        return _IP_HEADER.pack(
            0x45,
            0,
            total,
            number & 0xFFFF,
            _DO_NOT_FRAGMENT,
            ttl,
            protocol,
            ip_sum,
            ipaddress.IPv4Address(source).packed,
            ipaddress.IPv4Address(destination).packed,
        )

    return header(checksum(header(0)))


def _datagrams(records: Iterable[Record], source: str | None, with_lost: bool) -> Iterator[Record]:
    for record in records:
        if record.kind not in ("datagram", "echo") or source not in (None, record.source):
            continue
        if with_lost or record.fields["fate"] in ARRIVING_FATES:
            yield record


def _end(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)
