"""World: the map of cells and devices, the clock, coverage, and what happens; simulator only."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from nce_sim.control.answers import ControlFailed, MappedCell, MappedDevice, WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.chart import WorldChart
from nce_sim.portal.parts.clock import ClockBar
from nce_sim.portal.parts.feed import Feed
from nce_sim.portal.parts.panel import asked, problem_text
from nce_sim.portal.parts.states import empty_state, error_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_EVERY_S = 2.0


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/world", "World") as frame:
        control = frame.visit.control
        if control is None:
            empty_state(frame.visit.lacks("world.steer") or NO_WORLD, "public_off")
            return
        found, problem = await asked(control.map)
        if found is None:

            async def again() -> None:
                ui.navigate.reload()

            error_state(problem or "the world does not answer", again)
            return
        await _World(frame, control, found).build()


class _World:
    def __init__(self, frame: Frame, control: AsyncControl, found: WorldMap) -> None:
        self._frame, self._control, self._found = frame, control, found

    async def build(self) -> None:
        with self._frame.more:
            self._clock = ClockBar(self._control, self._frame.zone, self._found)
        with box("div", "grid"):
            with box("section", "panel w8", aria_label="Map"):
                with box("header"):
                    words("h2", "Map")
                self._chart = WorldChart(self._found, ROOT)
                words(
                    "p",
                    "Circles are cells with their reach, dashed ones have no coverage; dots are "
                    "devices, in colour while they are registered.",
                    "note q-mt-sm q-mb-none",
                )
            with box("section", "panel w4", aria_label="Coverage"):
                with box("header"):
                    words("h2", "Coverage")
                    with box("div", "more"):
                        quiet("Off", "signal_cellular_off", lambda: self._cover(False))
                        quiet("On", "signal_cellular_alt", lambda: self._cover(True))
                self._cells = box("div", "body")
            with box("section", "panel w6", aria_label="Devices"):
                with box("header"):
                    words("h2", "Devices")
                self._devices = box("div", "body")
            await Feed(
                "What happens",
                self._control,
                self._frame.zone,
                empty="Nothing happened yet. Switch a device on, or let it send.",
            ).start()
        self._draw_tables()
        ui.timer(_EVERY_S, self._look)

    async def _look(self) -> None:
        try:
            found = await self._control.map()
        except ControlFailed as error:
            self._clock.tell(problem_text(error))
            return
        before, self._found = self._found, found
        self._clock.show(found)
        self._chart.show(found)
        if (before.cells, before.devices) != (found.cells, found.devices):
            self._draw_tables()

    async def _cover(self, is_on: bool, cell: int | None = None) -> None:
        async def ask() -> None:
            await self._control.verb("coverage", state="on" if is_on else "off", cell=cell)

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
        await self._look()

    def _draw_tables(self) -> None:
        self._cells.clear()
        with self._cells, box("div", "scroll", tabindex="0"), box("table", "plain"):
            with box("thead"), box("tr"):
                for name in ("Cell", "Signal", "Covered"):
                    words("th", name, scope="col")
            with box("tbody"):
                for cell in self._found.cells:
                    self._cell_row(cell)
        self._devices.clear()
        with self._devices:
            if not self._found.devices:
                empty_state("This world has no device with a modem.", "router")
                return
            with box("div", "scroll", tabindex="0"), box("table", "plain"):
                with box("thead"), box("tr"):
                    for name in ("Device", "Power", "Network", "SIM", "Place"):
                        words("th", name, scope="col")
                with box("tbody"):
                    for device in self._found.devices:
                        _device_row(device)

    def _cell_row(self, cell: MappedCell) -> None:
        with box("tr"):
            with box("td"):
                words("div", f"{cell.number} · {cell.operator}")
                words("div", cell.rat, "note")
            words("td", f"{cell.rsrp_dbm} dBm", "num")
            with box("td"):
                switch = ui.switch(
                    value=cell.is_in_coverage,
                    on_change=lambda event: self._cover(event.value, cell.number),
                )
                switch.props("dense").props["aria-label"] = f"Coverage of cell {cell.number}"


def _device_row(device: MappedDevice) -> None:
    with box("tr"):
        with box("td", "when"):
            words("a", f"{device.number} · {device.model}", href=f"{ROOT}/world/{device.number}")
        words("td", device.power.capitalize())
        with box("td"):
            tone = "good" if device.is_registered else "calm"
            words(
                "span", "Registered" if device.is_registered else "Not registered", f"chip {tone}"
            )
        words("td", "–" if device.sim is None else str(device.sim))
        words("td", f"{device.latitude:.4f}°, {device.longitude:.4f}°", "when")
