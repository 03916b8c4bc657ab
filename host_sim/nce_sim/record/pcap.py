"""The timeline's datagrams as a capture file, for Wireshark and similar programs.

    write_pcap("run.pcap", world.timeline.records(), world.settings.calendar_start_s)

Classic pcap with microseconds, link type 101 (raw IP): each datagram is an IPv4 packet with both
checksums right (RFC 791, RFC 768). A datagram stands where it entered the air; the lost ones are
left out unless asked for. Pings are there as ICMP (RFC 792). DNS look-ups and TCP are no datagrams
of the timeline, so not here.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from nce_sim.record.timeline import Record
from nce_sim.wire.echo import icmp_message

LINKTYPE_RAW = 101
_MAGIC = 0xA1B2C3D4
_SNAPSHOT = 65_535
_FILE_HEADER = struct.Struct("<IHHiIII")
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
        file.write(_FILE_HEADER.pack(_MAGIC, 2, 4, 0, 0, _SNAPSHOT, LINKTYPE_RAW))
        for record in _datagrams(records, source, with_lost):
            packet = ip_packet(record, number=count)
            seconds, ms = divmod(calendar_start_s * 1000 + record.at_ms, 1000)
            file.write(_PACKET_HEADER.pack(seconds, ms * 1000, len(packet), len(packet)))
            file.write(packet)
            count += 1
    return count


def ip_packet(record: Record, number: int = 0) -> bytes:
    """The IPv4 packet of one datagram or echo record; `number` becomes its identification."""
    if record.kind == "echo":
        return _echo_packet(record, number)
    source, source_port = _end(record.fields["origin"])
    destination, destination_port = _end(record.fields["destination"])
    payload: bytes = record.fields["payload"]
    size = _UDP_HEADER.size + len(payload)
    pseudo_header = source + destination + struct.pack("!BBH", 0, _UDP, size)
    blank = _UDP_HEADER.pack(source_port, destination_port, size, 0)
    # A checksum of 0 means none was made (RFC 768): its complement stands for it.
    udp_sum = checksum(pseudo_header + blank + payload) or 0xFFFF
    udp = _UDP_HEADER.pack(source_port, destination_port, size, udp_sum) + payload
    return _ip_header(source, destination, len(udp), number) + udp


def _echo_packet(record: Record, number: int) -> bytes:
    fields = record.fields
    numbers = (fields["icmp_type"], fields["identifier"], fields["sequence"], fields["payload"])
    icmp = icmp_message(*numbers, icmp_sum=checksum(icmp_message(*numbers)))
    source, destination = (
        ipaddress.IPv4Address(fields[end]).packed for end in ("origin", "destination")
    )
    return _ip_header(source, destination, len(icmp), number, _ICMP, fields["ttl"]) + icmp


def checksum(octets: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    words = struct.unpack(f"!{(len(octets) + 1) // 2}H", octets + b"\0" * (len(octets) % 2))
    total: int = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _ip_header(
    source: bytes,
    destination: bytes,
    size: int,
    number: int,
    protocol: int = _UDP,
    ttl: int = _TTL,
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
            source,
            destination,
        )

    return header(checksum(header(0)))


def _datagrams(records: Iterable[Record], source: str | None, with_lost: bool) -> Iterator[Record]:
    for record in records:
        if record.kind not in ("datagram", "echo") or source not in (None, record.source):
            continue
        if with_lost or record.fields["fate"] in ARRIVING_FATES:
            yield record


def _end(text: str) -> tuple[bytes, int]:
    host, _, port = text.rpartition(":")
    return ipaddress.IPv4Address(host).packed, int(port)
