"""Times in queries and answers of the OS groups.

start = read_instant("2026-03-01T08:30:00+01:00", "startDateTime")
start.at_ms                            # since 1970
shown(start.at_ms, start.zone)         # "2026-03-01T08:30:00.000+01:00"; UTC: "…Z"
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from nce_sim.problems import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Instant(NamedTuple):
    """A time and the zone that it was written in."""

    at_ms: int
    zone: tzinfo = UTC


def read_instant(text: str, name: str) -> Instant:
    """The time of an ISO 8601 text, UTC without an offset; Invalid for another text."""
    # A plus that is not encoded is a blank in a query.
    written = text.replace(" ", "+") if "T" in text else text
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise Invalid(
            f"{name} {text!r} is no ISO 8601 time; write 2026-03-01T08:30:00.000Z"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Instant((moment - _EPOCH) // _MILLISECOND, moment.tzinfo or UTC)


def shown(at_ms: int, zone: tzinfo = UTC) -> str:
    """The time with three digits, in UTC with Z, else with the offset of the zone."""
    moment = (_EPOCH + at_ms * _MILLISECOND).astimezone(zone)
    text = moment.isoformat(timespec="milliseconds")
    is_utc = moment.utcoffset() == timedelta(0)
    return text[:-6] + "Z" if is_utc else text
