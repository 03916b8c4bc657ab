"""The timer of what is due: at most one is set, for the earliest row.

    expiry = Expiry(clock, wall_ms, archive.next_due_ms, on_due)
    expiry.schedule()               # after a commit
    expiry.schedule(due_ms)         # when what was written is known to be due then
    expiry.close()

It waits in passing: what is due in a day does not keep a virtual world awake.
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.clock import Clock, Handle


class Expiry:
    """One timer; `next_due_ms()` asks the database, in ms since 1970."""

    def __init__(
        self,
        clock: Clock,
        wall_ms: Callable[[], int],
        next_due_ms: Callable[[], int | None],
        on_due: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._wall_ms = wall_ms
        self._next_due_ms = next_due_ms
        self._on_due = on_due
        self._handle: Handle | None = None
        self._due_ms = 0
        self._is_closed = False

    def schedule(self, due_ms: int | None = None) -> None:
        """Set the timer, unless it is set for as early a time."""
        if self._is_closed:
            return
        if due_ms is None:
            due_ms = self._next_due_ms()
        if due_ms is None or (self._handle is not None and self._due_ms <= due_ms):
            return
        if self._handle is not None:
            self._handle.cancel()
        self._due_ms = due_ms
        delay_ms = max(0, due_ms - self._wall_ms())
        self._handle = self._clock.call_in_passing(delay_ms, self._due)

    def close(self) -> None:
        """Cancel the timer for good; calling it again is harmless."""
        self._is_closed = True
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        self._on_due()
