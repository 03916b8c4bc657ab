"""TCP's header as a value and as octets (RFC 9293, 3.1).

segment = Segment(sequence=7, acknowledgement=0, flags=SYN, window=8_192, mss=1_460)
octets = encode(segment, ("10.160.0.1", 40_000), ("203.0.113.7", 80), payload=b"")
decode(octets, "10.160.0.1", "203.0.113.7")     # (40_000, 80, segment, b"")

Of the options the maximum segment size alone is known; others are skipped. Ports are of the
datagram that carries a segment.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nce_sim.wire.checksum import checksum, pseudo_header

TCP = 6  # IP's protocol number
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
_FLAGS = {SYN: "SYN", FIN: "FIN", RST: "RST", PSH: "PSH", ACK: "ACK", URG: "URG"}
_HEADER = struct.Struct("!HHIIBBHHH")
_MSS_OPTION = struct.Struct("!BBH")
_END_OF_OPTIONS, _NO_OPERATION, _MAXIMUM_SEGMENT_SIZE = 0, 1, 2
_CHECKSUM_AT = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """The header of one segment, without its ports; numbers are modulo 2^32."""

    sequence: int
    acknowledgement: int = 0
    flags: int = 0
    window: int = 0
    mss: int | None = None

    def __str__(self) -> str:
        names = ",".join(name for flag, name in _FLAGS.items() if self.flags & flag)
        option = f" mss={self.mss}" if self.mss is not None else ""
        return (
            f"{names or 'none'} seq={self.sequence} ack={self.acknowledgement} "
            f"win={self.window}{option}"
        )

    @property
    def header_size(self) -> int:
        """Octets of the header with its option."""
        return _HEADER.size + (_MSS_OPTION.size if self.mss is not None else 0)

    def length(self, payload: bytes) -> int:
        """What it takes of the sequence numbers: SEG.LEN of RFC 9293, 3.3.1."""
        return len(payload) + bool(self.flags & SYN) + bool(self.flags & FIN)


def encode(
    segment: Segment, source: tuple[str, int], destination: tuple[str, int], payload: bytes
) -> bytes:
    """The segment with its checksum; an address is (dotted host, port)."""
    header = _HEADER.pack(
        source[1],
        destination[1],
        segment.sequence,
        segment.acknowledgement,
        segment.header_size // 4 << 4,
        segment.flags,
        segment.window,
        0,
        0,
    )
    option = b""
    if segment.mss is not None:
        option = _MSS_OPTION.pack(_MAXIMUM_SEGMENT_SIZE, _MSS_OPTION.size, segment.mss)
    octets = header + option + payload
    total = checksum(pseudo_header(source[0], destination[0], TCP, len(octets)) + octets)
    return octets[:_CHECKSUM_AT] + struct.pack("!H", total) + octets[_CHECKSUM_AT + 2 :]


def decode(
    octets: bytes, source_host: str, destination_host: str
) -> tuple[int, int, Segment, bytes]:
    """Source port, destination port, segment and payload; ValueError for what is none."""
    if len(octets) < _HEADER.size:
        raise ValueError(f"{len(octets)} octets are no TCP segment: the header has 20")
    source_port, destination_port, sequence, acknowledgement, offset, flags, window, _, _ = (
        _HEADER.unpack_from(octets)
    )
    size = (offset >> 4) * 4
    if not _HEADER.size <= size <= len(octets):
        raise ValueError(f"a TCP header of {size} octets in a segment of {len(octets)}")
    if checksum(pseudo_header(source_host, destination_host, TCP, len(octets)) + octets):
        raise ValueError("the checksum of a TCP segment is wrong")
    mss = _mss_of(octets[_HEADER.size : size])
    segment = Segment(sequence, acknowledgement, flags, window, mss)
    return source_port, destination_port, segment, octets[size:]


def _mss_of(options: bytes) -> int | None:
    """The maximum segment size among the options (RFC 9293, 3.2); ValueError for a broken list."""
    mss = None
    at = 0
    while at < len(options) and options[at] != _END_OF_OPTIONS:
        if options[at] == _NO_OPERATION:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options):
            raise ValueError(f"a TCP option of {size} octets, {len(options) - at} are left")
        if options[at] == _MAXIMUM_SEGMENT_SIZE and size == _MSS_OPTION.size:
            mss = _MSS_OPTION.unpack_from(options, at)[2]
        at += size
    return mss
