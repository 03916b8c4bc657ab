"""A map that needs no network: outlines of countries, cells with their reach, devices.

    chart = WorldChart(around, root, on_click=move)     # `around` are the cells and devices of now
    chart.show(await control.map())                 # again and again: what moved is moved
    chart.show(found, "Telekom.de 1nce.net")        # cells of one operator, devices that use it

The outlines are Natural Earth's (carried/README.md). Tiles of a server are under all of it where
the world was started with one. Devices at one place are one dot with their number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from nicegui import ui
from nicegui.elements.leaflet.leaflet_layers import GenericLayer

from nce_sim.control.answers import MappedCell, MappedDevice, WorldMap
from nce_sim.portal.parts.tags import box
from nce_sim.portal.tiles import Tiles

OUTLINES = Path(__file__).parent.parent / "carried" / "countries-110m.geojson"
ADDRESS = "/map/countries.geojson"  # below the portal's root
_ZOOM = 12
_TONES = 6  # --operator-0 ... in the sheet
# Pixels; devices whose dots would lie on one another are one dot.
_APART_PX = 18
_PIXELS_OF_THE_WORLD = 256  # at zoom 0, of Leaflet's tiles
MOST_DOTS = 400
_MOST_CELLS = 200
_RING = 0.03  # smaller for each operator, so that those at one place are all seen

# Leaflet is a global once the map is there.
_OUTLINES_SCRIPT = """
(async () => {
  const map = getElement(%d).map;
  L.control.scale({imperial: false}).addTo(map);
  map.attributionControl.setPrefix(false);
  const answer = await fetch("%s");
  L.geoJSON(await answer.json(), {interactive: false, style: {
    className: "outline", color: "var(--soft)", weight: 1, fillColor: "var(--land)",
    fillOpacity: %d}}).addTo(map).bringToBack();
})()
"""


def tone_of(operators: Sequence[str], name: str) -> str:
    """The colour of an operator, as CSS."""
    return f"var(--operator-{operators.index(name) % _TONES})"


class Dot(NamedTuple):
    """Devices at one place of the map."""

    latitude: float
    longitude: float
    number: int  # of devices
    registered: int
    name: str


class WorldChart:
    """A map of one world."""

    def __init__(
        self,
        found: WorldMap,
        root: str,
        on_click: Callable[[float, float], Awaitable[None]] | None = None,
        tiles: Tiles | None = None,
    ) -> None:
        self._cells: dict[int, tuple[Any, GenericLayer]] = {}
        self._dots: dict[tuple[int, int], tuple[Dot, GenericLayer]] = {}
        self._root, self._tiles = root, tiles
        self._operator: str | None = None
        self._found, self._zoom = found, float(_ZOOM)
        with box("div", "chart", role="region", aria_label="Map of cells and devices"):
            self._map = ui.leaflet(center=_middle(found), zoom=_ZOOM)
            self._map.clear_layers()  # NiceGUI begins with tiles of the network
        if tiles is not None:
            # Their owner sees the name of this server, as of any page that shows them.
            options = {"attribution": escape(tiles.credit), "referrerPolicy": "origin"}
            self._map.tile_layer(url_template=tiles.url, options=options)
        self._map.on("init", self._begin)
        self._map.on("map-zoomend", self._zoomed)
        if on_click is not None:
            self._map.on("map-click", lambda event: on_click(*_place_of(event)))
        self.show(found)

    def show(self, found: WorldMap, operator: str | None = None) -> None:
        """Draw what changed since the last time."""
        self._found, self._operator = found, operator
        operators = list(dict.fromkeys(cell.operator for cell in found.cells))
        shown = [cell for cell in found.cells if operator in (None, cell.operator)]
        numbers = {cell.number for cell in shown[:_MOST_CELLS]}
        for number in [one for one in self._cells if one not in numbers]:
            self._map.remove_layer(self._cells.pop(number)[1])
        for cell in shown[:_MOST_CELLS]:
            look = (*_look_of(cell), len(shown))
            known = self._cells.get(cell.number)
            if known is None or known[0] != look:
                if known is not None:
                    self._map.remove_layer(known[1])
                drawn = self._cell(cell, operators, len(shown))
                self._cells[cell.number] = (look, drawn)
        self._show_devices(numbers if operator is not None else None)

    def _show_devices(self, cells: set[int] | None) -> None:
        devices = [one for one in self._found.devices if cells is None or one.cell in cells]
        dots = dots_of(devices, self._zoom)
        for place in [one for one in self._dots if self._dots[one][0] != dots.get(one)]:
            self._map.remove_layer(self._dots.pop(place)[1])
        for place, dot in list(dots.items())[:MOST_DOTS]:
            if place not in self._dots:
                self._dots[place] = (dot, self._dot(dot))

    def _zoomed(self, event: Any) -> None:
        self._zoom = float(event.args["zoom"])
        self.show(self._found, self._operator)

    def _cell(self, cell: MappedCell, operators: Sequence[str], number: int) -> GenericLayer:
        ring = 1 - _RING * (operators.index(cell.operator) % _TONES)
        options = {
            "radius": cell.range_m * ring,
            "color": tone_of(operators, cell.operator),
            "weight": 2,
            "fillOpacity": 0.12 / max(1, min(number, 12)),  # where they lie on one another
        }
        if not cell.is_in_coverage:
            options.update({"dashArray": "6 6", "fillOpacity": 0})
        return self._layer("circle", cell.latitude, cell.longitude, options)

    def _dot(self, dot: Dot) -> GenericLayer:
        tone = "var(--bar)" if dot.registered else "var(--calm)"
        options = {
            "radius": 8 if dot.number == 1 else min(11 + dot.number // 20, 20),
            "color": "#ffffff",
            "weight": 2,
            "fillColor": tone,
            "fillOpacity": 1 if dot.registered else 0.45,
        }
        layer = self._layer("circleMarker", dot.latitude, dot.longitude, options)
        if self._map.is_initialized:
            _name(dot, layer)
        return layer

    def _layer(
        self, name: str, latitude: float, longitude: float, options: dict[str, Any]
    ) -> GenericLayer:
        return self._map.generic_layer(name=name, args=[[latitude, longitude], options])

    def _begin(self) -> None:
        for dot, layer in self._dots.values():  # drawn before there was a map to name them on
            _name(dot, layer)
        is_alone = self._tiles is None
        script = _OUTLINES_SCRIPT % (self._map.id, self._root + ADDRESS, is_alone)
        ui.run_javascript(script)


def _name(dot: Dot, layer: GenericLayer) -> None:
    """What a dot is called; Leaflet takes it for HTML."""
    if dot.number > 1:
        said = {"permanent": True, "direction": "center", "className": "dot-count"}
        layer.run_method("bindTooltip", str(dot.number), said)
    else:
        layer.run_method("bindTooltip", escape(dot.name))


def dots_of(devices: Sequence[MappedDevice], zoom: float) -> dict[tuple[int, int], Dot]:
    """Devices by places that are apart on the map: a dot has how many there are."""
    degrees = _APART_PX * 360 / (_PIXELS_OF_THE_WORLD * 2**zoom)
    groups: dict[tuple[int, int], list[MappedDevice]] = {}
    for device in devices:
        place = (round(device.latitude / degrees), round(device.longitude / degrees))
        groups.setdefault(place, []).append(device)
    return {
        place: Dot(
            sum(one.latitude for one in group) / len(group),
            sum(one.longitude for one in group) / len(group),
            len(group),
            sum(one.is_registered for one in group),
            f"{group[0].number} · {group[0].model}",
        )
        for place, group in groups.items()
    }


def _look_of(cell: MappedCell) -> tuple[object, ...]:
    return (cell.latitude, cell.longitude, cell.range_m, cell.is_in_coverage, cell.operator)


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
