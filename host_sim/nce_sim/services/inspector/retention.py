"""Drops messages and logs after their retention, by the clock, even when no message arrives.

    retention = Retention(clock, inspector, intake.take, wall_ms)
    retention.schedule()        # after a commit; nothing is scheduled while nothing is kept
    retention.close()

It runs at most once an hour; `Inspector` hides expired items until then.
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.clock import Clock, Handle
from nce_sim.services.inspector.service import Inspector
from nce_sim.storage import Work

_EVERY_MS = 3_600_000


class Retention:
    """The timer of an Inspector's purge."""

    def __init__(
        self,
        clock: Clock,
        inspector: Inspector,
        take: Callable[[Retention], None],
        wall_ms: Callable[[], int],
    ) -> None:
        self._clock = clock
        self._inspector = inspector
        self._take = take
        self._wall_ms = wall_ms
        self._handle: Handle | None = None

    def schedule(self, at_least_ms: int = 0) -> None:
        """Schedule the purge of the items that are stored now."""
        if self._handle is not None:
            return
        due_ms = self._inspector.purge_due_ms()
        if due_ms is not None:
            delay_ms = max(due_ms - self._wall_ms(), at_least_ms)
            self._handle = self._clock.call_later(delay_ms, self._due)

    def close(self) -> None:
        """Cancel the timer; calling it again is harmless."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        self._take(self)

    # -- a job of the intake ---------------------------------------------------------------

    def serve(self, work: Work) -> None:
        self._inspector.purge(work)

    def stored(self) -> None:
        self.schedule(_EVERY_MS)

    def refused(self, reason: str) -> None:
        self.schedule(_EVERY_MS)

    def failed(self) -> None:
        self.schedule(_EVERY_MS)
