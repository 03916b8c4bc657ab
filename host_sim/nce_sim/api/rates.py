"""Rate limits by the world's clock.

    rates = Rates(settings.limits, clock)
    retry_after_s = rates.take("/v1/sims/898…/status", customer="1", address="127.0.0.1")

A window begins with its first request; a request over the limit is told when the window ends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from nce_sim.api.settings import RateLimit
from nce_sim.clock import Clock

_MOST_WINDOWS = 10_000  # the oldest is forgotten


class Rates:
    """Counts requests of customers and addresses."""

    def __init__(self, limits: Mapping[str, RateLimit], clock: Clock) -> None:
        self._limits = sorted(limits.items(), key=lambda row: -len(row[0]))
        self._clock = clock
        self._windows: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def take(self, path: str, customer: str | None, address: str) -> int | None:
        """Count a request; None when it may pass, else after how many seconds to try again.

        A caller without a customer counts by address.
        """
        for beginning, limit in self._limits:
            if path.startswith(beginning):
                who = customer if limit.is_by_customer and customer is not None else address
                return self._count((beginning, who), limit)
        return None

    def forgive(self, beginning: str, who: str) -> None:
        """A request that was counted in the window of `who` shall not count."""
        start_ms, count = self._windows.get((beginning, who), (0, 0))
        if count:
            self._windows[beginning, who] = (start_ms, count - 1)

    def _count(self, key: tuple[str, str], limit: RateLimit) -> int | None:
        now_ms = self._clock.now_ms()
        start_ms, count = self._windows.get(key, (now_ms, 0))
        if now_ms >= start_ms + limit.window_ms:
            start_ms, count = now_ms, 0
        if count >= limit.most:
            return max(1, -(-(start_ms + limit.window_ms - now_ms) // 1000))
        self._windows[key] = (start_ms, count + 1)
        self._windows.move_to_end(key)
        if len(self._windows) > _MOST_WINDOWS:
            self._windows.popitem(last=False)
        return None
