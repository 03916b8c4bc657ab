"""One device of the world: its AT dialogue as it happens, where it is, and what befalls it."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from nicegui import ui

from nce_sim.control.answers import ControlFailed, MappedDevice, WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.chart import WorldChart
from nce_sim.portal.parts.clock import ClockBar
from nce_sim.portal.parts.dialogue import Dialogue
from nce_sim.portal.parts.panel import asked, problem_text
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_EVERY_S = 2.0
# Name, sign, verb and arguments.
_KNOBS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Power on", "power_settings_new", "power", {"state": "on"}),
    ("Power off", "power_off", "power", {"state": "off"}),
    ("Cut the power", "bolt", "power", {"state": "cut"}),
    ("Crash and boot", "restart_alt", "power", {"state": "kill"}),
    ("Press the power key", "touch_app", "key", {}),
    ("Go indoors", "roofing", "sky", {"state": "indoors"}),
    ("Go outdoors", "wb_sunny", "sky", {"state": "outdoors"}),
)


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

    async def build(self) -> None:
        device = _of(self._found, self._number)
        assert device is not None
        with self._frame.more:
            self._clock = ClockBar(self._control, self._frame.zone, self._found)
        with box("div", "grid"):
            dialogue = Dialogue(self._control, device.name, self._frame.zone)
            with box("section", "panel w4", aria_label="State"):
                with box("header"):
                    words("h2", "State")
                self._state = box("div", "body")
            with box("section", "panel w8", aria_label="What befalls it"):
                with box("header"):
                    words("h2", "What befalls it")
                with box("div", "row q-gutter-sm"):
                    for name, icon, verb, arguments in _KNOBS:
                        self._knob(name, icon, verb, arguments)
                words("h3", "Network", "small")
                with box("div", "row q-gutter-sm"):
                    quiet(
                        "Take the coverage away", "signal_cellular_off", lambda: self._cover("off")
                    )
                    quiet("Give it back", "signal_cellular_alt", lambda: self._cover("on"))
                words("h3", "Faults of the catalogue", "small")
                await self._faults()
            with box("section", "panel w4", aria_label="Place"):
                with box("header"):
                    words("h2", "Place")
                here = WorldMap(self._found.time, self._found.speed, self._found.cells, (device,))
                self._chart = WorldChart(here, ROOT, on_click=self._move)
                words("p", "Click where the device shall stay.", "note q-mt-sm q-mb-none")
        self._draw_state(device)
        await dialogue.start()
        ui.timer(_EVERY_S, self._look)

    def _knob(self, name: str, icon: str, verb: str, arguments: dict[str, Any]) -> None:
        quiet(name, icon, lambda: self._do(verb, name, modem=self._number, **arguments))

    async def _faults(self) -> None:
        names, problem = await asked(lambda: self._control.choices("fault", "name"))
        if not names:
            words("p", problem or "This world has no catalogue of faults.", "note")
            return
        with box("div", "filters"):
            fault = ui.select(
                sorted(names), label="Fault", value=sorted(names)[0], with_input=True
            )
            fault.props("dense outlined options-dense").classes("grow")
            command = ui.input("At a command", placeholder="now, or such as +QISEND")
            command.props("dense outlined maxlength=32")

            async def arm() -> None:
                at = {"command": command.value} if command.value else {}
                await self._do("fault", "The fault", name=fault.value, modem=self._number, **at)

            quiet("Let it happen", "warning", arm)

    async def _cover(self, state: str) -> None:
        await self._do("coverage", f"Coverage {state}", state=state)

    async def _move(self, latitude: float, longitude: float) -> None:
        await self._do("stay", "Moved", modem=self._number, latitude=latitude, longitude=longitude)

    async def _do(self, verb: str, done: str, /, **arguments: Any) -> None:
        async def ask() -> None:
            await self._control.verb(verb, **arguments)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"{done}: done.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._look()

    async def _look(self) -> None:
        try:
            found = await self._control.map()
        except ControlFailed as error:
            self._clock.tell(problem_text(error))
            return
        self._clock.show(found)
        device, before = _of(found, self._number), _of(self._found, self._number)
        self._found = found
        if device is None:
            return
        self._chart.show(WorldMap(found.time, found.speed, found.cells, (device,)))
        if device != before:
            self._draw_state(device)

    def _draw_state(self, device: MappedDevice) -> None:
        cell = next((one for one in self._found.cells if one.number == device.cell), None)
        self._state.clear()
        with self._state, box("dl", "facts"):
            words("dt", "Network")
            with box("dd"):
                tone = "good" if device.is_registered else "calm"
                text = "Registered" if device.is_registered else "Not registered"
                words("span", text, f"chip {tone}")
            for name, value in (
                ("Modem", device.model),
                ("Power", device.power.capitalize()),
                ("SIM", "none" if device.sim is None else str(device.sim)),
                ("Cell", "none" if cell is None else f"{cell.number} · {cell.operator}"),
                ("Technology", "–" if cell is None else cell.rat),
                ("Signal", "–" if cell is None else f"{cell.rsrp_dbm} dBm"),
                ("Sky", "open" if device.is_outdoors else "none: indoors"),
                ("Place", f"{device.latitude:.5f}°, {device.longitude:.5f}°"),
            ):
                words("dt", name)
                words("dd", value)
