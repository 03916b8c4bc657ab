"""World: the map of cells and devices, the clock, coverage, states; simulator only."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from nce_sim.control.answers import ControlFailed, WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.world.settings import SettingsCard
from nce_sim.portal.pages.world.snapshots import SnapshotCard
from nce_sim.portal.pages.world.tables import CellTable, DeviceTable, operators_of
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.chart import WorldChart, tone_of
from nce_sim.portal.parts.clock import ClockBar
from nce_sim.portal.parts.feed import Feed
from nce_sim.portal.parts.panel import asked, problem_text
from nce_sim.portal.parts.states import empty_state, error_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_EVERY_S = 2.0
_ALL = "All operators"


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
        self._operator: str | None = None
        self._is_looking = False

    async def build(self) -> None:
        zone = self._frame.zone
        with self._frame.more:
            self._clock = ClockBar(self._control, zone, self._found)
        with box("div", "grid"):
            with box("section", "panel w8", aria_label="Map"):
                with box("header"):
                    words("h2", "Map")
                    with box("div", "more"):
                        names = [_ALL, *operators_of(self._found)]
                        operator = ui.select(
                            names, label="Operator", value=_ALL, on_change=self._choose
                        )
                        operator.props("dense outlined options-dense").classes("speed")
                self._chart = WorldChart(self._found, ROOT, tiles=self._frame.tiles)
                self._legend = box("ul", "legend", aria_label="Legend")
                words(
                    "p",
                    "Circles are cells with their reach, dashed ones have no coverage; dots are "
                    "devices, filled while they are registered; a number is of devices at one "
                    "place, and operators at one place lie one inside the other.",
                    "note q-mt-sm q-mb-none",
                )
            with box("section", "panel w4", aria_label="Coverage"):
                with box("header"):
                    words("h2", "Coverage")
                    with box("div", "more"):
                        quiet("All off", "signal_cellular_off", lambda: self._cover(False))
                        quiet("All on", "signal_cellular_alt", lambda: self._cover(True))
                self._cells = CellTable(self._cover)
            with box("section", "panel w6", aria_label="Devices"):
                with box("header"):
                    words("h2", "Devices")
                self._devices = DeviceTable()
            await Feed(
                "What happens",
                self._control,
                zone,
                empty="Nothing happened yet. Switch a device on, or let it send.",
            ).start()
            snapshots = SnapshotCard(self._control, zone)
            settings = SettingsCard(self._control)
        self._draw()
        await snapshots.panel.load()
        await settings.panel.load()
        ui.timer(_EVERY_S, self._look)

    async def _look(self) -> None:
        if self._is_looking:
            return  # a slow world is not asked twice at once
        self._is_looking = True
        try:
            found = await self._control.map()
        except ControlFailed as error:
            self._clock.tell(problem_text(error))
            return
        finally:
            self._is_looking = False
        before, self._found = self._found, found
        self._clock.show(found)
        self._chart.show(found, self._operator)
        if before.cells != found.cells:
            self._cells.draw(found, self._operator)
        if before.devices != found.devices:
            self._devices.draw(found, self._operator)

    async def _cover(self, is_on: bool, cell: int | None = None) -> None:
        async def ask() -> None:
            await self._control.verb("coverage", state="on" if is_on else "off", cell=cell)

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
        await self._look()

    def _choose(self, event: ValueChangeEventArguments[str]) -> None:
        self._operator = None if event.value == _ALL else event.value
        self._draw()

    def _draw(self) -> None:
        self._chart.show(self._found, self._operator)
        self._cells.draw(self._found, self._operator)
        self._devices.draw(self._found, self._operator)
        names = operators_of(self._found)
        self._legend.clear()
        with self._legend:
            for name in names:
                rats = sorted({one.rat for one in self._found.cells if one.operator == name})
                with box("li"):
                    tone = tone_of(names, name)
                    words("span", "", "swatch", aria_hidden="true").style(f"background: {tone}")
                    words("span", f"{name}: {', '.join(rats)}")
