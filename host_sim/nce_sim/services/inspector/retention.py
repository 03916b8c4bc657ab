"""Drops messages and logs after their retention, by the clock, even when no message arrives.

    retention = Retention(clock, (inspector, logs), intake.take, wall_ms)
    retention.schedule()        # after a commit; nothing is scheduled while nothing is kept
    retention.close()

It runs at most once an hour; readers never see expired items until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from nce_sim.clock import Clock, Handle
from nce_sim.storage import Work

_EVERY_MS = 3_600_000


class Expiring(Protocol):
    """A service whose rows expire."""

    def purge(self, work: Work) -> None:
        """Drop what has expired."""

    def purge_due_ms(self) -> int | None:
        """When the next row expires, in ms since 1970; None when there is none."""


class Retention:
    """The timer of the purge of services."""

    def __init__(
        self,
        clock: Clock,
        services: Sequence[Expiring],
        take: Callable[[Retention], None],
        wall_ms: Callable[[], int],
    ) -> None:
        self._clock = clock
        self._services = services
        self._take = take
        self._wall_ms = wall_ms
        self._handle: Handle | None = None

    def schedule(self, at_least_ms: int = 0) -> None:
        """Schedule the purge of the items that are stored now."""
        if self._handle is not None:
            return
        due = [service.purge_due_ms() for service in self._services]
        known = [due_ms for due_ms in due if due_ms is not None]
        if known:
            delay_ms = max(min(known) - self._wall_ms(), at_least_ms)
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
        for service in self._services:
            service.purge(work)

    def stored(self) -> None:
        self.schedule(_EVERY_MS)

    def refused(self, reason: str) -> None:
        self.schedule(_EVERY_MS)

    def failed(self) -> None:
        self.schedule(_EVERY_MS)
