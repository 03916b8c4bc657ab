"""The cells and the devices of a world as tables, of one operator or all, as many as are readable.

cells = CellTable(cover)
cells.draw(found, operator=None)
devices = DeviceTable()
devices.draw(found, operator=None)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import ValueChangeEventArguments

from nce_sim.control.answers import MappedCell, MappedDevice, WorldMap
from nce_sim.portal.door import ROOT
from nce_sim.portal.parts.chart import tone_of
from nce_sim.portal.parts.drawing import Drawing, Part, table, tag
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_MOST_DEVICES = 25
_MOST_CELLS = 40

Cover = Callable[[bool, int], Awaitable[None]]


def operators_of(found: WorldMap) -> list[str]:
    """The operators, in the order of their first cells."""
    return list(dict.fromkeys(cell.operator for cell in found.cells))


class CellTable:
    """Cells with a switch for the coverage of each."""

    def __init__(self, cover: Cover) -> None:
        self._cover = cover
        self._names: list[tuple[int, str, str]] = []
        self._cells: dict[int, MappedCell] = {}
        self._rows: dict[int, tuple[TextElement, ui.switch]] = {}
        self._body = box("div", "body")

    def draw(self, found: WorldMap, operator: str | None) -> None:
        """The cells of now; rows of the same cells stay."""
        cells = [cell for cell in found.cells if operator in (None, cell.operator)]
        names = [(cell.number, cell.operator, cell.rat) for cell in cells]
        self._cells = {cell.number: cell for cell in cells[:_MOST_CELLS]}
        if names != self._names:
            self._names = names
            self._build(operators_of(found))
        for number, (signal, switch) in self._rows.items():
            signal.text = f"{self._cells[number].rsrp_dbm} dBm"
            switch.value = self._cells[number].is_in_coverage

    def _build(self, operators: list[str]) -> None:
        self._rows = {}
        self._body.clear()
        with self._body, plain_table("Cell", "Signal", "Covered", tall=True):
            for cell in self._cells.values():
                self._row(cell, tone_of(operators, cell.operator))
        if len(self._names) > _MOST_CELLS:
            with self._body:
                words("p", f"{_MOST_CELLS} of {count_text(len(self._names))} cells.", "note")

    def _row(self, cell: MappedCell, tone: str) -> None:
        with box("tr"):
            swatch = tag("span", class_="swatch", aria_hidden="true", style=f"background: {tone}")
            name = tag("span", f"{cell.number} · {cell.operator}")
            Drawing(tag("td", tag("div", swatch, name), tag("div", cell.rat, class_="note")))
            signal = words("td", f"{cell.rsrp_dbm} dBm", "num")
            with box("td"):
                change = partial(self._turn, cell.number)
                switch = ui.switch(value=cell.is_in_coverage, on_change=change)
                switch.props("dense").props["aria-label"] = f"Coverage of cell {cell.number}"
        self._rows[cell.number] = (signal, switch)

    async def _turn(self, number: int, event: ValueChangeEventArguments[bool]) -> None:
        if event.value != self._cells[number].is_in_coverage:  # else the world told it
            await self._cover(event.value, number)


class DeviceTable:
    """Devices, with a search; a few of many."""

    def __init__(self) -> None:
        self._found: WorldMap | None = None
        self._operator: str | None = None
        with box("div", "filters"):
            self._wanted = ui.input("Devices with", on_change=self._show)
            self._wanted.props("dense outlined clearable debounce=200 maxlength=64")
            self._wanted.classes("grow")
        self._table: Drawing | None = None
        self._body = box("div", "body")

    def draw(self, found: WorldMap, operator: str | None) -> None:
        """The devices of now."""
        self._found, self._operator = found, operator
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        shown = [one for one in found.devices if self._has(found, one)]
        if not found.devices:
            self._tell("This world has no device with a modem.", "router")
            return
        if not shown:
            self._tell("No device fits the search and the operator.", "search_off")
            return
        rows = [_device_row(device) for device in shown[:_MOST_DEVICES]]
        drawn = table(("Device", "Power", "Network", "SIM", "Place"), rows, is_tall=True)
        if self._table is None:
            self._body.clear()
            with self._body:
                self._table = Drawing(drawn)
                self._note = words("p", "", "note")
        self._table.show(drawn)
        is_all = len(shown) <= _MOST_DEVICES
        count = f"{_MOST_DEVICES} of {count_text(len(shown))} devices"
        self._note.text = f"{count} are shown; search for a number, model or state."
        self._note.set_visibility(not is_all)

    def _tell(self, why: str, sign: str) -> None:
        self._table = None
        self._body.clear()
        with self._body:
            empty_state(why, sign)

    def _has(self, found: WorldMap, device: MappedDevice) -> bool:
        cell = next((one for one in found.cells if one.number == device.cell), None)
        if self._operator is not None and (cell is None or cell.operator != self._operator):
            return False
        network = "registered" if device.is_registered else "not registered"
        told = f"{device.number} · {device.model} {device.power} {network} sim {device.sim}"
        return (self._wanted.value or "").lower() in told.lower()


def _device_row(device: MappedDevice) -> Part:
    link = tag("a", f"{device.number} · {device.model}", href=f"{ROOT}/world/{device.number}")
    network, tone = ("Registered", "good") if device.is_registered else ("Not registered", "calm")
    return tag(
        "tr",
        tag("td", link, class_="when"),
        tag("td", device.power.capitalize()),
        tag("td", tag("span", network, class_=f"chip {tone}")),
        tag("td", "–" if device.sim is None else str(device.sim)),
        tag("td", f"{device.latitude:.3f}°, {device.longitude:.3f}°"),
    )
