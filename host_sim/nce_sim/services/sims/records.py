"""Events and usage of SIMs in the database, from the world's timeline as they happen.

    records = SimRecords(storage, saver, timeline, epoch_ms, settings)
    records.events(iccid, since_ms, limit=10, offset=0)     # newest first
    records.usage(iccid, from_ms, until_ms)                 # one sum for each day

Both are written by the `Saver`; what waits for it is shown, too. An id is the microsecond of the
event, or the next one that is free: a world that goes on uses none twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select

from nce_sim.account.tables import QUOTA_STEP
from nce_sim.network.events import TYPES, NetworkEvent
from nce_sim.network.usage import DATA, UsageRecord
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.sims.dates import DAY_MS
from nce_sim.services.sims.devices import DayOfUsage, EventRecord, QuotaStep
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.tables import SIM_EVENT, SIM_USAGE
from nce_sim.services.sims.usage import day_start
from nce_sim.storage import BIG, Saver, Storage, Work, add_up

_ADD_EVENT = insert(SIM_EVENT)
_ADD_USAGE = add_up(SIM_USAGE)
_OLDEST = bindparam("oldest_ms", type_=BIG)
_PURGE_EVENTS = delete(SIM_EVENT).where(SIM_EVENT.c.at_ms < _OLDEST)
_PURGE_USAGE = delete(SIM_USAGE).where(SIM_USAGE.c.day_ms < _OLDEST)
_PURGE_STEPS = delete(QUOTA_STEP).where(QUOTA_STEP.c.at_ms < _OLDEST)
_PURGE_EVERY_MS = 3_600_000
_MONTH_MS = 31 * DAY_MS


_WEEK_MS = 7 * DAY_MS
_FIRST_MONDAY_MS = 4 * DAY_MS  # 1970-01-05

_FARTHEST = 2**62  # a page that is farther away is as empty, and no database counts so far


class _Day(NamedTuple):
    iccid: str
    day_ms: int


class SimRecords:
    """The `Records` of a world; `epoch_ms` is the time when its clock shows 0."""

    def __init__(
        self,
        storage: Storage,
        saver: Saver,
        timeline: Timeline,
        epoch_ms: int,
        settings: SimsSettings,
    ) -> None:
        self._storage = storage
        self._saver = saver
        self._epoch_ms = epoch_ms
        self._settings = settings
        self._last_id: int = storage.read(select(func.max(SIM_EVENT.c.id)))[0][0] or 0
        # What is not in the database yet: new, or in a commit that is under way.
        self._events: list[tuple[str, EventRecord]] = []
        self._days: dict[_Day, DayOfUsage] = {}
        self._purge_due_ms = 0
        saver.serve(self)
        self.close: Callable[[], None] = timeline.subscribe(self._heard, ("event", "usage"))

    # -- reading ---------------------------------------------------------------------------

    def events(
        self, iccid: str, since_ms: int, limit: int, offset: int
    ) -> tuple[Sequence[EventRecord], int]:
        """A page of the events since `since_ms`, newest first, and how many there are."""
        waiting = [
            event
            for of, event in reversed(self._events)
            if of == iccid and event.at_ms >= since_ms
        ]
        offset = min(offset, _FARTHEST)
        shown = waiting[offset : offset + limit]
        is_wanted = (SIM_EVENT.c.iccid == iccid, SIM_EVENT.c.at_ms >= since_ms)
        [(count,)] = self._storage.read(select(func.count()).where(*is_wanted))
        if len(shown) < limit:
            query = (
                select(SIM_EVENT)
                .where(*is_wanted)
                .order_by(SIM_EVENT.c.id.desc())
                .limit(limit - len(shown))
                .offset(max(0, offset - len(waiting)))
            )
            shown += [_event_of(row) for row in self._storage.read(query)]
        return shown, count + len(waiting)

    def usage(self, iccid: str, from_ms: int, until_ms: int) -> Sequence[DayOfUsage]:
        """The days with usage, oldest first."""
        query = select(SIM_USAGE).where(
            SIM_USAGE.c.iccid == iccid,
            SIM_USAGE.c.day_ms >= from_ms,
            SIM_USAGE.c.day_ms < until_ms,
        )
        days = {row.day_ms: DayOfUsage(*row[1:]) for row in self._storage.read(query)}
        for (of, day_ms), day in self._days.items():
            if of == iccid and from_ms <= day_ms < until_ms:
                days[day_ms] = _sum(days[day_ms], day) if day_ms in days else day
        return [days[day_ms] for day_ms in sorted(days)]

    def quota_steps(self, iccid: str, from_ms: int) -> Sequence[QuotaStep]:
        """The steps of the data volume since `from_ms`, oldest first.

        One that came by itself, and not by a customer, is there when the `Saver` wrote it.
        """
        step = QUOTA_STEP.c
        query = (
            select(step.at_ms, step.data_added, step.data_left)
            .where(step.iccid == iccid, step.at_ms >= from_ms)
            .order_by(step.at_ms, step.number)
        )
        return [QuotaStep(*row) for row in self._storage.read(query)]

    def weeks(self, iccids: Collection[str], from_ms: int) -> dict[int, tuple[int, int]]:
        """Bytes and messages of these SIMs together, by the first instant of a week's Monday."""
        week = (SIM_USAGE.c.day_ms - _FIRST_MONDAY_MS) // _WEEK_MS
        query = (
            select(
                SIM_USAGE.c.iccid,
                week,
                func.sum(SIM_USAGE.c.data_total),
                func.sum(SIM_USAGE.c.sms_tx + SIM_USAGE.c.sms_rx),
            )
            .where(SIM_USAGE.c.day_ms >= from_ms)
            .group_by(SIM_USAGE.c.iccid, week)
        )
        found = [tuple(row) for row in self._storage.read(query)]
        found += [
            (of, (day_ms - _FIRST_MONDAY_MS) // _WEEK_MS, day.data_total, day.sms_tx + day.sms_rx)
            for (of, day_ms), day in self._days.items()
            if day_ms >= from_ms
        ]
        sums: dict[int, tuple[int, int]] = {}
        for iccid, number, data, sms in found:
            if iccid in iccids:
                start_ms = _FIRST_MONDAY_MS + int(number) * _WEEK_MS
                before = sums.get(start_ms, (0, 0))
                sums[start_ms] = (before[0] + int(data), before[1] + int(sms))
        return sums

    # -- writing ---------------------------------------------------------------------------

    def _heard(self, record: Record) -> None:
        subject = record.subject
        if isinstance(subject, NetworkEvent):
            self._add_event(subject, self._epoch_ms + record.at_ms)
        elif isinstance(subject, UsageRecord):
            self._add_usage(subject)
        else:
            return
        self._saver.ask()

    def _add_event(self, event: NetworkEvent, at_ms: int) -> None:
        self._last_id = max(self._last_id + 1, at_ms * 1000)
        kind, detail = event.kind, event.detail
        self._events.append(
            (
                event.sim.iccid,
                EventRecord(
                    self._last_id,
                    at_ms,
                    kind.type,
                    event.name,
                    kind.severity,
                    kind.source,
                    kind.alert,
                    event.description,
                    None if detail is None else dict(detail),
                ),
            )
        )

    def _add_usage(self, usage: UsageRecord) -> None:
        day_ms = day_start(self._epoch_ms + usage.end_ms)
        if usage.traffic_type == DATA:
            used = DayOfUsage(day_ms, usage.tx, usage.rx, usage.total, 0, 0)
        else:
            used = DayOfUsage(day_ms, 0, 0, 0, usage.tx, usage.rx)
        key = _Day(usage.sim.iccid, day_ms)
        self._days[key] = _sum(self._days[key], used) if key in self._days else used

    def save(self, work: Work) -> None:
        """Write what is new, and drop what is old."""
        events, days = list(self._events), dict(self._days)
        for iccid, event in events:
            detail = None if event.detail is None else json.dumps(event.detail)
            row = event._asdict() | {"iccid": iccid, "detail": detail}
            del row["name"]  # the type has it
            work.write(_ADD_EVENT, row)
        for key, day in days.items():
            work.write(_ADD_USAGE, {"iccid": key.iccid, **day._asdict()})
        now_ms = events[-1][1].at_ms if events else 0
        if now_ms > self._purge_due_ms:
            self._purge_due_ms = now_ms + _PURGE_EVERY_MS
            oldest_ms = now_ms - self._settings.records_kept_ms
            work.write(_PURGE_EVENTS, {"oldest_ms": oldest_ms})
            oldest_ms = now_ms - (self._settings.usage_months + 1) * _MONTH_MS
            work.write(_PURGE_USAGE, {"oldest_ms": oldest_ms})
            work.write(_PURGE_STEPS, {"oldest_ms": oldest_ms})

        def saved() -> None:
            del self._events[: len(events)]
            for key, day in days.items():
                rest = DayOfUsage(
                    key.day_ms,
                    *(now - then for now, then in zip(self._days[key][1:], day[1:], strict=True)),
                )
                if any(rest[1:]):
                    self._days[key] = rest
                else:
                    del self._days[key]

        work.after_commit(saved)


def _event_of(row: Any) -> EventRecord:
    return EventRecord(
        row.id,
        row.at_ms,
        row.type,
        TYPES[row.type],
        row.severity,
        row.source,
        row.alert,
        row.description,
        None if row.detail is None else json.loads(row.detail),
    )


def _sum(one: DayOfUsage, other: DayOfUsage) -> DayOfUsage:
    return DayOfUsage(one.day_ms, *(a + b for a, b in zip(one[1:], other[1:], strict=True)))
