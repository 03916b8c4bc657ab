"""A map that needs no network: outlines of countries, cells with their reach, devices.

    chart = WorldChart(around, on_click=move)       # `around` are the cells and devices of now
    chart.show(await control.map())                 # again and again: what moved is moved

The outlines are Natural Earth's (carried/README.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.elements.leaflet.leaflet_layers import GenericLayer

from nce_sim.control.answers import MappedCell, MappedDevice, WorldMap
from nce_sim.portal.parts.tags import box

OUTLINES = Path(__file__).parent.parent / "carried" / "countries-110m.geojson"
ADDRESS = "/map/countries.geojson"  # below the portal's root
_ZOOM = 12

# Leaflet is a global once the map is there.
_OUTLINES_SCRIPT = """
(async () => {
  const map = getElement(%d).map;
  L.control.scale({imperial: false}).addTo(map);
  const answer = await fetch("%s");
  L.geoJSON(await answer.json(), {interactive: false, style: {
    className: "outline", color: "var(--soft)", weight: 1, fillColor: "var(--land)",
    fillOpacity: 1}}).addTo(map).bringToBack();
})()
"""


class WorldChart:
    """A map of one world."""

    def __init__(
        self,
        found: WorldMap,
        root: str,
        on_click: Callable[[float, float], Awaitable[None]] | None = None,
    ) -> None:
        self._cells: dict[int, tuple[MappedCell, GenericLayer]] = {}
        self._devices: dict[int, tuple[MappedDevice, GenericLayer]] = {}
        self._root = root
        with box("div", "chart", role="region", aria_label="Map of cells and devices"):
            self._map = ui.leaflet(center=_middle(found), zoom=_ZOOM)
            self._map.clear_layers()  # NiceGUI begins with tiles of the network
        self._map.on("init", self._draw_outlines)
        if on_click is not None:
            self._map.on("map-click", lambda event: on_click(*_place_of(event)))
        self.show(found)

    def show(self, found: WorldMap) -> None:
        """Draw what changed since the last time."""
        for cell in found.cells:
            known = self._cells.get(cell.number)
            if known is None or known[0] != cell:
                self._take_away(known)
                self._cells[cell.number] = (cell, self._cell(cell))
        for device in found.devices:
            before = self._devices.get(device.number)
            if before is None or before[0] != device:
                self._take_away(before)
                self._devices[device.number] = (device, self._device(device))

    def _take_away(self, known: tuple[Any, GenericLayer] | None) -> None:
        if known is not None:
            self._map.remove_layer(known[1])

    def _cell(self, cell: MappedCell) -> GenericLayer:
        tone = "var(--good)" if cell.is_in_coverage else "var(--bad)"
        options = {"radius": cell.range_m, "color": tone, "weight": 2, "fillOpacity": 0.08}
        if not cell.is_in_coverage:
            options["dashArray"] = "6 6"
        return self._layer("circle", cell.latitude, cell.longitude, options)

    def _device(self, device: MappedDevice) -> GenericLayer:
        tone = "var(--bar)" if device.is_registered else "var(--calm)"
        options = {"radius": 8, "color": "#ffffff", "weight": 2, "fillColor": tone}
        return self._layer(
            "circleMarker", device.latitude, device.longitude, {**options, "fillOpacity": 1}
        )

    def _layer(
        self, name: str, latitude: float, longitude: float, options: dict[str, Any]
    ) -> GenericLayer:
        return self._map.generic_layer(name=name, args=[[latitude, longitude], options])

    def _draw_outlines(self) -> None:
        ui.run_javascript(_OUTLINES_SCRIPT % (self._map.id, self._root + ADDRESS))


def _middle(found: WorldMap) -> tuple[float, float]:
    places = [(each.latitude, each.longitude) for each in found.devices]
    places += [(each.latitude, each.longitude) for each in found.cells]
    if not places:
        return (50.94, 6.96)
    return (
        sum(place[0] for place in places) / len(places),
        sum(place[1] for place in places) / len(places),
    )


def _place_of(event: Any) -> tuple[float, float]:
    place = event.args["latlng"]
    return float(place["lat"]), float(place["lng"])
