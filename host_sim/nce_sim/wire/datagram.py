"""An IPv4/UDP datagram and its two ends.

Datagram(Address("10.160.0.1", 40000), Address("10.60.2.239", 4445), b"hello")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

HEADER_SIZE = 28  # IPv4 without options (RFC 791) and UDP (RFC 768)


class Address(NamedTuple):
    """One end of a conversation; `host` is dotted IPv4 text."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram; `size` counts the IP and UDP headers, as 1NCE's volume does."""

    source: Address
    destination: Address
    payload: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes at the IP layer."""
        return len(self.payload) + HEADER_SIZE

    @property
    def fields(self) -> dict[str, Any]:
        """Its fields on the timeline."""
        return {
            "origin": str(self.source),
            "destination": str(self.destination),
            "size": self.size,
            "payload": self.payload,
        }
