"""Writes what changes in passing, such as counts of bytes: together, once a second.

    saver = Saver(storage, clock, wall_ms, on_trouble=note)
    saver.serve(store)          # store.save(work) adds its rows
    saver.ask()                 # something changed
    with saver.held():          # a jump of the clock: one commit at its end
        clock.advance(600_000)
    saver.close()               # the rest is written
    saver.end()                 # for good: nothing is written any more

Nobody waits for it. A world that is killed loses the last second of such counts, and nothing that
was acknowledged: that is in the `Work` of who acknowledged it. `clock` is the world's, or real
time behind a world whose speed may change: a world that runs faster does not commit more often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from nce_sim.clock import Clock, Handle
from nce_sim.storage.database import Storage
from nce_sim.storage.errors import StorageUnavailable
from nce_sim.storage.work import Work

_EVERY_MS = 1_000


class Source(Protocol):
    """Who has rows that wait."""

    def save(self, work: Work) -> None:
        """Add them to `work`; after a rollback, which may come later, they wait again."""


class Saver:
    """One commit a second of `clock`, while something changes.

    `on_trouble(reason)` hears why the database did not take it; it is tried again.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        *,
        on_trouble: Callable[[str], None],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._wall_ms = wall_ms
        self._on_trouble = on_trouble
        self._sources: list[Source] = []
        self._handle: Handle | None = None
        self._is_held = self._waits = False
        self._doubtful: Work | None = None  # its commit was cut
        self._has_ended = False

    def serve(self, source: Source) -> None:
        """Write the rows of `source`, too."""
        self._sources.append(source)

    def ask(self) -> None:
        """Write within a second."""
        if self._has_ended:
            return
        if self._is_held:
            self._waits = True
        elif self._handle is None:
            # In passing: it alone does not make a virtual world's time pass.
            self._handle = self._clock.call_in_passing(_EVERY_MS, self._due)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Write what changes meanwhile at the end, and not each second of it."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            if self._waits:
                self._waits = False
                self._cancel()
                self._due()

    def close(self) -> None:
        """Write now what waits; nothing is scheduled any more until something changes."""
        if self._handle is not None:
            self._cancel()
            self._save()

    def end(self) -> None:
        """Write now what waits, and nothing that changes later: the database is closed then."""
        self.close()
        self._has_ended = True

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        if self._is_held or not self._save():
            self.ask()

    def _save(self) -> bool:
        try:
            self._clear_up()
            self._commit()
        except StorageUnavailable as error:
            self._on_trouble(str(error))
            return False
        return True

    def _clear_up(self) -> None:
        """What may be in the database must not be added a second time."""
        if self._doubtful is None:
            return
        self._storage.clear_up()
        work, self._doubtful = self._doubtful, None
        if work.is_stored:
            work.committed()
        else:
            work.rolled_back()

    def _commit(self) -> None:
        work = Work()
        for source in self._sources:
            source.save(work)
        try:
            self._storage.commit([work], self._wall_ms())
        except StorageUnavailable:
            if self._storage.is_in_doubt(work):
                self._doubtful = work
            else:
                work.rolled_back()
            raise
        except BaseException:
            work.rolled_back()
            raise
        work.committed()
