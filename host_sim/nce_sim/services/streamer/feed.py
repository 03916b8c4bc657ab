"""From the world's timeline to records: what a network event, a usage record or an SMS becomes.

    feed = Feed(timeline, whose_of, carrier_of, epoch_ms, settings, streamer)

The `Hearer` gets each record that it wants, with its id. An id is the microsecond of the record,
or the next one that is free: a world that goes on uses none twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from nce_sim.network.cell import Carrier
from nce_sim.network.detail import operator_detail
from nce_sim.network.events import NetworkEvent
from nce_sim.network.usage import UsageRecord
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.streamer import records, sms_records
from nce_sim.services.streamer.records import Whose
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.services.streamer.stream import EVENT, SMS, USAGE
from nce_sim.sim_card import SimCard
from nce_sim.sms.short_message import Direction, ShortMessage, Status

_CREATED = 3
_FINAL = (Status.DELIVERED, Status.FAILED, Status.EXPIRED)


class Made(NamedTuple):
    """A record, and whose it is."""

    record_id: int
    organisation_id: int
    type: str
    at_ms: int
    is_replayed: bool  # [D] Platform 2.0 alone has a replay
    record: dict[str, Any]


class Hearer(Protocol):
    """Who hears records (`Streamer`)."""

    def wants(self, organisation_id: int, kind: str, is_replayed: bool) -> bool: ...

    def hear(self, made: Made) -> None: ...


class Feed:
    """Hears the timeline; the callables know the account and the operators."""

    def __init__(
        self,
        timeline: Timeline,
        whose_of: Callable[[SimCard], Whose],
        carrier_of: Callable[[str], Carrier | None],
        epoch_ms: int,
        settings: StreamerSettings,
        hearer: Hearer,
    ) -> None:
        self._whose_of = whose_of
        self._carrier_of = carrier_of
        self._epoch_ms = epoch_ms
        self._settings = settings
        self._hearer = hearer
        self._last_id = 0
        # The data session that a SIM has or had last: usage belongs to it.
        self._contexts: dict[str, dict[str, Any]] = {}
        self.close = timeline.subscribe(self._hear, ("event", "usage", "sms"))

    def _hear(self, record: Record) -> None:
        subject, at_ms = record.subject, self._epoch_ms + record.at_ms
        if not isinstance(subject, (NetworkEvent, UsageRecord, ShortMessage)):
            return
        whose = self._whose_of(subject.sim)
        if isinstance(subject, NetworkEvent):
            self._event(subject, whose, at_ms)
        elif isinstance(subject, UsageRecord):
            self._usage(subject, whose, at_ms)
        elif not whose.is_1:
            self._sms(subject, whose, record.fields["state"], at_ms)

    def _event(self, event: NetworkEvent, whose: Whose, at_ms: int) -> None:
        if event.kind.type == _CREATED and event.detail is not None:
            self._contexts[event.sim.iccid] = event.detail["pdp_context"]
        if not self._is_wanted(whose, EVENT):
            return
        record_id = self._next_id(at_ms)
        record = records.event(record_id, at_ms, event, whose, self._settings)
        self._tell(record_id, whose, EVENT, at_ms, record)

    def _usage(self, used: UsageRecord, whose: Whose, at_ms: int) -> None:
        if not self._is_wanted(whose, USAGE):
            return
        carrier = None if used.plmn is None else self._carrier_of(used.plmn)
        operator = None
        if carrier is not None:
            operator = {**operator_detail(carrier), "mnc": carrier.plmn[3:]}
        record_id = self._next_id(at_ms)
        record = records.usage(
            record_id,
            used,
            whose,
            operator,
            self._contexts.get(used.sim.iccid),
            (self._epoch_ms + used.start_ms, self._epoch_ms + used.end_ms),
            self._settings,
        )
        self._tell(record_id, whose, USAGE, at_ms, record)

    def _sms(self, message: ShortMessage, whose: Whose, state: str, at_ms: int) -> None:
        if not self._is_wanted(whose, SMS):
            return
        submitted_ms = self._epoch_ms + message.submitted_at_ms
        record_id = self._next_id(at_ms)
        if message.direction is Direction.MO and state == "submitted":
            record = sms_records.from_sim(message, whose.names, submitted_ms)
        elif message.direction is Direction.MT and message.status in _FINAL:
            record = sms_records.report(record_id, message, whose.names, submitted_ms, at_ms)
        else:
            return
        self._tell(record_id, whose, SMS, at_ms, record)

    def _is_wanted(self, whose: Whose, kind: str) -> bool:
        return self._hearer.wants(whose.names.organisation_id, kind, not whose.is_1)

    def _tell(
        self, record_id: int, whose: Whose, kind: str, at_ms: int, record: dict[str, Any]
    ) -> None:
        organisation_id = whose.names.organisation_id
        self._hearer.hear(Made(record_id, organisation_id, kind, at_ms, not whose.is_1, record))

    def _next_id(self, at_ms: int) -> int:
        self._last_id = max(self._last_id + 1, at_ms * 1000)
        return self._last_id
