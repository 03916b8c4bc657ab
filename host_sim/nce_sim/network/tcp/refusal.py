"""The answer to a segment of no connection.

refusal(Segment(5, flags=SYN), b"")     # Segment(0, 6, RST | ACK)
"""

from __future__ import annotations

from nce_sim.network.tcp.sequence import wrapped
from nce_sim.wire.tcp import ACK, RST, Segment


def refusal(segment: Segment, payload: bytes) -> Segment | None:
    """The RST that answers a segment of no connection; None for an RST (RFC 9293, 3.10.7.1)."""
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        return Segment(segment.acknowledgement, flags=RST)
    end = wrapped(segment.sequence + segment.length(payload))
    return Segment(0, end, RST | ACK)
