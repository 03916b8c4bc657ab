"""Tab "Configuration": cell tower location, its mode, geofencing, and what is left of credits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from nce_api.models.settings import Setting, SettingChange
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

_CELL, _PLUS, _FENCES = "CELL_TOWER_LOCATION", "ADVANCED_CELL_TOWER_LOCATION", "GEOFENCING"
_MODES = {"BASIC": "Basic", "PLUS": "Plus"}
_DISCLAIMER = (
    "The cells of your devices are looked up to find out where the devices are. Their places are "
    "kept for seven days, are shown here, and go to your cloud integrations. Tell the people who "
    "carry the devices."
)
Settings = dict[str, Setting]


class Configuration:
    """The tab."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._settings = frame.visit.management.settings
        self._reason = frame.visit.lacks("os.change")

    async def build(self) -> None:
        """The cards of the tab."""
        self._cells = Panel(
            "Cell tower location",
            self._load,
            self._show_cells,
            empty="The service has no such setting.",
        ).with_refresh()
        self._fences = Panel(
            "Geofencing", self._load, self._show_fences, empty="The service has no such setting."
        ).with_refresh()
        await self._cells.load()
        await self._fences.load()

    async def _load(self) -> Settings | None:
        return {each.name: each async for each in self._settings.list()} or None

    # -- cards -----------------------------------------------------------------------------

    def _show_cells(self, found: Settings) -> None:
        if (cell := found.get(_CELL)) is None:
            words("p", "The service has no such setting.", "note")
            return
        is_on = cell.state == "ENABLED"
        self._switch("Cell tower location", is_on, self._turn_cells)
        words(
            "p", "A device is located when it opens a data session, once an hour at most.", "note"
        )
        if (plus := found.get(_PLUS)) is None:
            return
        reason = self._reason or (None if is_on else "Switch cell tower location on first.")
        with allowed(reason) as within, box("span", "row items-center q-gutter-sm"):
            words("span", "Mode", "soft")
            mode = ui.radio(_MODES, value="PLUS" if plus.state == "ENABLED" else "BASIC")
            mode.props("inline").props["aria-label"] = "Mode"
            mode.on_value_change(lambda event: self._turn(_PLUS, event.value == "PLUS"))
            within(mode)
        words(
            "p",
            "Basic resolves about 30 % of cells, mostly of 2G, and is free. Plus resolves 90 to "
            "95 %, no NB-IoT, tells how accurate it is, and takes a credit for each location; "
            "without credits it is Basic again.",
            "note",
        )
        self._credits("Remaining Location Credits", plus)

    def _show_fences(self, found: Settings) -> None:
        if (fences := found.get(_FENCES)) is None:
            words("p", "The service has no such setting.", "note")
            return
        self._switch(
            "Geofencing", fences.state == "ENABLED", lambda is_on: self._turn(_FENCES, is_on)
        )
        words(
            "p",
            "A position that at least one geofence looks at takes a credit. Without credits "
            "nothing is told, and no geofence is made; the others can be changed and deleted.",
            "note",
        )
        self._credits("Remaining Geofencing Credits", fences)

    def _switch(self, label: str, is_on: bool, turn: Callable[[bool], Awaitable[None]]) -> None:
        with allowed(self._reason) as within:
            within(ui.switch(label, value=is_on, on_change=lambda event: turn(event.value)))

    def _credits(self, label: str, setting: Setting) -> None:
        details = setting.details
        with box("div", "q-my-md"), box("dl", "facts"):
            words("dt", label)
            words("dd", "–" if details is None else count_text(details.credits))
            if details is not None and details.credits:
                words("dt", "Expiry")
                words("dd", self._frame.zone.day(details.expiryDate))
        with allowed(self._frame.visit.lacks("orders.create")) as within:
            button = quiet("Order credits", "add_shopping_cart")
            button.props["href"] = f"{ROOT}/orders"
            within(button)

    # -- what the user does ------------------------------------------------------------------

    async def _turn_cells(self, is_on: bool) -> None:
        if is_on and not await _accepts():
            await self._show_again()
            return
        await self._turn(_CELL, is_on, has_read=is_on)

    async def _turn(self, name: str, is_on: bool, *, has_read: bool = False) -> None:
        change = SettingChange(state="ENABLED" if is_on else "DISABLED")
        if has_read:
            change = SettingChange(state=change.state, readAndAcceptedDisclaimer=True)

        async def ask() -> None:
            await self._settings.set(name, change)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify("It is switched on." if is_on else "It is switched off.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._show_again()

    async def _show_again(self) -> None:
        await self._cells.load()
        await self._fences.load()


async def _accepts() -> bool:
    """Whether the user reads and accepts what it means [D]; the text is ours."""
    with window("Switch cell tower location on?") as dialog:
        words("p", _DISCLAIMER)
        has_read = ui.checkbox("I have read this, and accept it")
        with box("div", "row justify-end q-gutter-sm full-width"):
            quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
            yes = main("Switch it on", lambda: dialog.submit(True))
            yes.bind_enabled_from(has_read, "value")
    return await answer_of(dialog) is True
