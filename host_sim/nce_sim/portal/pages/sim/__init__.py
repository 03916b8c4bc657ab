"""One SIM: who it is, how long it lives, where it is, what is left, what happened, its SMS."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from nicegui import ui

from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.sim import details, events, keys, network, sms, usage, volume
from nce_sim.portal.parts.doing import act_buttons
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box
from nce_sim.portal.sim_source import SimRow, source_of

_HISTORIES = {
    "Events": events.show,
    "Usage": usage.show,
    "SMS": sms.show,
    "Positions": events.show_positions,
    "Keys": keys.show,
}


async def build(request: Request, iccid: str) -> None:
    """The page."""
    with page_frame(request, "/sims", f"SIM {iccid[:20]}", crumb="My SIMs") as frame:
        await _Sim(frame, iccid).build()


class _Sim:
    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame, self._iccid = frame, iccid
        self._source = source_of(frame.visit)

    async def build(self) -> None:
        found, problem = await asked(self._load)
        if found is None:
            text = problem or "This account has no such SIM. It may have been transferred."
            empty_state(text, "search_off")
            return
        frame, sims = self._frame, self._frame.visit.management.sims_v2
        with box("div", "picked", role="region", aria_label="What to do"):
            act_buttons(frame.visit, lambda: [self._iccid], self._reload)
        with box("div", "grid"):
            self._panels: list[Panel[Any]] = [
                Panel(
                    "Details",
                    self._load,
                    lambda sim: details.draw(frame, sim, self._reload),
                    empty="",
                    width="w4",
                ),
                Panel(
                    "Lifetime and volume",
                    self._load,
                    lambda sim: volume.draw(frame.zone, sim),
                    empty="",
                    width="w4",
                ),
                Panel(
                    "Network",
                    lambda: sims.status(self._iccid),
                    lambda status: network.draw(frame.zone, status),
                    empty="",
                    width="w4",
                ),
            ]
            for panel in self._panels:
                panel.with_refresh()
                await panel.load()
            with box("section", "panel w12", aria_label="History"):
                await self._tabs()

    async def _tabs(self) -> None:
        with ui.tabs().props("align=left no-caps outside-arrows mobile-arrows") as tabs:
            for name in _HISTORIES:
                ui.tab(name)
        with ui.tab_panels(tabs, value="Events").props("animated=false").classes("bg-transparent"):
            for name, show in _HISTORIES.items():
                with ui.tab_panel(name).classes("q-px-none"):
                    await show(self._frame, self._iccid)

    async def _reload(self) -> None:
        for panel in self._panels:
            await panel.load()

    async def _load(self) -> SimRow | None:
        return await self._source.one(self._iccid)
