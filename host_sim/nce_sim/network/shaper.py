"""The tariff's rate: 1 Mbit/s each way of a PDP session, queued or policed.

shaper = Shaper(rate_bps=1_000_000, queue_ms=1_000, excess_is_dropped=False)
shaper.delay_ms(now_ms, 1_500)      # how long the datagram waits; None when it is dropped
"""

from __future__ import annotations


class Shaper:
    """One direction of one session."""

    def __init__(self, rate_bps: int | None, queue_ms: int, excess_is_dropped: bool) -> None:
        self._rate_bps = rate_bps
        self._queue_us = queue_ms * 1000
        self._excess_is_dropped = excess_is_dropped
        self._free_at_us = 0

    def delay_ms(self, now_ms: int, size: int) -> int | None:
        """How many ms a datagram of `size` bytes takes to pass; None when there is no room.

        A policer passes datagrams at once while its bucket has room; a queue makes them wait.
        """
        if self._rate_bps is None:
            return 0
        now_us = now_ms * 1000
        done_us = max(now_us, self._free_at_us) + size * 8_000_000 // self._rate_bps
        if done_us - now_us > self._queue_us:
            return None
        self._free_at_us = done_us
        return 0 if self._excess_is_dropped else (done_us - now_us) // 1000
