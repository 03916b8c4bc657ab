"""Where one device was: a line on the map, and its points in a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from nicegui import ui

from nce_api.models.locate import Position
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.area_map import AreaMap, device, line
from nce_sim.portal.parts.buttons import sign
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning
from nce_sim.portal.parts.world_time import now_of

_MOST = 500  # points of a track, the newest
_PAGE = 100  # the most that a call gives
_ROWS = 8
_DAYS = {1: "Last 1 day", 7: "Last 7 days"}  # [D]
_SOURCES = {"GPS": "GPS", "CellTower": "Cell tower"}


class Track:
    """The card of one device; it is there while a device is looked at."""

    def __init__(
        self, frame: Frame, area: AreaMap, on_close: Callable[[], Awaitable[None]]
    ) -> None:
        self._frame, self._area, self._on_close = frame, area, on_close
        self._iccid, self._days, self._page = "", 7, 1
        self._place = box("div")

    async def open(self, iccid: str) -> None:
        """Show the track of a device in the place of another one's."""
        self._iccid, self._page = iccid, 1
        self._place.clear()
        with self._place:
            self._panel = Panel(
                "Location history",
                self._load,
                self._show,
                empty="The device told no position in this time.",
                icon="timeline",
                width="",
            )
            with self._panel.more:
                days = ui.select(_DAYS, value=self._days)
                days.props("dense outlined options-dense").props["aria-label"] = "Time"
                days.on_value_change(lambda event: self._change(event.value))
                sign("close", "Close the location history", self._close)
        await self._panel.load()
        self._area.fit("track")

    async def renew(self) -> None:
        """Show what changed, if a device is looked at."""
        if self._iccid:
            await self._panel.renew()

    async def _change(self, days: int) -> None:
        self._days, self._page = days, 1
        await self._panel.load()
        self._area.fit("track")

    async def _close(self) -> None:
        self._iccid = ""
        self._place.clear()
        self._area.show("track", [])
        await self._on_close()

    async def _load(self) -> list[Position] | None:
        start = await now_of(self._frame.visit) - timedelta(days=self._days)
        positions = self._frame.visit.management.locator.positions(
            self._iccid,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            page_size=_PAGE,
        )
        found: list[Position] = []
        async for position in positions:
            found.append(position)
            if len(found) == _MOST:
                break
        self._draw(found)
        return found or None

    def _draw(self, found: list[Position]) -> None:
        points = [
            device(each.coordinate, self._frame.zone.text(each.sampleTime), "var(--track)")
            for each in found
        ]
        way = [line([each.coordinate for each in found], "var(--track)")] if found else []
        self._area.show("track", [*way, *points])

    def _show(self, found: list[Position]) -> None:
        pages = max(1, -(-len(found) // _ROWS))
        self._page = min(self._page, pages)
        start = (self._page - 1) * _ROWS
        with box("p", "q-mt-none q-mb-sm"):
            words("a", self._iccid, "mono", href=f"{ROOT}/sims/{self._iccid}")
            words("span", f" · {_span(found)}", "note")
        with box("ol", "entries"):
            for each in found[start : start + _ROWS]:
                longitude, latitude = each.coordinate
                with box("li"):
                    words("div", f"{latitude:.5f}°, {longitude:.5f}°")
                    source = _SOURCES.get(each.source, each.source)
                    words("div", f"{source} · {self._frame.zone.text(each.sampleTime)}", "note")
        turning(self._page, pages, self._turn)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()


def _span(found: list[Position]) -> str:
    times = sorted(datetime.fromisoformat(each.sampleTime) for each in found)
    minutes = round((times[-1] - times[0]).total_seconds() / 60)
    count = f"{len(found)} position{'' if len(found) == 1 else 's'}"
    if minutes < 1:
        return count
    return f"{count} in {minutes} min" if minutes < 120 else f"{count} in {minutes // 60} h"
