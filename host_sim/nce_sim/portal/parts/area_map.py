"""A map of areas that needs no network: devices, tracks, geofences, shapes drawn by hand.

    area = AreaMap("Map of devices", on_drawn=form, on_chosen=choose, on_moved=look)
    area.show("fences", [polygon([[…]], "depot", "var(--warn)")])
    area.fit("fences")
    area.draw("circle")                 # or "polygon"; on_drawn gets it as the API has shapes

Places are longitude, latitude, as in the API. What is shown before the map is there is shown then.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui

from nce_sim.portal.door import ROOT
from nce_sim.portal.parts.chart import ADDRESS
from nce_sim.portal.parts.tags import box
from nce_sim.portal.tiles import Tiles

Item = dict[str, Any]
Hear = Callable[[dict[str, Any]], Awaitable[None]]
_MIDDLE, _ZOOM = (50.94, 6.96), 4


@cache
def _script() -> str:
    return (Path(__file__).parent / "area_map.js").read_text()


def device(place: Sequence[float], label: str, tone: str, id_: str = "") -> Item:
    """A dot."""
    return {"shape": "device", "at": _turned(place), "label": label, "tone": tone, "id": id_}


def circle(center: Sequence[float], radius: float, label: str, tone: str, id_: str = "") -> Item:
    """A round area, its radius in metres."""
    area = {"shape": "circle", "at": _turned(center), "radius": radius}
    return {**area, "label": label, "tone": tone, "id": id_}


def polygon(
    rings: Sequence[Sequence[Sequence[float]]], label: str, tone: str, id_: str = ""
) -> Item:
    """An area of straight lines."""
    turned = [[_turned(place) for place in ring] for ring in rings]
    return {"shape": "polygon", "rings": turned, "label": label, "tone": tone, "id": id_}


def line(places: Sequence[Sequence[float]], tone: str) -> Item:
    """A way from place to place."""
    return {"shape": "line", "points": [_turned(place) for place in places], "tone": tone}


def _turned(place: Sequence[float]) -> list[float]:
    return [place[1], place[0]]  # Leaflet: latitude, longitude


class AreaMap:
    """One map; its layers have names, and each is shown as a whole."""

    def __init__(
        self,
        label: str,
        *,
        tiles: Tiles | None = None,
        on_drawn: Hear | None = None,
        on_stopped: Hear | None = None,
        on_chosen: Hear | None = None,
        on_moved: Hear | None = None,
    ) -> None:
        self._is_ready = False
        self._layers: dict[str, list[Item]] = {}
        self._fitted: tuple[str, ...] = ()
        with box("div", "chart area", role="region", aria_label=label):
            # The toolbar of Leaflet has no names for its signs: the page has buttons in its place.
            self._map = ui.leaflet(
                center=_MIDDLE,
                zoom=_ZOOM,
                draw_control={"draw": {}, "edit": {}},
                hide_drawn_items=True,
                options={"worldCopyJump": True, "minZoom": 1},
            )
            self._map.clear_layers()  # NiceGUI begins with tiles of the network
        if tiles is not None:
            # Their owner sees the name of this server, as of any page that shows them.
            look = {"attribution": escape(tiles.credit), "referrerPolicy": "origin"}
            self._map.tile_layer(url_template=tiles.url, options=look)
        self._is_alone = tiles is None
        self._map.on("init", self._begin)
        for name, hear in (
            ("drawn", on_drawn),
            ("stopped", on_stopped),
            ("chosen", on_chosen),
            ("moved", on_moved),
        ):
            if hear is not None:
                self._map.on(name, lambda event, hear=hear: hear(event.args))

    def show(self, name: str, items: list[Item]) -> None:
        """Show a layer in the place of what it was."""
        if self._layers.get(name) != items:
            self._layers[name] = items
            self._call("show", name, items)

    def fit(self, *names: str) -> None:
        """Move to where everything of these layers is in sight; empty ones change nothing."""
        self._fitted = names
        self._call("fit", names)

    def draw(self, kind: str) -> None:
        """Let the user draw a circle or a polygon."""
        self._call("draw", kind)

    def stop(self) -> None:
        """End drawing; nothing is drawn then."""
        self._call("stop")

    def _begin(self) -> None:
        given = f"{self._map.id}, {json.dumps(ROOT + ADDRESS)}, {int(self._is_alone)}"
        ui.run_javascript(f"({_script()})({given})")
        self._is_ready = True
        for name, items in self._layers.items():
            self._call("show", name, items)
        self._call("fit", self._fitted)

    def _call(self, method: str, *values: object) -> None:
        if self._is_ready:
            given = ", ".join(json.dumps(value) for value in values)
            with self._map:
                ui.run_javascript(f"getElement({self._map.id}).$el.area.{method}({given})")
