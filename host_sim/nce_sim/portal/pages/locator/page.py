"""The page with its tabs, as 1NCE's portal has them (1nce_os_2.md, 3.7)."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from nicegui import ui

from nce_sim.control.answers import JournalRecord
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.locator.cell_events import CellEvents
from nce_sim.portal.pages.locator.configuration import Configuration
from nce_sim.portal.pages.locator.location_map import LocationMap
from nce_sim.portal.parts.follower import Follower
from nce_sim.portal.parts.tags import box

_LOOK_S, _LOOK_FAR_S = 2.0, 30.0
# What a position may come from: a message, a session that began, an object of LwM2M.
_KINDS = ("uplink", "event", "lwm2m")


async def build(request: Request) -> None:
    """The page; the address may name a device."""
    with page_frame(request, "/os/locator", "Device Locator") as frame:
        iccid = request.query_params.get("iccid", "")
        await _Locator(frame, iccid if iccid.isdecimal() else "").build()


class _Locator:
    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame = frame
        self._map = LocationMap(frame, iccid)
        self._configuration = Configuration(frame)
        self._events = CellEvents(frame, lambda: self._tabs.set_value("Configuration"))
        self._has_news = False

    async def build(self) -> None:
        tabs: dict[str, LocationMap | CellEvents | Configuration] = {
            "Location map": self._map,
            "Cell tower events": self._events,
            "Configuration": self._configuration,
        }
        # Made before the panels: what they say may lead to a tab.
        self._tabs = ui.tabs().props("align=left no-caps outside-arrows mobile-arrows")
        with self._tabs:
            for name in tabs:
                ui.tab(name)
        panels = ui.tab_panels(self._tabs, value="Location map").props("animated=false keep-alive")
        with panels.classes("bg-transparent"):
            for name, tab in tabs.items():
                with ui.tab_panel(name).style("padding: 16px 0"), box("div", "grid"):
                    await tab.build()
        control = self._frame.visit.control
        if control is None:
            ui.timer(_LOOK_FAR_S, self._look, immediate=False)
            return
        follower = Follower(control, self._came, lambda state: None, kinds=_KINDS, newest=1)
        await follower.start()
        ui.timer(_LOOK_S, self._look_at_news, immediate=False)

    def _came(self, records: Sequence[JournalRecord]) -> None:
        self._has_news = True

    async def _look_at_news(self) -> None:
        if self._has_news:
            self._has_news = False
            await self._look()

    async def _look(self) -> None:
        await self._map.renew()
        await self._events.renew()
