"""The shapes of geofences: what is refused and why, and what is inside."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from nce_sim.problems import Invalid
from nce_sim.services.locator.geometry import circle, distance_m, polygon, read_shape

SQUARE = [[6.0, 50.0], [8.0, 50.0], [8.0, 52.0], [6.0, 52.0], [6.0, 50.0]]
HOLE = [[6.5, 50.5], [7.5, 50.5], [7.5, 51.5], [6.5, 51.5], [6.5, 50.5]]


def square(**changes):
    points = [list(point) for point in SQUARE]
    for number, point in changes.items():
        points[int(number[1:])] = point
    return points


WRONG = (
    ([], "coordinates is empty"),
    ([SQUARE[:3]], r"coordinates\[0\] has 3 points; give 4 or more"),
    ([SQUARE[:4]], r"coordinates\[0\] is open; repeat its first point"),
    ([square(p1=[52.0, 150.0])], r"coordinates\[0\]\[1\] is 52, 150; give longitude"),
    ([square(p2=[181.0, 52.0])], r"coordinates\[0\]\[2\] is 181, 52"),
    ([square(p2=[float("nan"), 52.0])], r"is nan, 52"),
    ([square(p2=[8.0])], r"coordinates\[0\]\[2\] has 1 numbers"),
    # Its lines cross in the middle.
    ([[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]], r"no polygon: Self-intersection\[1 1\]"),
    ([[[0, 0], [1, 1], [2, 2], [0, 0]]], "no polygon: "),
    ([SQUARE, [[1, 1], [2, 1], [2, 2], [1, 1]]], "no polygon: Hole lies outside shell"),
    # From Fiji's west to its east, around the whole earth on a flat map.
    ([[[177, -19], [-178, -19], [-178, -16], [177, -16], [177, -19]]], "crosses 180 degrees"),
    ([[[0, 0]] * 300, [[0, 0]] * 300], "600 points; at most 500"),
)


@pytest.mark.parametrize(("rings", "reason"), WRONG, ids=lambda value: str(value)[:30])
def test_what_is_no_polygon_is_refused_with_the_reason(rings, reason):
    with pytest.raises(Invalid, match=reason):
        polygon(rings, 500)


INSIDE = (
    ([SQUARE], (7.0, 51.0), True),
    ([SQUARE], (6.0, 51.0), True),  # on the border
    ([SQUARE], (6.0, 50.0), True),  # on a corner
    ([SQUARE], (5.9999, 51.0), False),
    ([SQUARE], (51.0, 7.0), False),  # latitude first
    ([SQUARE, HOLE], (7.0, 51.0), False),
    ([SQUARE, HOLE], (6.25, 51.0), True),
    # West of Greenwich, south of the equator.
    ([[[-71, -34], [-70, -34], [-70, -33], [-71, -33], [-71, -34]]], (-70.6, -33.4), True),
)


@pytest.mark.parametrize(("rings", "place", "is_inside"), INSIDE)
def test_inside_a_polygon_also_after_it_was_written(rings, place, is_inside):
    shape = polygon(rings, 500)
    assert shape.contains(*place) is is_inside
    again = read_shape(shape.written())
    assert again.written() == {"coordinates": rings}
    assert again.contains(*place) is is_inside


# Known distances: a degree of a great circle; Paris to London (other tools: 343.5 to 344 km).
DISTANCES = (
    ((0, 0), (1, 0), 111_195),
    ((10, 89.5), (-170, 89.5), 111_195),
    ((179.5, 0), (-179.5, 0), 111_195),
    ((2.3522, 48.8566), (-0.1278, 51.5074), 343_556),
)


@pytest.mark.parametrize(("start", "end", "metres"), DISTANCES)
def test_distances_are_those_of_a_sphere(start, end, metres):
    assert distance_m(*start, *end) == pytest.approx(metres, rel=1e-3)


def test_a_circle_also_crosses_180_degrees_and_is_round_in_the_north():
    fiji = circle([179.999, -17.0], 1_000)
    assert fiji.contains(-179.995, -17.0)
    assert not fiji.contains(-179.98, -17.0)
    north = circle([25.0, 70.0], 1_000)
    assert north.contains(25.025, 70.0)  # 951 m: a degree is short there
    assert not north.contains(25.0, 70.0095)  # 1056 m
    assert read_shape(north.written()) == north


@pytest.mark.parametrize(
    ("center", "radius"), [([7, 51], 49.9), ([7, 51], 30_001), ([7, 91], 50), ([7], 50)]
)
def test_what_is_no_circle_is_refused(center, radius):
    with pytest.raises(Invalid, match=r"radius|center"):
        circle(center, radius)


def test_only_a_polygon_needs_shapely(monkeypatch):
    monkeypatch.setitem(sys.modules, "shapely", None)
    spec = importlib.util.find_spec(polygon.__module__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.circle([7, 51], 50).contains(7, 51)
    with pytest.raises(ImportError):
        module.polygon([SQUARE], 500)
