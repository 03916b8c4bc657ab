"""The outcome of a request as a job of the intake: its rows and its owner's change together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nce_sim.deliveries import rows
from nce_sim.deliveries.line import Line
from nce_sim.deliveries.message import Delivery, Owner
from nce_sim.deliveries.transport import Outcome
from nce_sim.storage import Work


class Settlement:
    """What becomes of the deliveries of one request; `settled(self, is_stored)` ends it."""

    def __init__(
        self,
        line: Line,
        owner: Owner,
        deliveries: Sequence[Delivery],
        outcome: Outcome,
        wall_ms: Callable[[], int],
        settled: Callable[[Settlement, bool], None],
    ) -> None:
        self.line = line
        self.last = deliveries[-1].number
        self.retry_due_ms: int | None = None
        self._owner = owner
        self._deliveries = deliveries
        self._outcome = outcome
        self._wall_ms = wall_ms
        self._settled = settled
        self._is_cancelled = False

    def cancel(self) -> None:
        """The target was dropped meanwhile: there is nothing to write any more."""
        self._is_cancelled = True

    # -- a job of the intake ---------------------------------------------------------------

    def serve(self, work: Work) -> None:
        if self._is_cancelled:
            return
        key, first = self.line.key, self._deliveries[0].number
        wait_ms = self._owner.answered(key.target_id, self._deliveries, self._outcome, work)
        if wait_ms is None:
            self.retry_due_ms = None
            rows.remove(work, key, first, self.last)
        else:
            self.retry_due_ms = self._wall_ms() + wait_ms
            rows.postpone(work, key, first, self.last, self.retry_due_ms)

    def stored(self) -> None:
        self._settled(self, True)

    def refused(self, reason: str) -> None:
        self._settled(self, False)

    def failed(self) -> None:
        self._settled(self, False)
