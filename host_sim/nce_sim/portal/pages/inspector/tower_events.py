"""The cell towers that a device was seen at, and what became of its location."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from nce_api.models.locate import CellTowerEvent
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.world_time import now_of

_PERIODS = {1: "Last 1 day", 7: "Last 7 days"}  # [D] 1 day where nothing is asked, 7 at most
_STATES = {"SUCCEEDED": ("Resolved", "good"), "FAILED": ("Not resolved", "bad")}
_MODES = {"BASIC": "Basic", "ADVANCED": "Plus"}
_MOST = 200  # rows


class TowerEvents:
    """The tab."""

    def __init__(self, frame: Frame, device_id: str) -> None:
        self._frame, self._device_id = frame, device_id
        self._days = 1

    async def build(self) -> None:
        """Make it and fill it."""
        with box("div", "filters", role="search", aria_label="Find cell tower events"):
            select("Time", _PERIODS, 1).on_value_change(self._changing())
        self._panel = Panel(
            "Cell tower events",
            self._load,
            self._show,
            empty="The device was seen at no cell. Switch the cell tower location on in Settings.",
            width="flat",
            icon="cell_tower",
        ).with_refresh()
        with self._panel.more:
            words("a", "Settings", href=f"{ROOT}/os/settings")
        await self._panel.load()

    def _changing(self) -> Callable[[Any], Any]:
        async def change(event: Any) -> None:
            self._days = event.value
            await self._panel.load()

        return change

    async def _load(self) -> list[CellTowerEvent] | None:
        start = await now_of(self._frame.visit) - timedelta(days=self._days)
        found = await self._frame.visit.management.locator.activity(
            self._device_id, start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z"
        )
        return found.items[:_MOST] or None

    def _show(self, events: list[CellTowerEvent]) -> None:
        headings = ("Date Time created", "Access type", "Status", "Mode", "Cell", "Position")
        with plain_table(*headings):
            for event in events:
                with box("tr"):
                    words("td", self._frame.zone.text(event.sampleTime), "when")
                    words("td", str(event.radioAccessType))
                    state = str(event.locationResolutionStatus)
                    text, tone = _STATES.get(state, (state, "calm"))
                    with box("td"):
                        words("span", text, f"chip {tone}")
                    mode = str(event.resolutionMode)
                    words("td", _MODES.get(mode, mode))
                    words("td", cell_text(event), "when")
                    words("td", place_text(event), "when")


def cell_text(event: CellTowerEvent) -> str:
    """Which cell it was: network, area, number."""
    cell = event.towerMetadata
    if cell is None:
        return "–"
    return f"{cell.MCC}-{cell.MNC} · {cell.LAC} · {cell.CellID}"


def place_text(event: CellTowerEvent) -> str:
    """Where the cell stands, latitude first."""
    place = event.towerLocation
    if place is None or place.latitude is None or place.longitude is None:
        return "–"
    return f"{place.latitude:.5f}°, {place.longitude:.5f}°"
