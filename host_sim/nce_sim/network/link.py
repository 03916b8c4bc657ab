"""The way over the air: latency, loss, duplication, reordering, MTU; declared and seeded.

    profile = LinkProfile("rough", latency_ms=(10, 400), loss=0.2, duplication=0.05)
    link = Link(clock, random, profile)
    link.carry(datagram, deliver)           # -> the fate: "sent", "lost", "duplicated", ...

Latency alone never reorders: what was sent first arrives first, unless `reordering` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from nce_sim.clock import Clock
from nce_sim.wire.datagram import Datagram


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
LTE_M = LinkProfile("LTE-M", (10, 100))
NB_IOT = LinkProfile("NB-IoT", (1_000, 10_000))


class Link:
    """One direction of one bearer; `profile` may be exchanged while it runs."""

    def __init__(self, clock: Clock, random: Random, profile: LinkProfile) -> None:
        self.profile = profile
        self._clock = clock
        self._random = random
        self._last_arrival_ms = 0

    def latency_ms(self) -> int:
        """One drawn latency."""
        return self._random.randint(*self.profile.latency_ms)

    def carry(
        self, datagram: Datagram, deliver: Callable[[Datagram], None], hold_ms: int = 0
    ) -> str:
        """Book the delivery, `hold_ms` later than the air alone needs, and tell the fate.

        "sent", "duplicated" and "reordered" arrive; "lost" and "too_big" never do.
        """
        profile, random = self.profile, self._random
        if datagram.size > profile.mtu:
            return "too_big"
        if profile.loss and random.random() < profile.loss:
            return "lost"
        now_ms = self._clock.now_ms()
        arrival_ms = now_ms + hold_ms + self.latency_ms()
        fate = "sent"
        if profile.reordering and random.random() < profile.reordering:
            # Held back without holding back those behind it.
            arrival_ms += profile.reordering_ms
            fate = "reordered"
        else:
            arrival_ms = self._last_arrival_ms = max(arrival_ms, self._last_arrival_ms)
        self._clock.call_later(arrival_ms - now_ms, lambda: deliver(datagram))
        if profile.duplication and random.random() < profile.duplication:
            again_ms = arrival_ms - now_ms + self.latency_ms()
            self._clock.call_later(again_ms, lambda: deliver(datagram))
            fate = "duplicated"
        return fate
