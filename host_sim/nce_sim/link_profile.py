"""How a bearer treats datagrams, as numbers: latency, loss, duplication, reordering, MTU.

profile = LinkProfile("rough", latency_ms=(10, 400), loss=0.2, duplication=0.05)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkProfile:
    """How one direction of a bearer treats datagrams. Probabilities are 0..1 per datagram."""

    name: str
    latency_ms: tuple[int, int]
    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    reordering_ms: int = 500
    mtu: int = 1500  # bytes at the IP layer; 1NCE: 1500 in theory, keep below 1200

    def __post_init__(self) -> None:
        low, high = self.latency_ms
        if not 0 <= low <= high:
            raise ValueError(f"latency {low}..{high} ms of {self.name!r} is not a range from 0 up")
        for knob in ("loss", "duplication", "reordering"):
            if not 0.0 <= getattr(self, knob) <= 1.0:
                raise ValueError(
                    f"{knob} of {self.name!r} is {getattr(self, knob)}, not a probability 0..1"
                )


# 1NCE's figures; whether they count one way or a round trip is not said: one way here.
LTE = LinkProfile("LTE", (10, 100))
LTE_M = LinkProfile("LTE-M", (10, 100))
NB_IOT = LinkProfile("NB-IoT", (1_000, 10_000))
# 1NCE gives none for these; of the order that operators tell.
UMTS = LinkProfile("UMTS", (50, 250))
GSM = LinkProfile("GSM", (200, 1_000))
