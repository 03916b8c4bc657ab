"""What a SIM used, day by day, in the body of v1 and of the daily usage of v2.

    usage_document(days, "bytes of a MB", range_of(start_dt, end_dt, today, months), …)

Numbers are text: MB with six decimals, messages without any. Cost is the volume again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from nce_sim.network.usage import DATA, SMS
from nce_sim.problems import Invalid
from nce_sim.services.sims.dates import DAY_MS, day_of, iso_time, month_before
from nce_sim.services.sims.devices import DayOfUsage

_EURO = {"id": 1, "symbol": "€", "code": "EUR"}
_DATA = {"description": "Data", "id": DATA, "unit": "MB"}
_SMS = {"description": "SMS", "id": SMS, "unit": "SMS"}


def range_of(
    start_dt: str | None, end_dt: str | None, today: date, months: int
) -> tuple[int, int]:
    """From the first instant of `start_dt` until the end of `end_dt`, ms since 1970.

    Without dates, and for earlier ones, the last `months` months. Invalid when it ends before it
    begins.
    """
    earliest = month_before(today, months)
    end = today if end_dt is None else day_of("end_dt", end_dt)
    start = earliest if start_dt is None else day_of("start_dt", start_dt)
    if start > end:
        raise Invalid(f"start_dt {start} is after end_dt {end}; exchange them")
    return _instant(max(start, earliest)), _instant(min(end, today)) + DAY_MS


def day_start(at_ms: int) -> int:
    """The first instant of the day, UTC, in which `at_ms` is."""
    return at_ms - at_ms % DAY_MS


class Week(NamedTuple):
    """What was used in a week, from its Monday on."""

    start_ms: int
    data_bytes: int
    messages: int


def monday_of(at_ms: int) -> int:
    """The first instant of the week, UTC, in which `at_ms` is; 1970-01-05 was a Monday."""
    return at_ms - (at_ms - 4 * DAY_MS) % (7 * DAY_MS)


def usage_document(
    days: Sequence[DayOfUsage], from_ms: int, until_ms: int, megabyte: int, *, with_idle: bool
) -> dict[str, Any]:
    """`{"stats": [...]}`, oldest day first."""
    if with_idle:
        known = {day.day_ms: day for day in days}
        idle = (0, 0, 0, 0, 0)
        days = [
            known.get(day_ms, DayOfUsage(day_ms, *idle))
            for day_ms in range(from_ms, until_ms, DAY_MS)
        ]
    return {"stats": [_day(day, megabyte) for day in days]}


def _day(day: DayOfUsage, megabyte: int) -> dict[str, Any]:
    total = _megabytes(day.data_total, megabyte)
    messages = str(day.sms_tx + day.sms_rx)
    return {
        "date": iso_time(day.day_ms),
        "data": {
            "cost": total,
            "currency": _EURO,
            "traffic_type": _DATA,
            "volume": total,
            "volume_rx": _megabytes(day.data_rx, megabyte),
            "volume_tx": _megabytes(day.data_tx, megabyte),
        },
        "sms": {
            "cost": messages,
            "currency": _EURO,
            "traffic_type": _SMS,
            "volume": messages,
            # [D] here rx are the messages that the SIM sent (MO), tx those sent to it (MT).
            "volume_rx": str(day.sms_tx),
            "volume_tx": str(day.sms_rx),
        },
    }


def _megabytes(amount: int, megabyte: int) -> str:
    return f"{amount / megabyte:.6f}"


def _instant(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def today_of(wall_ms: int) -> date:
    """The day, UTC, of an instant."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=wall_ms)).date()
