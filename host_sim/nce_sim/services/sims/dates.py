"""Times in the notations of the SIM group; three are in use.

zoned(1520582349000)        # "2018-03-09T07:59:09.000+0000": SIMs, events of v1
iso_time(1520582349000)     # "2018-03-09T07:59:09.000Z": quotas, usage, SMS, v2
spaced(1520582349000)       # "2018-03-09 07:59:09": the location of v2
day_of("2018-03-09"), instant_of("2018-03-09T08:59:09+01:00")
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from nce_sim.problems import Invalid
from nce_sim.services.identifiers import iso_time

__all__ = ["day_of", "instant_of", "iso_time", "month_before", "spaced", "zoned"]

DAY_MS = 86_400_000


def zoned(at_ms: int) -> str:
    """Milliseconds since 1970 with the offset of UTC."""
    return iso_time(at_ms)[:-1] + "+0000"


def spaced(at_ms: int) -> str:
    """Milliseconds since 1970 without a zone, to the second."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S}"


def day_of(name: str, text: str) -> date:
    """The day of a parameter; Invalid for another notation."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Invalid(f"{name} is {text!r}, not a day; write it as 2022-07-22") from None


def instant_of(name: str, text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 text, UTC by default; Invalid for another text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{name} is {text!r}, no ISO 8601 time; write 2028-03-14T16:10:29Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not 2000 <= moment.year < 2099:
        raise Invalid(f"{name} {text!r} is out of range; use the years 2000 to 2098")
    return int(moment.timestamp() * 1000)


def month_before(day: date, months: int) -> date:
    """The same day `months` earlier, or the last day of that month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
