"""The geofences: drawn by hand or typed, on the map and in a table, changed and deleted."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from nce_api.calls import OnePage
from nce_api.models.locate import CircleGeofence, Geofence
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.locator.fence_form import change_fence, new_fence
from nce_sim.portal.parts.area_map import AreaMap, Item, circle, polygon
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted, permitted_sign
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_PAGE = 25
_TONE = "var(--fence)"
_SIGNS = {
    "circle": ("radio_button_unchecked", "Draw a circle"),
    "polygon": ("polyline", "Draw a polygon"),
}
_SOURCES = {"GPS": "GPS", "CellTower": "Cell tower"}
_HOW = {
    "circle": "Press at the centre, and drag to the border.",
    "polygon": "Click corner after corner; click the first one again to close it.",
}


class Fences:
    """The buttons above the map, and the card with the table."""

    _area: AreaMap

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._locator = frame.visit.management.locator
        self._reason = frame.visit.lacks("os.change")
        self._shown: dict[str, Geofence] = {}
        self._is_drawing, self._page = False, 1

    @property
    def has_some(self) -> bool:
        """Whether there is one to look at."""
        return bool(self._shown)

    def build_buttons(self, area: AreaMap) -> None:
        """How a geofence begins on the map."""
        self._area = area
        self._begin = box("div", "more")
        with self._begin:
            for kind, (icon, text) in _SIGNS.items():
                permitted(text, icon, partial(self._draw, kind), self._reason)
        self._cancel = quiet("Stop drawing", "close", self._area.stop)
        self._cancel.set_visibility(False)

    async def build(self) -> None:
        """The card."""
        self._panel = Panel(
            "Geofences",
            self._load,
            self._show,
            empty="There are no geofences yet. Draw one on the map, or type its place.",
            width="w8",
            icon="fence",
        )
        with self._panel.more:
            permitted("New geofence", "add", lambda: self._new(None), self._reason)
            sign("refresh", "Refresh: Geofences", self._panel.load)
        await self._panel.load()

    # -- drawing ---------------------------------------------------------------------------

    def _draw(self, kind: str) -> None:
        self._turn(is_drawing=True)
        self._area.draw(kind)
        ui.notify(_HOW[kind])

    async def drawn(self, shape: dict[str, Any]) -> None:
        """The user drew a shape: ask for the rest."""
        await self._new(shape)

    async def stopped(self, told: dict[str, Any]) -> None:
        """The user draws no more."""
        self._turn(is_drawing=False)

    def _turn(self, *, is_drawing: bool) -> None:
        self._is_drawing = is_drawing
        self._cancel.set_visibility(is_drawing)
        self._begin.set_visibility(not is_drawing)

    async def _new(self, shape: dict[str, Any] | None) -> None:
        self._area.show("drawn", [] if shape is None else [_drawn(shape)])
        made = await new_fence(self._locator, shape)
        self._area.show("drawn", [])
        if made is not None:
            ui.notify(f"The geofence {made.name} is there.", type="positive")
            await self._panel.load()
            self._area.fit("fences")

    # -- the table -------------------------------------------------------------------------

    async def _load(self) -> OnePage[Geofence] | None:
        portal = self._frame.visit.portal
        if portal is not None:
            found = await portal.geofences(page=self._page, page_size=_PAGE)
        else:
            found = await self._from_the_service()
        self._shown = {each.id: each for each in found.items}
        self._area.show("fences", [_item(each) for each in found.items])
        return found if found.items else None

    async def _from_the_service(self) -> OnePage[Geofence]:
        """1NCE's API lists no shapes: each is asked for, and the list is cut."""
        items: list[Geofence] = []
        async for short in self._locator.geofences(page_size=_PAGE):
            items.append(self._shown.get(short.id) or await self._locator.geofence(short.id))
            if len(items) == _PAGE:
                break
        return OnePage(items, len(items))

    def _show(self, found: OnePage[Geofence]) -> None:
        with plain_table("Name", "Shape", "Events", "Sources", actions=True):
            for fence in found.items:
                self._row(fence)
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn_page)

    async def _turn_page(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    def _row(self, fence: Geofence) -> None:
        with box("tr"):
            with box("td"):
                words("div", fence.name)
                words("div", fence.deviceId or "All devices", "note")
            words("td", shape_text(fence), "when")
            words("td", ", ".join(each.capitalize() for each in fence.eventTypes))
            words("td", ", ".join(_SOURCES.get(each, each) for each in fence.eventSources))
            with box("td", "when"):
                look = partial(self._look_at, fence)
                permitted_sign("my_location", f"Show {fence.name} on the map", look, None)
                edit, delete = partial(self.edit, fence.id), partial(self._delete, fence)
                permitted_sign("edit", f"Edit {fence.name}", edit, self._reason)
                permitted_sign("delete", f"Delete {fence.name}", delete, self._reason)

    def _look_at(self, fence: Geofence) -> None:
        self._area.show("look", [_item(fence)])
        self._area.fit("look")
        self._area.show("look", [])

    async def edit(self, fence_id: str) -> None:
        """Ask what shall change of a geofence."""
        fence = self._shown.get(fence_id)
        if fence is None or self._is_drawing:
            return
        if self._reason is not None:
            ui.notify(self._reason)
            return
        if await change_fence(self._locator, fence) is not None:
            ui.notify("The geofence is changed.", type="positive")
            self._shown.clear()
            await self._panel.load()

    async def _delete(self, fence: Geofence) -> None:
        question = f"Delete the geofence {fence.name}?"
        if not await is_sure(question, "It tells of no device any more.", "Delete"):
            return

        async def ask() -> None:
            await self._locator.delete_geofence(fence.id)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"The geofence {fence.name} is deleted.", type="positive")
        else:
            ui.notify(problem, type="negative")
        self._page = 1
        await self._panel.load()


def shape_text(fence: Geofence) -> str:
    """A shape in words."""
    if isinstance(fence, CircleGeofence):
        return f"Circle, {count_text(fence.radius)} m"
    corners = sum(len(ring) - 1 for ring in fence.coordinates)
    return f"Polygon, {corners} corners"


def _item(fence: Geofence) -> Item:
    if isinstance(fence, CircleGeofence):
        return circle(fence.center, fence.radius, fence.name, _TONE, fence.id)
    return polygon(fence.coordinates, fence.name, _TONE, fence.id)


def _drawn(shape: dict[str, Any]) -> Item:
    if shape["type"] == "circle":
        return circle(shape["center"], shape["radius"], "", _TONE)
    return polygon(shape["coordinates"], "", _TONE)
