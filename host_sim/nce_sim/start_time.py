"""The start of a real-time world: now, another time, or after its database's last record.

    start_ms = first_instant(wanted_ms=None, last_record_ms=storage.last_record_ms)
    world = World(1, clock=clock_from(start_ms), settings=settings_from(Settings(), start_ms))
    world.now()                             # the computer's date

All are milliseconds since 1970, UTC. A virtual world begins where `Settings.calendar_start_s`
says, in every run.
"""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime

from nce_sim.settings import Settings
from nce_sim.steered_clock import SteeredClock

# SMS and AT+CCLK have two digits for the year (TS 23.040, 9.2.3.11; TS 27.007, 8.15).
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2099, 1, 1, tzinfo=UTC)


def parsed(text: str) -> int:
    """The instant of an ISO 8601 text, UTC by default; ValueError for another text."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time; write 2027-03-01 or 2027-03-01T08:30:00+01:00"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError(f"{text!r} is out of range; use the years 2000 to 2098")
    return _milliseconds(moment)


def first_instant(wanted_ms: int | None, last_record_ms: int | None) -> int:
    """The first instant of a world: `wanted_ms`, else now, but never before its last record.

    ValueError when `wanted_ms` is before a record of the database.
    """
    if wanted_ms is not None and last_record_ms is not None and wanted_ms <= last_record_ms:
        last = datetime.fromtimestamp(last_record_ms / 1000, UTC)
        raise ValueError(
            f"the database has records up to {last:%Y-%m-%dT%H:%M:%SZ}; start after that, or use "
            "another database"
        )
    start_ms = time.time_ns() // 1_000_000 if wanted_ms is None else wanted_ms
    return start_ms if last_record_ms is None else max(start_ms, last_record_ms + 1)


def clock_from(start_ms: int, speed: float = 1.0) -> SteeredClock:
    """A real-time clock for a world that begins at `start_ms`; it shows the part of the second."""
    return SteeredClock(start_ms=start_ms % 1000, speed=speed)


def settings_from(settings: Settings, start_ms: int) -> Settings:
    """The settings of a world that begins at `start_ms`."""
    return dataclasses.replace(settings, calendar_start_s=start_ms // 1000)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
