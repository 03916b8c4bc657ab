"""The page with its tabs, as 1NCE's portal has them (1nce_os_2.md, 3.7)."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.controller.devices import Devices
from nce_sim.portal.pages.controller.requests import Requests
from nce_sim.portal.parts.tags import box


async def build(request: Request) -> None:
    """The page; the address may name a device."""
    with page_frame(request, "/os/controller", "Device Controller") as frame:
        iccid = request.query_params.get("iccid", "")
        requests = Requests(frame)
        devices = Devices(frame, iccid if iccid.isdecimal() else "", requests.renew)
        with ui.tabs().props("align=left no-caps outside-arrows mobile-arrows") as tabs:
            for name in ("Devices", "Requests"):
                ui.tab(name)
        panels = ui.tab_panels(tabs, value="Devices").props("animated=false keep-alive")
        with panels.classes("bg-transparent"):
            with ui.tab_panel("Devices"), box("div", "grid"):
                await devices.build()
            with ui.tab_panel("Requests"):
                await requests.build()
