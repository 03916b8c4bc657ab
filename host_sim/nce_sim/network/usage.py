"""Usage records: the billed bytes and messages, and when a record is written.

At most one record per 15 minutes while a session used more than 100 kB, one when it closes, one
for every SMS (1NCE's rules). A meter belongs to one PDP session.

    meter.add(up=120, down=40)
    meter.close()
    timeline.records(kind="usage")[-1].subject      # a UsageRecord
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.clock import Clock, Handle
from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings

DATA, SMS = 5, 6  # traffic_type
_NAMES = {DATA: "Data", SMS: "SMS"}


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """Bytes or messages of a stretch of time; tx is from the device, rx to it."""

    sim: SimCard
    traffic_type: int
    start_ms: int
    end_ms: int
    tx: int
    rx: int
    rounding: int = 0  # extra bytes that are billed
    plmn: str | None = None

    @property
    def total(self) -> int:
        """The amount that the quota loses."""
        return self.tx + self.rx + self.rounding

    def add_to(self, timeline: Timeline) -> None:
        """Put the record on the timeline."""
        timeline.add(
            "core",
            "usage",
            self,
            sim=self.sim.masked,
            traffic_type=_NAMES[self.traffic_type],
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            tx=self.tx,
            rx=self.rx,
            total=self.total,
        )


class UsageMeter:
    """Counts one session's bytes into records."""

    def __init__(
        self,
        clock: Clock,
        timeline: Timeline,
        settings: AccountSettings,
        sim: SimCard,
        plmn: str | None,
        rounding: int,
    ) -> None:
        self.tx = 0
        self.rx = 0
        self._clock = clock
        self._timeline = timeline
        self._settings = settings
        self._sim = sim
        self._plmn = plmn
        self._step = rounding
        self._start_ms = clock.now_ms()
        self._told = (0, 0)
        self._booking: Handle | None = None
        self._is_closed = False

    def add(self, up: int = 0, down: int = 0) -> None:
        """Count bytes; bytes after the close get a record of their own."""
        self.tx += up
        self.rx += down
        if self._is_closed:
            self._tell()
        elif self._booking is None and self._untold > self._settings.usage_step:
            wait_ms = self._start_ms + self._settings.usage_interval_ms - self._clock.now_ms()
            self._booking = self._clock.call_later(max(0, wait_ms), self._tell)

    def close(self) -> int:
        """Write the last record; returns the bytes that rounding adds."""
        rounding = -(self.tx + self.rx) % self._step
        if self._booking is not None:
            self._booking.cancel()
        self._is_closed = True
        self._tell(rounding)
        return rounding

    @property
    def _untold(self) -> int:
        return self.tx + self.rx - sum(self._told)

    def _tell(self, rounding: int = 0) -> None:
        self._booking = None
        now_ms = self._clock.now_ms()
        tx, rx = self.tx - self._told[0], self.rx - self._told[1]
        UsageRecord(self._sim, DATA, self._start_ms, now_ms, tx, rx, rounding, self._plmn).add_to(
            self._timeline
        )
        self._told = (self.tx, self.rx)
        self._start_ms = now_ms
