"""One direction over the air: latency, loss, duplication, reordering, MTU; all seeded.

    link = Link(clock, random, LinkProfile("rough", latency_ms=(10, 400), loss=0.2))
    link.carry(datagram, deliver)           # -> the fate: "sent", "lost", "duplicated", ...

Latency alone never reorders: datagrams arrive in the order they were sent, unless `reordering` is
set.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

from nce_sim.clock import Clock
from nce_sim.link_profile import LinkProfile
from nce_sim.wire.datagram import Datagram
from nce_sim.wire.echo import Echo

Packet = TypeVar("Packet", Datagram, Echo)


class Link:
    """One direction of one bearer; `profile` may be replaced at any time."""

    def __init__(self, clock: Clock, random: Random, profile: LinkProfile) -> None:
        self.profile = profile
        self._clock = clock
        self._random = random
        self._last_arrival_ms = 0

    def latency_ms(self) -> int:
        """A random latency."""
        return self._random.randint(*self.profile.latency_ms)

    def carry(self, datagram: Packet, deliver: Callable[[Packet], None], hold_ms: int = 0) -> str:
        """Schedule the delivery, `hold_ms` later than the air needs, and return the fate.

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
            # Delayed without delaying the datagrams behind it.
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
