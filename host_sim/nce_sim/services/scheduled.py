"""Work of a service that becomes due by the clock, and is written in line with the messages.

due = Scheduled(clock, intake.take, self._run, retry_ms=1_000)
due.schedule(delay_ms)          # `self._run(work)` then; again later when the database refuses
due.close()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nce_sim.clock import Clock, Handle
from nce_sim.storage import Work

Take: TypeAlias = "Callable[[Scheduled], None]"
WallMs: TypeAlias = Callable[[], int]


class Scheduled:
    """One call at a time; scheduling it again replaces the time."""

    def __init__(
        self, clock: Clock, take: Take, call: Callable[[Work], None], *, retry_ms: int = 1_000
    ) -> None:
        self._clock = clock
        self._take = take
        self._call = call
        self._retry_ms = retry_ms
        self._handle: Handle | None = None
        self._is_closed = False

    def schedule(self, delay_ms: int) -> None:
        """Make the call in `delay_ms`, at once for what is due already."""
        self._cancel()
        if not self._is_closed:
            self._handle = self._clock.call_later(max(0, delay_ms), self._due)

    def close(self) -> None:
        """Never call again; calling it again is harmless."""
        self._is_closed = True
        self._cancel()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        self._take(self)

    # -- a job of the intake ---------------------------------------------------------------

    def serve(self, work: Work) -> None:
        self._call(work)

    def stored(self) -> None:
        pass

    def refused(self, reason: str) -> None:
        self.schedule(self._retry_ms)

    def failed(self) -> None:
        # The intake raises what it was. A database that was away for a moment is back by then.
        self.schedule(60 * self._retry_ms)
