"""Events and usage of SIMs, kept from the world's timeline as they happen.

    records = TimelineRecords(timeline, wall)
    records.events(iccid, since_ms, limit=10, offset=0)

It holds the newest events of each SIM, and one sum for each day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from nce_sim.network.events import NetworkEvent
from nce_sim.network.usage import DATA, UsageRecord
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.sims.devices import DayOfUsage, EventRecord
from nce_sim.services.sims.usage import day_start

_MOST_EVENTS = 5_000  # of one SIM
_MOST_DAYS = 190  # of one SIM: six months and some


class TimelineRecords:
    """The `Records` of a world in memory; `wall` turns its clock into ms since 1970."""

    def __init__(self, timeline: Timeline, wall: Callable[[int], int]) -> None:
        self._wall = wall
        self._events: dict[str, deque[EventRecord]] = {}
        self._days: dict[str, dict[int, DayOfUsage]] = {}
        self._count = 0
        timeline.subscribe(self._heard)

    def events(
        self, iccid: str, since_ms: int, limit: int, offset: int
    ) -> tuple[Sequence[EventRecord], int]:
        """A page of the events since `since_ms`, newest first, and how many there are."""
        kept = self._events.get(iccid, deque())
        while kept and kept[-1].at_ms < since_ms:
            kept.pop()
        start = min(offset, len(kept))
        return list(islice(kept, start, start + limit)), len(kept)

    def usage(self, iccid: str, from_ms: int, until_ms: int) -> Sequence[DayOfUsage]:
        """The days with usage, oldest first."""
        days = self._days.get(iccid, {})
        return [day for day_ms, day in sorted(days.items()) if from_ms <= day_ms < until_ms]

    def _heard(self, record: Record) -> None:
        subject = record.subject
        if isinstance(subject, NetworkEvent):
            self._add_event(subject, record.at_ms)
        elif isinstance(subject, UsageRecord):
            self._add_usage(subject)

    def _add_event(self, event: NetworkEvent, at_ms: int) -> None:
        self._count += 1
        kept = self._events.setdefault(event.sim.iccid, deque(maxlen=_MOST_EVENTS))
        kind = event.kind
        kept.appendleft(
            EventRecord(
                self._count,
                self._wall(at_ms),
                kind.type,
                event.name,
                kind.severity,
                kind.source,
                kind.alert,
                event.description,
                None if event.detail is None else dict(event.detail),
            )
        )

    def _add_usage(self, usage: UsageRecord) -> None:
        days = self._days.setdefault(usage.sim.iccid, {})
        day_ms = day_start(self._wall(usage.end_ms))
        day = days.get(day_ms, DayOfUsage(day_ms, 0, 0, 0, 0, 0))
        if usage.traffic_type == DATA:
            day = day._replace(
                data_tx=day.data_tx + usage.tx,
                data_rx=day.data_rx + usage.rx,
                data_total=day.data_total + usage.total,
            )
        else:
            day = day._replace(sms_tx=day.sms_tx + usage.tx, sms_rx=day.sms_rx + usage.rx)
        days[day_ms] = day
        while len(days) > _MOST_DAYS:
            del days[min(days)]
