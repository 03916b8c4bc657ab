"""Short messages in the database: written before they are acknowledged, and as they go on.

    store = MessageStore(storage, saver, wall_ms, epoch_ms=..., kept_ms=...)
    centre.restore(store.messages(core.sim_of))
    centre.keep_in(store)

Times in the database are milliseconds since 1970; `epoch_ms` is the time at which the world's
clock shows 0. Messages that are done are dropped after `kept_ms`, but never the newest: its id
must not come again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from nce_sim.problems import Unavailable
from nce_sim.sim_card import SimCard
from nce_sim.sms.short_message import Attempt, Direction, ShortMessage, Status
from nce_sim.sms.tables import SHORT_MESSAGE
from nce_sim.storage import BIG, Saver, Storage, StorageUnavailable, Work, upsert
from nce_sim.wire.sms.user_data import UserData

_PUT = upsert(SHORT_MESSAGE)
_ROW = SHORT_MESSAGE.c
_PURGE = delete(SHORT_MESSAGE).where(
    _ROW.final_ms < bindparam("oldest_ms", type_=BIG),
    _ROW.attempt_method.is_(None),
    _ROW.report.is_(None),
    _ROW.id < select(func.max(_ROW.id)).scalar_subquery(),
)
_PURGE_EVERY_MS = 3_600_000


class MessageStore:
    """A `MessageKeeper` of the centre."""

    def __init__(
        self,
        storage: Storage,
        saver: Saver,
        wall_ms: Callable[[], int],
        *,
        epoch_ms: int,
        kept_ms: int,
    ) -> None:
        self._storage = storage
        self._saver = saver
        saver.serve(self)
        self._wall_ms = wall_ms
        self._epoch_ms = epoch_ms
        self._kept_ms = kept_ms
        self._changed: dict[ShortMessage, None] = {}  # it keeps the order
        self._purge_due_ms = wall_ms()

    def messages(self, sim_of: Callable[[str], SimCard | None]) -> Iterator[ShortMessage]:
        """The messages of earlier runs, oldest first."""
        for row in self._storage.read(select(SHORT_MESSAGE).order_by(_ROW.id)):
            sim = sim_of(row.iccid)
            if sim is not None:
                yield self._message(row, sim)

    # -- for the centre --------------------------------------------------------------------

    @contextmanager
    def unit(self) -> Iterator[Work]:
        """A Work that is committed when its block ends; raises Unavailable."""
        try:
            with self._storage.unit(self._wall_ms()) as work:
                yield work
        except StorageUnavailable as error:
            raise Unavailable(str(error)) from error

    def put(self, message: ShortMessage, work: Work) -> None:
        """Write a message with `work`, and drop what is old."""
        work.write(_PUT, self._row(message))
        now_ms = self._wall_ms()
        if now_ms >= self._purge_due_ms:
            self._purge_due_ms = now_ms + _PURGE_EVERY_MS
            work.write(_PURGE, {"oldest_ms": now_ms - self._kept_ms})

    def changed(self, message: ShortMessage) -> None:
        """Write it within a second."""
        self._changed[message] = None
        self._saver.ask()

    # -- for the saver ---------------------------------------------------------------------

    def save(self, work: Work) -> None:
        """Write what changed in passing."""
        changed, self._changed = self._changed, {}
        for message in changed:
            self.put(message, work)
        work.on_rollback(lambda: self._changed.update(changed))

    # -- rows ------------------------------------------------------------------------------

    def _row(self, message: ShortMessage) -> dict[str, Any]:
        content, attempt = message.user_data, message.attempt
        return {
            "id": message.id,
            "iccid": message.sim.iccid,
            "direction": int(message.direction),
            "dcs": content.dcs,
            "header": content.header,
            "body": content.body,
            "submitted_ms": self._wall(message.submitted_at_ms),
            "source": message.source,
            "source_type": message.source_type,
            "destination": message.destination,
            "pid": message.pid,
            "reference": message.reference,
            "wants_report": message.wants_report,
            "status": int(message.status),
            "final_ms": self._wall(message.final_at_ms),
            "expires_ms": self._wall(message.expires_at_ms),
            "attempt_method": None if attempt is None else attempt.method,
            "attempt_tries": None if attempt is None else attempt.tries,
            "attempt_due_ms": None if attempt is None else self._wall(attempt.due_ms),
            "report": message.report,
        }

    def _message(self, row: Any, sim: SimCard) -> ShortMessage:
        message = ShortMessage(
            row.id,
            sim,
            Direction(row.direction),
            UserData(row.dcs, row.header, row.body),
            row.submitted_ms - self._epoch_ms,
            row.source,
            row.source_type,
            row.destination,
            row.pid,
            row.reference,
            row.wants_report,
            Status(row.status),
            self._clock(row.final_ms),
            self._clock(row.expires_ms),
            report=row.report,
        )
        if row.attempt_method is not None:
            due_ms = row.attempt_due_ms - self._epoch_ms
            message.attempt = Attempt(row.attempt_method, row.attempt_tries, due_ms)
        return message

    def _wall(self, at_ms: int | None) -> int | None:
        return None if at_ms is None else at_ms + self._epoch_ms

    def _clock(self, wall_ms: int | None) -> int | None:
        return None if wall_ms is None else wall_ms - self._epoch_ms
