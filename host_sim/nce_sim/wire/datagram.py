"""An IPv4 packet with its two ends: a UDP datagram, or a TCP segment.

Datagram(Address("10.160.0.1", 40000), Address("10.60.2.239", 4445), b"hello")
Datagram(Address("10.160.0.1", 40000), Address("203.0.113.7", 80), b"", Segment(7, flags=SYN))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nce_sim.wire.tcp import Segment

IP_HEADER_SIZE = 20  # IPv4 without options (RFC 791)
HEADER_SIZE = IP_HEADER_SIZE + 8  # with UDP's (RFC 768)


class Address(NamedTuple):
    """One end of a conversation; `host` is dotted IPv4 text."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Datagram:
    """One packet, of UDP or, with a `segment`, of TCP.

    `size` counts the headers of IP and UDP or TCP, as 1NCE's volume does.
    """

    source: Address
    destination: Address
    payload: bytes = field(repr=False)
    segment: Segment | None = None

    @property
    def protocol(self) -> str:
        """ "UDP" or "TCP"."""
        return "UDP" if self.segment is None else "TCP"

    @property
    def size(self) -> int:
        """Bytes at the IP layer."""
        if self.segment is None:
            return len(self.payload) + HEADER_SIZE
        return len(self.payload) + IP_HEADER_SIZE + self.segment.header_size

    @property
    def fields(self) -> dict[str, Any]:
        """Its fields on the timeline; a TCP segment has one more, `segment`."""
        fields = {
            "origin": str(self.source),
            "destination": str(self.destination),
            "size": self.size,
            "payload": self.payload,
        }
        if self.segment is not None:
            fields["segment"] = self.segment
        return fields
