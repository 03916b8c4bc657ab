"""A track: where a device is at each instant, in straight lines between points.

    track = Track([Point(0, Place(Decimal("56.92"), Decimal("24.09"))), Point(60_000, …)])
    track.at(30_000).latitude           # half way, to 1e-8 of a degree
    Track(points, End.LOOP)             # from the last point back to the first, at once

Numbers are decimal: at a point the device is exactly where the file says.
"""

from __future__ import annotations

import bisect
import enum
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

RESOLUTION = Decimal("1e-8")  # of a degree: a millimetre
METRES_PER_DEGREE = 111_195  # of latitude, on a sphere of 6371 km
MOST_POINTS = 200_000
MOST_OF_A_NUMBER = 1_000_000  # metres, m/s or degrees: more than anything on earth has
ZERO = Decimal(0)
HALF_TURN, TURN = 180, 360


class End(enum.Enum):
    """What a device does at the end of its track."""

    STOP = "it stays at the last point"
    LOOP = "it begins again at the first"


@dataclass(frozen=True)
class Place:
    """A position in degrees (WGS 84) and a motion; ValueError when it is not on the earth."""

    latitude: Decimal
    longitude: Decimal
    altitude_m: Decimal = ZERO
    speed_mps: Decimal = ZERO
    course_deg: Decimal = ZERO

    def __post_init__(self) -> None:
        # NaN is in no range.
        is_on_earth = (
            not (self.latitude.is_nan() or self.longitude.is_nan())
            and abs(self.latitude) <= 90
            and abs(self.longitude) <= HALF_TURN
        )
        if not is_on_earth:
            raise ValueError(f"{self.latitude}, {self.longitude} is no place on the earth")
        for value in (self.altitude_m, self.speed_mps, self.course_deg):
            if not value.is_finite() or abs(value) > MOST_OF_A_NUMBER:
                raise ValueError(f"{value} is no altitude, speed or course")


@dataclass(frozen=True)
class Point:
    """A place, and when the device is there: milliseconds since the first point."""

    at_ms: int
    place: Place


class Track:
    """Points in the order of time; ValueError when there is none or the time goes back."""

    def __init__(self, points: Sequence[Point], end: End = End.STOP) -> None:
        if not 0 < len(points) <= MOST_POINTS:
            raise ValueError(f"a track has 1 to {MOST_POINTS} points, not {len(points)}")
        for number, (before, after) in enumerate(itertools.pairwise(points), 2):
            if after.at_ms <= before.at_ms:
                raise ValueError(f"point {number} of the track is not later than the one before")
        self.points = tuple(points)
        self.end = end
        self._times = [point.at_ms for point in points]

    @property
    def duration_ms(self) -> int:
        """From the first point to the last."""
        return self._times[-1] - self._times[0]

    def at(self, elapsed_ms: int) -> Place:
        """Where the device is so long after the first point."""
        if self.end is End.LOOP and self.duration_ms:
            elapsed_ms %= self.duration_ms
        at_ms = self._times[0] + max(elapsed_ms, 0)
        after = bisect.bisect_right(self._times, at_ms)
        if after == len(self.points):
            return self.points[-1].place
        before = self.points[after - 1]
        if before.at_ms == at_ms:
            return before.place
        return _between(before, self.points[after], at_ms)


def _between(before: Point, after: Point, at_ms: int) -> Place:
    part = Decimal(at_ms - before.at_ms) / (after.at_ms - before.at_ms)

    def mixed(start: Decimal, end: Decimal) -> Decimal:
        return (start + (end - start) * part).quantize(RESOLUTION)

    start, end = before.place, after.place
    return Place(
        mixed(start.latitude, end.latitude),
        _turned(mixed(start.longitude, start.longitude + east(start, end))),
        mixed(start.altitude_m, end.altitude_m),
        mixed(start.speed_mps, end.speed_mps),
        start.course_deg,
    )


def east(start: Place, end: Place) -> Decimal:
    """Degrees to go east, the short way round."""
    return _turned(end.longitude - start.longitude)


def _turned(degrees: Decimal) -> Decimal:
    if degrees > HALF_TURN:
        return degrees - TURN
    return degrees + TURN if degrees < -HALF_TURN else degrees


def motion(start: Place, end: Place, duration_ms: int) -> tuple[Decimal, Decimal]:
    """Speed in m/s and course in degrees from one place to another, by a flat map."""
    north_m = float(end.latitude - start.latitude) * METRES_PER_DEGREE
    shrink = math.cos(math.radians(float(start.latitude)))
    east_m = float(east(start, end)) * METRES_PER_DEGREE * shrink
    speed = math.hypot(north_m, east_m) * 1_000 / duration_ms
    course = math.degrees(math.atan2(east_m, north_m)) % TURN
    return Decimal(f"{speed:.3f}"), Decimal(f"{course:.1f}")
