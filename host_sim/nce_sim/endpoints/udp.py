"""The UDP endpoint: every datagram is one message, and none is ever answered.

server = UdpServer(device_of, accept)             # accept(sim, payload); it may be stored later
server.receive_datagram(payload, ("10.160.0.1", 40000), now_ms)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from nce_sim.sim_card import SimCard

Accept = Callable[[SimCard, bytes], None]
DeviceOf = Callable[[str], "SimCard | None"]


class UdpServer:
    """Counts and hands on; what comes from no enabled SIM is dropped."""

    def __init__(self, device_of: DeviceOf, accept: Accept) -> None:
        self.counters: Counter[str] = Counter()
        self._device_of = device_of
        self._accept = accept

    def receive_datagram(self, data: bytes, source: tuple[str, int], now_ms: int) -> None:
        """Take one datagram; an empty one is a message too."""
        sim = self._device_of(source[0])
        if sim is None or not sim.is_enabled:
            self.counters["dropped: no enabled SIM has this address"] += 1
            return
        self.counters["accepted"] += 1
        self._accept(sim, data)

    def lose(self) -> None:
        """Count a message that could not be stored; nobody hears of it otherwise."""
        self.counters["lost: not stored"] += 1

    def refuse(self) -> None:
        """Count a message of an organisation that does not use this endpoint."""
        self.counters["dropped: the endpoint is not active"] += 1
