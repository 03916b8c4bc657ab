"""Where a device was: its positions on a map that needs no network, and as a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from nce_api.models.locate import Position
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.area_map import AreaMap, device, line
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.world_time import now_of

_PERIODS = {1: "Last 1 day", 7: "Last 7 days"}
_SOURCES = {"": "Any", "GPS": "GPS", "CellTower": "Cell tower"}
_PAGE, _MOST = 100, 500  # positions of a call, and on the map
_LISTED = 25
_TRACK, _LAST, _BEFORE = "track", "var(--bar)", "var(--calm)"


class Track:
    """The tab."""

    def __init__(self, frame: Frame, device_id: str) -> None:
        self._frame, self._device_id = frame, device_id
        self._asked: dict[str, Any] = {"days": 1, "source": ""}

    async def build(self) -> None:
        """Make it and fill it."""
        with box("div", "filters", role="search", aria_label="Find positions"):
            period = select("Time", _PERIODS, 1)
            period.on_value_change(self._changing("days"))
            source = select("Source", _SOURCES, "")
            source.on_value_change(self._changing("source"))
        self._panel = Panel(
            "Positions",
            self._load,
            self._show,
            empty="No position is known of this time. Switch a location on in Settings, or let "
            "the device send its position.",
            width="flat",
            icon="location_off",
        ).with_refresh()
        await self._panel.load()

    def _changing(self, name: str) -> Callable[[Any], Any]:
        async def change(event: Any) -> None:
            self._asked[name] = event.value
            await self._panel.load()

        return change

    async def _load(self) -> list[Position] | None:
        start = await now_of(self._frame.visit) - timedelta(days=self._asked["days"])
        positions = self._frame.visit.management.locator.positions(
            self._device_id,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            source=self._asked["source"] or None,
            page_size=_PAGE,
        )
        found: list[Position] = []
        async for position in positions:
            found.append(position)
            if len(found) == _MOST:
                break
        return sorted(found, key=lambda one: one.sampleTime, reverse=True) or None

    def _show(self, positions: list[Position]) -> None:
        with box("div", "q-mb-sm"):
            area = AreaMap("Map of the device's positions")
        dots = [
            device(
                position.coordinate,
                f"{self._frame.zone.text(position.sampleTime)} · {_source(position)}",
                _BEFORE if number else _LAST,
            )
            for number, position in enumerate(positions)
        ]
        way = [line([one.coordinate for one in positions], _BEFORE)] if len(positions) > 1 else []
        # The newest is drawn last, so that it lies above the others.
        area.show(_TRACK, [*way, *reversed(dots)])
        area.fit(_TRACK)
        with plain_table("Time", "Latitude", "Longitude", "Source", "Accuracy"):
            for position in positions[:_LISTED]:
                longitude, latitude = position.coordinate[:2]
                with box("tr"):
                    words("td", self._frame.zone.text(position.sampleTime), "when")
                    words("td", f"{latitude:.5f}°")
                    words("td", f"{longitude:.5f}°")
                    words("td", _source(position))
                    words("td", _accuracy(position))
        if len(positions) > _LISTED:
            words("p", f"and {len(positions) - _LISTED} more on the map", "note q-mt-sm")


def _source(position: Position) -> str:
    return _SOURCES.get(position.source, position.source)


def _accuracy(position: Position) -> str:
    """[D] only Plus tells it: a radius in metres."""
    radius = (position.metadata or {}).get("horizontalAccuracy")
    return "–" if radius is None else f"{radius:g} m"
