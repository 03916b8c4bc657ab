"""What can happen to a device: its power, its SIM, the coverage, the air, the sky, faults.

knobs = Knobs(control, number, after=look)
await knobs.build(found)
knobs.show(found)                       # again and again: what is possible now
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from nce_sim.control.answers import MappedCell, MappedDevice, WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words

_WEAKEST_DBM, _STRONGEST_DBM = -156, -44
_USUAL_DBM = -94
# Name, sign, verb and arguments.
_POWER: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Power on", "power_settings_new", "power", {"state": "on"}),
    ("Power off", "power_off", "power", {"state": "off"}),
    ("Cut the power", "bolt", "power", {"state": "cut"}),
    ("Crash and boot", "restart_alt", "power", {"state": "kill"}),
    ("Press the power key", "touch_app", "key", {}),
)
_SKY: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Go indoors", "roofing", "sky", {"state": "indoors"}),
    ("Go outdoors", "wb_sunny", "sky", {"state": "outdoors"}),
)


class Knobs:
    """The card with all of them."""

    def __init__(
        self, control: AsyncControl, number: int, after: Callable[[], Awaitable[None]]
    ) -> None:
        self._control, self._number, self._after = control, number, after
        self._cell: MappedCell | None = None
        self._sim: int | None = None

    async def build(self, found: WorldMap) -> None:
        """Draw the card."""
        with box("section", "panel w8", aria_label="What happens to it"):
            with box("header"):
                words("h2", "What happens to it")
            with box("div", "knobs"):
                with _group("Power"):
                    self._row(_POWER)
                with _group("SIM"):
                    self._card()
                with _group("Coverage"):
                    self._coverage()
                with _group("The air"):
                    self._air(found)
                with _group("Sky and NAT"):
                    self._row(_SKY, self._rebind)
                with _group("A fault of the catalogue"):
                    await self._faults()
        self.show(found)

    def show(self, found: WorldMap) -> None:
        """What is possible now."""
        device = next((one for one in found.devices if one.number == self._number), None)
        if device is None:
            return
        self._cell = next((one for one in found.cells if one.number == device.cell), None)
        # A card that is outside keeps its number.
        self._sim = device.sim if device.sim is not None else self._sim
        self._show_card(device)
        where = "all cells" if self._cell is None else f"cell {self._cell.number}"
        self._where.text = f"Of {where}, for every device there."

    # -- groups --------------------------------------------------------------------------------

    def _row(
        self,
        knobs: tuple[tuple[str, str, str, dict[str, Any]], ...],
        *more: Callable[[], None],
    ) -> None:
        with box("div", "row q-gutter-sm"):
            for name, icon, verb, arguments in knobs:
                self._knob(name, icon, verb, arguments)
            for draw in more:
                draw()

    def _knob(self, name: str, icon: str, verb: str, arguments: dict[str, Any]) -> None:
        quiet(name, icon, lambda: self._do(verb, name, modem=self._number, **arguments))

    def _card(self) -> None:
        with box("div", "row q-gutter-sm"):
            self._out = quiet("Take it out", "eject", lambda: self._move_card("out"))
            self._in = quiet("Put it in", "sim_card", lambda: self._move_card("in"))
            self._disable = quiet("Disable", "block", lambda: self._enable("disable"))
            self._enable_button = quiet("Enable", "check_circle", lambda: self._enable("enable"))
        with box("div", "filters q-mt-sm") as self._another:
            self._wanted = ui.input("Another SIM", placeholder="its number or ICCID")
            self._wanted.props("dense outlined maxlength=20")
            quiet("Put this one in", "sim_card", self._put_another_in)
        self._card_note = words("p", "", "note q-mt-sm q-mb-none")

    def _show_card(self, device: MappedDevice) -> None:
        is_in = device.sim is not None
        for button, can in (
            (self._out, is_in),
            (self._in, device.has_card_outside),
            (self._disable, is_in and device.is_enabled),
            (self._enable_button, is_in and not device.is_enabled),
        ):
            button.set_visibility(can)
        self._another.set_visibility(not is_in)
        self._card_note.text = _card_text(device)
        self._card_note.set_visibility(bool(self._card_note.text))

    def _coverage(self) -> None:
        with box("div", "row q-gutter-sm"):
            quiet("Take the coverage away", "signal_cellular_off", lambda: self._cover("off"))
            quiet("Give it back", "signal_cellular_alt", lambda: self._cover("on"))
        with box("div", "filters q-mt-sm"):
            self._signal = _number("Signal, dBm", _USUAL_DBM, _STRONGEST_DBM, _WEAKEST_DBM)
            quiet("Set", None, self._set_signal).props["aria-label"] = "Set the signal"
        words("p", "RSRP; below -135 dBm there is no coverage.", "note q-mb-none")

    def _air(self, found: WorldMap) -> None:
        cell = found.cells[0] if found.cells else None
        least_ms, most_ms = cell.latency_ms if cell is not None else (0, 0)
        with box("div", "filters"):
            self._latency = _number("Latency, ms", least_ms, 60_000)
            self._jitter = _number("Jitter, ms", most_ms - least_ms, 60_000)
            self._loss = _number("Loss, %", 0 if cell is None else cell.loss_percent, 100)
            quiet("Set", None, self._set_link).props["aria-label"] = "Set latency and loss"
            quiet("As at the start", "undo", self._reset_link)
        self._where = words("p", "", "note q-mb-none")
        with self._latency:
            ui.tooltip("One way, at least.")
        with self._jitter:
            ui.tooltip("How much more than the latency a datagram may need, at most.")

    def _rebind(self) -> None:
        button = quiet("Rebind the NAT", "swap_horiz", self._rebind_nat)
        with button:
            ui.tooltip("Hosts of the internet see the device at another port from now on.")

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

    # -- what they do --------------------------------------------------------------------------

    async def _move_card(self, state: str) -> None:
        name = "The SIM is taken out" if state == "out" else "The SIM is put in"
        await self._do("card", name, state=state, modem=self._number)

    async def _put_another_in(self) -> None:
        wanted = (self._wanted.value or "").strip()
        if not wanted:
            ui.notify("Another SIM is empty; write its number or ICCID.", type="warning")
            return
        name = "Another SIM is put in"
        await self._do("card", name, state="in", sim=wanted, modem=self._number)

    async def _enable(self, verb: str) -> None:
        if self._sim is not None:
            name = "The SIM is disabled" if verb == "disable" else "The SIM is enabled"
            await self._do(verb, name, sim=str(self._sim))

    async def _cover(self, state: str) -> None:
        await self._do("coverage", f"Coverage {state}", state=state)

    async def _set_signal(self) -> None:
        if self._signal.value is None:
            ui.notify("Signal, dBm is empty; write a number.", type="warning")
            return
        dbm = int(self._signal.value)
        await self._do("signal", f"Signal {dbm} dBm", rsrp_dbm=dbm, **self._of_cell())

    async def _set_link(self) -> None:
        told: dict[str, Any] = {}
        for field, name in (
            (self._latency, "latency_ms"),
            (self._jitter, "jitter_ms"),
            (self._loss, "loss_percent"),
        ):
            if field.value is None:
                ui.notify(f"{field.props['label']} is empty; write a number.", type="warning")
                return
            told[name] = field.value if name == "loss_percent" else int(field.value)
        await self._do("link", "Latency and loss", **told, **self._of_cell())

    async def _reset_link(self) -> None:
        await self._do("link", "Latency and loss as at the start", **self._of_cell())

    async def _rebind_nat(self) -> None:
        if self._sim is None:
            ui.notify("The device has no SIM, so no binding.")
        else:
            await self._do("rebind-nat", "NAT", sim=str(self._sim))

    def _of_cell(self) -> dict[str, Any]:
        return {} if self._cell is None else {"cell": self._cell.number}

    async def _do(self, verb: str, done: str, /, **arguments: Any) -> None:
        async def ask() -> None:
            await self._control.verb(verb, **arguments)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"{done}: done.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._after()


def _card_text(device: MappedDevice) -> str:
    if device.has_card_outside:
        return "The SIM is outside the device."
    if device.sim is None:
        return "The device has no SIM."
    return "" if device.is_enabled else "The SIM is disabled: the network refuses it."


def _group(name: str) -> ui.element:
    group = box("div", "knob-group", role="group", aria_label=name)
    with group:
        words("h3", name, "small")
    return group


def _number(label: str, value: float, most: int, least: int = 0) -> ui.number:
    field = ui.number(label, value=value, min=least, max=most)
    field.props("dense outlined")
    return field
