"""One device: who it is, its last state, what it sent, where it was, which cells it used."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from nce_api.models.inspect import Device
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.inspector.history import History
from nce_sim.portal.pages.inspector.state import State
from nce_sim.portal.pages.inspector.tower_events import TowerEvents
from nce_sim.portal.pages.inspector.track import Track
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import error_state
from nce_sim.portal.parts.tags import box, words


async def build_device(request: Request, iccid: str) -> None:
    """The page."""
    heading = f"Device {iccid[:_MOST]}"
    with page_frame(request, "/os/inspector", heading, crumb="Device Inspector") as frame:
        body = box("div")
        await _fill(frame, body, iccid)


_MOST = 20  # digits of an ICCID


async def _fill(frame: Frame, body: ui.element, iccid: str) -> None:
    found, problem = await asked(lambda: frame.visit.management.inspector.get(iccid))
    body.clear()
    with body:
        if found is None:
            error_state(problem or "no answer", lambda: _fill(frame, body, iccid))
        else:
            await _show(frame, found)


async def _show(frame: Frame, device: Device) -> None:
    with box("section", "panel", aria_label="Device"), box("dl", "facts line"):
        for name, value in (
            ("Device ID (ICCID)", device.iccid),
            ("IMSI", device.imsi1),
            ("IP Address", device.ip or "–"),
        ):
            with box("div"):
                words("dt", name)
                words("dd", value, "mono")
        with box("div"):
            words("dt", "SIM")
            with box("dd"):
                words("a", "Open it in My SIMs", href=f"{ROOT}/sims/{device.iccid}")
    tabs_of = {
        "State": State(frame, device.id).build,
        "History": History(frame, device.id).build,
        "Map": Track(frame, device.id).build,
        "Cell tower events": TowerEvents(frame, device.id).build,
    }
    with box("section", "panel q-mt-md", aria_label="What is known of it"):
        with ui.tabs().props("align=left no-caps") as tabs:
            for name in tabs_of:
                ui.tab(name)
        with ui.tab_panels(tabs, value="State").props("animated=false").classes("bg-transparent"):
            for name, build in tabs_of.items():
                with ui.tab_panel(name).classes("q-px-none"):
                    await build()
