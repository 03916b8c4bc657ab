"""Settings of 1NCE OS: its switches, the credits that some of them use, and until when."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from nicegui import ui

from nce_api.models.settings import Setting, SettingChange
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

_NAMES = {
    "CELL_TOWER_LOCATION": "Cell tower location",
    "ADVANCED_CELL_TOWER_LOCATION": "Cell tower location Plus",
    "GEOFENCING": "Geofencing",
    "LWM2M_PASSIVE_REPORTING": "LwM2M passive reporting",
}
_DISCLAIMERS = {
    "CELL_TOWER_LOCATION": (
        "Devices are located by the cells that they use. Make sure that you may do so with the "
        "people who carry them, before you switch it on."
    )
}


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/settings", "1NCE OS Settings") as frame:
        await _Settings(frame).build()


class _Settings:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._settings = frame, frame.visit.management.settings

    async def build(self) -> None:
        with box("div", "grid"):
            self._panel = Panel(
                "Switches",
                self._load,
                self._show,
                empty="The service has no settings.",
                width="w12",
                icon="tune",
            ).with_refresh()
        await self._panel.load()

    async def _load(self) -> list[Setting] | None:
        return [one async for one in self._settings.list()] or None

    def _show(self, settings: list[Setting]) -> None:
        with box("ul", "rows"):
            for setting in settings:
                with box("li"):
                    self._row(setting)

    def _row(self, setting: Setting) -> None:
        name = _NAMES.get(setting.name, setting.name)
        with box("div", "what"):
            words("strong", name)
            words("div", setting.description, "soft")
            if setting.details is not None:
                left = setting.details.credits
                with box("div", "note"):
                    words("span", f"Credits left: {count_text(left)}")
                    if left:
                        until = self._frame.zone.day(setting.details.expiryDate)
                        words("span", f" · valid until {until}")
                    else:
                        words("span", " · ")
                        words("a", "Order some", href=f"{ROOT}/orders")
        with allowed(self._frame.visit.lacks("os.change")) as within:
            # The service says what it is: a switch follows the answer, not the click.
            switch = ui.switch(value=setting.state == "ENABLED")
            switch.props["aria-label"] = name
            switch.on_value_change(lambda event: self._set(setting, name, event))
            within(switch)

    async def _set(self, setting: Setting, name: str, event: Any) -> None:
        is_on = bool(event.value)
        disclaimer = _DISCLAIMERS.get(setting.name) if is_on else None
        if disclaimer and not await is_sure(
            f"{name}: switch it on?", disclaimer, "I have read it"
        ):
            await self._panel.load()
            return
        change: dict[str, Any] = {"state": "ENABLED" if is_on else "DISABLED"}
        if disclaimer:
            change["readAndAcceptedDisclaimer"] = True

        async def ask() -> None:
            await self._settings.set(setting.name, SettingChange.model_validate(change))

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"{name} is {'on' if is_on else 'off'}.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._panel.load()
