"""An ICMP echo request or its answer (RFC 792), as far as a ping needs it.

request = Echo("10.160.0.1", "8.8.8.8", REQUEST, identifier=1, sequence=1, data=bytes(32), ttl=64)
request.answered_by("8.8.8.8", ttl=55)          # the reply with the same data
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

HEADER_SIZE = 28  # IPv4 without options (RFC 791) and ICMP (RFC 792)
REPLY, UNREACHABLE, REQUEST, TIME_EXCEEDED = 0, 3, 8, 11  # <type>
QUOTED = 28  # bytes of the request that an error message repeats: its IP header and 8 more
_HEADER = struct.Struct("!BBHHH")


@dataclass(frozen=True, slots=True)
class Echo:
    """One message; `source` and `destination` are dotted hosts, ICMP knows no ports."""

    source: str
    destination: str
    kind: int
    identifier: int
    sequence: int
    data: bytes = field(repr=False)
    ttl: int

    @property
    def size(self) -> int:
        """Bytes at the IP layer, as 1NCE's volume counts them."""
        return len(self.data) + HEADER_SIZE

    @property
    def is_reply(self) -> bool:
        """Whether the host itself answered."""
        return self.kind == REPLY

    @property
    def fields(self) -> dict[str, Any]:
        """Its fields on the timeline."""
        return {
            "origin": self.source,
            "destination": self.destination,
            "size": self.size,
            "icmp_type": self.kind,
            "identifier": self.identifier,
            "sequence": self.sequence,
            "ttl": self.ttl,
            "payload": self.data,
        }

    def answered_by(self, host: str, ttl: int, kind: int = REPLY) -> Echo:
        """What `host` sends back: the reply with the same data, or an error with a quotation."""
        data = self.data if kind == REPLY else bytes(QUOTED)
        return Echo(host, self.source, kind, self.identifier, self.sequence, data, ttl)


def icmp_message(
    kind: int, identifier: int, sequence: int, data: bytes, *, icmp_sum: int = 0
) -> bytes:
    """The bytes behind the IP header; an error message carries no numbers of its own."""
    if kind not in (REQUEST, REPLY):
        identifier = sequence = 0
    return _HEADER.pack(kind, 0, icmp_sum, identifier, sequence) + data
