"""The shapes of geofences: what is accepted, and whether a place is inside.

    shape = polygon([[[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 50.9]]], most_points=1_000)
    shape = circle([6.96, 50.94], 500)
    shape.contains(6.95, 50.92)         # the border is inside
    shape.written()                     # {"coordinates": …} or {"radius": …, "center": …}

Longitude comes first. Lines of a polygon are straight on the map of longitude and latitude
(RFC 7946, 3.1.1) and may not cross 180 degrees; a circle is measured on the sphere and may.
Shapely is imported with the first polygon: a world without one does not pay for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nce_sim.problems import Invalid
from nce_sim.services.locator.position import is_on_earth

EARTH_RADIUS_M = 6_371_000  # a sphere: within 0.31 % of a geodesic
LEAST_RADIUS_M, MOST_RADIUS_M = 50, 30_000  # [D]
_LEAST_POINTS = 4  # the last is the first

Points = Sequence[Sequence[float]]


class Shape(Protocol):
    """A part of the earth."""

    @property
    def type(self) -> str: ...

    def contains(self, longitude: float, latitude: float) -> bool: ...

    def written(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Circle:
    """All places within `radius` metres of its center."""

    center: tuple[float, float]
    radius: float
    type = "circle"

    def contains(self, longitude: float, latitude: float) -> bool:
        return distance_m(*self.center, longitude, latitude) <= self.radius

    def written(self) -> dict[str, Any]:
        return {"radius": self.radius, "center": list(self.center)}


class Polygon:
    """The inside of a ring, without that of the rings after it."""

    type = "polygon"

    def __init__(self, rings: Sequence[Points]) -> None:
        import shapely

        self._rings = [[list(point) for point in ring] for ring in rings]
        self._intersects = shapely.intersects_xy
        self._shape = shapely.Polygon(self._rings[0], self._rings[1:])
        shapely.prepare(self._shape)

    def contains(self, longitude: float, latitude: float) -> bool:
        return bool(self._intersects(self._shape, longitude, latitude))

    def written(self) -> dict[str, Any]:
        return {"coordinates": self._rings}

    def fault(self) -> str | None:
        """Why it is no area, such as "Self-intersection[1 1]"; None when it is one."""
        import shapely

        return None if self._shape.is_valid else str(shapely.is_valid_reason(self._shape))


def polygon(rings: Sequence[Points], most_points: int) -> Polygon:
    """A polygon that a customer wants; Invalid with the reason when it is none."""
    if not rings:
        raise Invalid("coordinates is empty; give a ring of points, its last point the first")
    count = sum(map(len, rings))
    if count > most_points:
        raise Invalid(f"coordinates has {count} points; at most {most_points} are taken")
    for number, ring in enumerate(rings):
        _check_ring(f"coordinates[{number}]", ring)
    shape = Polygon(rings)
    fault = shape.fault()
    if fault is not None:
        raise Invalid(f"coordinates is no polygon: {fault}; draw it so that no lines cross")
    return shape


def circle(center: Sequence[float], radius: float) -> Circle:
    """A circle that a customer wants; Invalid when it is none."""
    _check_place("center", center)
    if not LEAST_RADIUS_M <= radius <= MOST_RADIUS_M:
        raise Invalid(f"radius is {radius:g}; give {LEAST_RADIUS_M} to {MOST_RADIUS_M} metres")
    return Circle((center[0], center[1]), radius)


def read_shape(written: dict[str, Any]) -> Shape:
    """The shape that `written()` gave."""
    if "radius" in written:
        longitude, latitude = written["center"]
        return Circle((longitude, latitude), written["radius"])
    return Polygon(written["coordinates"])


def distance_m(
    longitude: float, latitude: float, to_longitude: float, to_latitude: float
) -> float:
    """The way from one place to another on a sphere, by the haversine formula."""
    north, south = math.radians(latitude), math.radians(to_latitude)
    half_up = math.sin((south - north) / 2)
    half_along = math.sin(math.radians(to_longitude - longitude) / 2)
    part = half_up**2 + math.cos(north) * math.cos(south) * half_along**2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, part)))


def _check_ring(name: str, ring: Points) -> None:
    if len(ring) < _LEAST_POINTS:
        raise Invalid(f"{name} has {len(ring)} points; give {_LEAST_POINTS} or more")
    for number, point in enumerate(ring):
        _check_place(f"{name}[{number}]", point)
    if list(ring[0]) != list(ring[-1]):
        raise Invalid(f"{name} is open; repeat its first point as the last one")
    for number in range(1, len(ring)):
        if abs(ring[number][0] - ring[number - 1][0]) > 180:
            # RFC 7946, 3.1.9: such an area is cut in two.
            raise Invalid(
                f"{name} crosses 180 degrees between points {number - 1} and {number}; make two "
                "geofences, one on each side"
            )


def _check_place(name: str, point: Sequence[float]) -> None:
    if len(point) != 2:
        raise Invalid(f"{name} has {len(point)} numbers; give longitude and latitude")
    if not is_on_earth(*point):
        raise Invalid(
            f"{name} is {point[0]:g}, {point[1]:g}; give longitude, -180 to 180, then latitude, "
            "-90 to 90"
        )
