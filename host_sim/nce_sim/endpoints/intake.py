"""Takes requests as they come, lets the services write, commits once, and only then answers.

    intake = Intake(clock, storage, wall_ms, settings, on_batch=flush, on_trouble=note)
    intake.take(job)        # job.serve(work) soon, then job.stored() or job.refused(reason)
    intake.close()          # what waits is committed

All that came in at the same turn of the loop, or at the same instant of a virtual clock, is one
batch of at most 64; a lone request waits for nobody. A job whose work writes nothing is settled at
once. While another program holds the database the batch is tried again by the world's clock, each
try blocking for 5 ms at most; `store_patience_ms` after its first request came, it is given up:
nothing of it is kept, and its requests are refused. Later requests wait in line meanwhile, and the
line has a bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from nce_sim.clock import Clock, Handle
from nce_sim.storage import Storage, StorageUnavailable, Work

_BATCH = 64
FULL = "too many messages wait for it"


class Patience(Protocol):
    """How long requests wait for the database, and how many at most (`BackendSettings`)."""

    @property
    def store_patience_ms(self) -> int: ...

    @property
    def store_retry_ms(self) -> int: ...

    @property
    def store_max_waiting(self) -> int: ...


class Job(Protocol):
    """One request, and what becomes of it; exactly one of the last three is called."""

    def serve(self, work: Work) -> None:
        """Let a service do it; what it writes goes into `work`."""

    def stored(self) -> None:
        """All of `work` is on the disk: answer."""

    def refused(self, reason: str) -> None:
        """Nothing of `work` was kept: say so."""

    def failed(self) -> None:
        """`serve` or its rows raised: answer so; the exception goes on from the intake."""


class _Taken(NamedTuple):
    job: Job
    taken_ms: int
    work: Work


class Intake:
    """One line of jobs before one database.

    `on_batch()` is called after answers were given; `on_trouble(reason, count)` when the database
    took none of `count` jobs, and with "" when it takes them again.
    """

    def __init__(
        self,
        clock: Clock,
        storage: Storage,
        wall_ms: Callable[[], int],
        settings: Patience,
        *,
        on_batch: Callable[[], None],
        on_trouble: Callable[[str, int], None],
    ) -> None:
        self._clock = clock
        self._storage = storage
        self._wall_ms = wall_ms
        self._settings = settings
        self._on_batch = on_batch
        self._on_trouble = on_trouble
        self._waiting: deque[_Taken] = deque()
        self._batch: list[_Taken] = []  # served, and waiting for its commit
        self._handle: Handle | None = None
        self._overflowed = 0
        self._is_in_trouble = False
        self._is_closed = False

    def take(self, job: Job) -> None:
        """Put a job in line; refused at once when the line is full."""
        if len(self._waiting) >= self._settings.store_max_waiting or self._is_closed:
            job.refused(FULL)
            self._overflowed += 1  # told with the next batch: a flood is one line, not thousands
            self._on_batch()
            return
        self._waiting.append(_Taken(job, self._clock.now_ms(), Work()))
        if self._handle is None:
            self._handle = self._clock.call_later(0, self._run)

    @property
    def waiting(self) -> int:
        """How many jobs wait to be served or to be committed."""
        return len(self._waiting) + len(self._batch)

    def close(self) -> None:
        """Commit what waits, with one more try for each batch; harmless when repeated."""
        self._is_closed = True
        while self._batch or self._waiting:
            self._cancel()
            self._settle(is_last_try=True)
        self._cancel()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run(self) -> None:
        self._handle = None
        self._settle(is_last_try=False)

    def _settle(self, is_last_try: bool) -> None:
        """One try for one batch; the next is scheduled."""
        errors: list[Exception] = []
        if not self._batch:
            self._serve(errors)
        retry_ms = self._commit(is_last_try, errors)
        if self._overflowed and not self._batch:
            self._trouble(FULL, self._overflowed)
            self._overflowed = 0
        self._on_batch()
        if self._batch or self._waiting:
            self._handle = self._clock.call_later(retry_ms, self._run)
        if errors:
            raise errors[0]

    def _serve(self, errors: list[Exception]) -> None:
        for _ in range(min(_BATCH, len(self._waiting))):
            taken = self._waiting.popleft()
            try:
                taken.job.serve(taken.work)
            except Exception as error:  # noqa: BLE001 a bug, raised by `_settle` after the batch
                errors.append(error)
                taken.work.rolled_back()
                taken.job.failed()
                continue
            if taken.work.writes:
                self._batch.append(taken)
            else:
                self._stored(taken, errors)

    def _commit(self, is_last_try: bool, errors: list[Exception]) -> int:
        """Try to commit the batch; how long to wait for the next try, or batch (ms)."""
        if not self._batch:
            return 0
        try:
            self._storage.commit([taken.work for taken in self._batch], self._wall_ms())
        except StorageUnavailable as error:
            waited_ms = self._clock.now_ms() - self._batch[0].taken_ms
            is_over = waited_ms >= self._settings.store_patience_ms or is_last_try
            if error.is_transient and not is_over:
                return self._settings.store_retry_ms
            batch, self._batch = self._batch, []
            for taken in reversed(batch):
                taken.work.rolled_back()
            for taken in batch:
                taken.job.refused(error.reason)
            self._trouble(str(error), len(batch))
            return 0
        except Exception:  # noqa: BLE001 a row that cannot be written: a bug of one job
            self._commit_one_by_one(errors)
            return 0
        batch, self._batch = self._batch, []
        if self._is_in_trouble:
            self._is_in_trouble = False
            self._on_trouble("", len(batch))
        for taken in batch:
            self._stored(taken, errors)
        return 0

    def _commit_one_by_one(self, errors: list[Exception]) -> None:
        """One job of the batch is at fault: the others are kept."""
        batch, self._batch = self._batch, []
        for taken in batch:
            try:
                self._storage.commit([taken.work], self._wall_ms())
            except StorageUnavailable as unavailable:
                taken.work.rolled_back()
                taken.job.refused(unavailable.reason)
                self._trouble(str(unavailable), 1)
            except Exception as own:  # noqa: BLE001 raised by `_settle` after the batch
                errors.append(own)
                taken.work.rolled_back()
                taken.job.failed()
            else:
                self._stored(taken, errors)

    def _stored(self, taken: _Taken, errors: list[Exception]) -> None:
        try:
            taken.work.committed()
        except Exception as error:  # noqa: BLE001 a subscriber's bug: the message is stored
            errors.append(error)
        taken.job.stored()

    def _trouble(self, reason: str, count: int) -> None:
        self._is_in_trouble = True
        self._on_trouble(reason, count)
