"""One device of the world: AT dialogue as it happens, timeline, last exchange, knobs, place."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from nce_sim.control.answers import ControlFailed, MappedDevice, WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.lab.exchange import ExchangeCard
from nce_sim.portal.pages.lab.knobs import Knobs
from nce_sim.portal.pages.lab.timeline import TimelineCard
from nce_sim.portal.parts.chart import WorldChart
from nce_sim.portal.parts.clock import ClockBar
from nce_sim.portal.parts.dialogue import Dialogue
from nce_sim.portal.parts.drawing import Drawing, Part, tag
from nce_sim.portal.parts.panel import asked, problem_text
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_EVERY_S = 2.0


async def build(request: Request, number: int) -> None:
    """The page."""
    with page_frame(request, "/world", f"Device {number}", crumb="World") as frame:
        control = frame.visit.control
        if control is None:
            empty_state(frame.visit.lacks("world.steer") or NO_WORLD, "public_off")
            return
        found, problem = await asked(control.map)
        if found is None or _of(found, number) is None:
            empty_state(problem or "The world has no such device.", "search_off")
            return
        await _Device(frame, control, found, number).build()


def _of(found: WorldMap, number: int) -> MappedDevice | None:
    return next((one for one in found.devices if one.number == number), None)


class _Device:
    def __init__(self, frame: Frame, control: AsyncControl, found: WorldMap, number: int) -> None:
        self._frame, self._control = frame, control
        self._found, self._number = found, number
        self._is_looking = False

    async def build(self) -> None:
        device = _of(self._found, self._number)
        assert device is not None
        control, zone = self._control, self._frame.zone
        with self._frame.more:
            self._clock = ClockBar(control, zone, self._found)
        with box("div", "grid"):
            dialogue = Dialogue(control, device.name, zone)
            with box("section", "panel w4", aria_label="State"):
                with box("header"):
                    words("h2", "State")
                with box("div", "body"):
                    self._state = Drawing(self._facts(device))
            self._knobs = Knobs(control, self._number, self._look)
            await self._knobs.build(self._found)
            with box("section", "panel w4", aria_label="Place"):
                with box("header"):
                    words("h2", "Place")
                self._chart = WorldChart(
                    self._alone(device), ROOT, on_click=self._move, tiles=self._frame.tiles
                )
                words("p", "Click on the map to move the device there.", "note q-mt-sm q-mb-none")
            self._timeline = TimelineCard(control, self._number, zone)
            self._exchange = ExchangeCard(control, self._number, zone)
        await dialogue.start()
        await self._look()
        ui.timer(_EVERY_S, self._look)

    def _alone(self, device: MappedDevice) -> WorldMap:
        found = self._found
        return WorldMap(found.time, found.speed, found.cells, (device,))

    async def _move(self, latitude: float, longitude: float) -> None:
        async def ask() -> None:
            place = {"latitude": latitude, "longitude": longitude}
            await self._control.verb("stay", modem=self._number, **place)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify("Moved: done.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._look()

    async def _look(self) -> None:
        if self._is_looking:
            return  # a slow world is not asked twice at once
        self._is_looking = True
        try:
            await self._look_around()
            await self._timeline.look()
            await self._exchange.look()
        finally:
            self._is_looking = False

    async def _look_around(self) -> None:
        try:
            found = await self._control.map()
        except ControlFailed as error:
            self._clock.tell(problem_text(error))
            return
        device, before = _of(found, self._number), _of(self._found, self._number)
        cells_before, self._found = self._found.cells, found
        self._clock.show(found)
        if device is None:
            return
        self._chart.show(self._alone(device))
        if device != before or found.cells != cells_before:
            self._state.show(self._facts(device))
            self._knobs.show(found)

    def _facts(self, device: MappedDevice) -> Part:
        cell = next((one for one in self._found.cells if one.number == device.cell), None)
        network, tone = (
            ("Registered", "good") if device.is_registered else ("Not registered", "calm")
        )
        facts: tuple[tuple[str, Part], ...] = (
            ("Network", tag("span", network, class_=f"chip {tone}")),
            ("Modem", device.model),
            ("Power", device.power.capitalize()),
            ("SIM", _sim_text(device)),
            ("Cell", "None" if cell is None else f"{cell.number} · {cell.operator}"),
            ("Technology", "–" if cell is None else cell.rat),
            ("Signal", "–" if cell is None else f"{cell.rsrp_dbm} dBm"),
            ("Latency", "–" if cell is None else "{} to {} ms".format(*cell.latency_ms)),
            ("Loss", "–" if cell is None else f"{cell.loss_percent:g} %"),
            ("Sky", "Open" if device.is_outdoors else "None: indoors"),
            ("Place", f"{device.latitude:.5f}°, {device.longitude:.5f}°"),
        )
        rows = (part for name, value in facts for part in (tag("dt", name), tag("dd", value)))
        return tag("dl", *rows, class_="facts")


def _sim_text(device: MappedDevice) -> str:
    if device.sim is None:
        return "Outside the device" if device.has_card_outside else "None"
    return f"{device.sim}" if device.is_enabled else f"{device.sim}, disabled"
