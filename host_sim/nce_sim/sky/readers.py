"""Reads tracks: GPX 1.0 and 1.1 (topografix.com/GPX), and the CSV of the demo.

    track = read_track("walk.gpx")                      # by the file's ending
    track = read_csv("gps_track.csv", End.LOOP)

Of GPX the track points count, of all segments in a row, and without any the points of routes. A
file whose points have no time gets one point a second. A mistake is a ValueError with its place.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.etree import ElementTree

from nce_sim.sky.track import MOST_POINTS, ZERO, End, Place, Point, Track, motion

MOST_BYTES = 64_000_000
STEP_MS = 1_000  # between points without a time


def read_track(path: str | Path, end: End = End.STOP) -> Track:
    """The track of a file that ends in `.gpx` or `.csv`."""
    readers = {".gpx": read_gpx, ".csv": read_csv}
    reader = readers.get(Path(path).suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: a track is a .gpx or a .csv file")
    return reader(path, end)


def read_csv(path: str | Path, end: End = End.STOP) -> Track:
    """A track with the columns of `firmware/data/gps_track.csv`; others are left alone.

    Needed are date_time, latitude and longitude; altitude_m, speed_mps and bearing_deg may be.
    """
    points = []
    for number, row in enumerate(_rows(path), 2):
        try:
            place = Place(
                _decimal(row.get("latitude")),
                _decimal(row.get("longitude")),
                _decimal(row.get("altitude_m") or "0"),
                _decimal(row.get("speed_mps") or "0"),
                _decimal(row.get("bearing_deg") or "0"),
            )
            points.append((_instant_ms(row.get("date_time") or ""), place))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        _check_count(path, len(points))
    return _track(path, points, end)


def read_gpx(path: str | Path, end: End = End.STOP) -> Track:
    """A track of GPX; speed and course are those from point to point."""
    data = _bytes_of(path)
    # Entities can make a small file huge; GPX has none. In UTF-16 they would not be seen here.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise ValueError(f"{path}: a document type or another encoding than UTF-8 is not GPX")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise ValueError(f"{path}: {error}") from error
    points: list[tuple[int | None, Place]] = []
    for element in _points_of(root):
        try:
            place = Place(
                _decimal(element.get("lat")),
                _decimal(element.get("lon")),
                _decimal(_child(element, "ele") or "0"),
            )
            time = _child(element, "time")
            points.append((None if time is None else _instant_ms(time), place))
        except ValueError as error:
            raise ValueError(f"{path}, point {len(points) + 1}: {error}") from error
        _check_count(path, len(points))
    timed = [instant_ms for instant_ms, _ in points if instant_ms is not None]
    if timed and len(timed) != len(points):
        raise ValueError(f"{path}: {len(points) - len(timed)} points have no time")
    if not timed:
        points = [(number * STEP_MS, place) for number, (_, place) in enumerate(points)]
    return _track(path, _moving([(at_ms or 0, place) for at_ms, place in points]), end)


def _track(path: str | Path, points: list[tuple[int, Place]], end: End) -> Track:
    try:
        first_ms = points[0][0] if points else 0
        return Track([Point(at_ms - first_ms, place) for at_ms, place in points], end)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _moving(points: list[tuple[int, Place]]) -> list[tuple[int, Place]]:
    """The same with a motion each; the last one keeps that of the point before."""
    found: list[tuple[int, Place]] = []
    speed = course = ZERO
    for number, (at_ms, place) in enumerate(points):
        if number + 1 < len(points) and points[number + 1][0] > at_ms:
            after_ms, after = points[number + 1]
            speed, course = motion(place, after, after_ms - at_ms)
        found.append(
            (at_ms, Place(place.latitude, place.longitude, place.altitude_m, speed, course))
        )
    return found


def _rows(path: str | Path) -> Iterator[dict[str, str]]:
    try:
        yield from csv.DictReader(_bytes_of(path).decode("utf-8-sig").splitlines())
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV file: {error}") from error


def _points_of(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The points of tracks; of routes when there is no track."""
    tracks = [each for each in root.iter() if _name(each) == "trkpt"]
    yield from tracks or [each for each in root.iter() if _name(each) == "rtept"]


def _name(element: ElementTree.Element) -> str:
    """Without its namespace, which differs between the versions."""
    return str(element.tag).rpartition("}")[2]


def _child(element: ElementTree.Element, name: str) -> str | None:
    for child in element:
        if _name(child) == name and child.text:
            return child.text.strip()
    return None


def _bytes_of(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"{path}: more than {MOST_BYTES} bytes are no track")
    return data


def _check_count(path: str | Path, count: int) -> None:
    if count > MOST_POINTS:
        raise ValueError(f"{path}: more than {MOST_POINTS} points")


def _decimal(text: str | None) -> Decimal:
    try:
        return Decimal((text or "").strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None


def _instant_ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; one without a zone is UTC."""
    try:
        time = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.UTC)
    epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return (time - epoch) // datetime.timedelta(milliseconds=1)
