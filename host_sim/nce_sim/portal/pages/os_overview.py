"""1NCE OS, Overview: its terms, what is in use, and the last administration logs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from fastapi import Request
from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.logs import LogEntry
from nce_api.models.portal import Terms
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.log_table import log_table
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, icon, words

_LOGS = 5  # [D] of the overview
_TERMS = "the Terms of Use and the Data Processing Agreement of 1NCE OS"
_DOCUMENTATION = "https://help.1nce.com/docs/1nce-os/"


class Figure(NamedTuple):
    """A number, and what it is of."""

    number: int
    text: str
    problem: str = ""  # what needs a look


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os", "1NCE OS Overview") as frame:
        await _Overview(frame).build()


class _Overview:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._management = frame.visit.management

    async def build(self) -> None:
        with self._frame.more:
            words("a", "Documentation", href=_DOCUMENTATION, target="_blank", rel="noopener")
        with box("div", "grid"):
            panels: list[Panel[Figure] | Panel[Terms] | Panel[list[LogEntry]]] = [self._terms()]
            for title, path, load in (
                ("Devices", "/os/inspector", self._devices),
                ("Device Integrator", "/os/device-integrator", self._endpoints),
                ("Cloud Integrator", "/os/cloud-integrator", self._clouds),
                ("Plugins", "/os/plugins", self._plugins),
            ):
                panels.append(_tile(title, path, load))
            self._logs = Panel(
                "Latest administration logs",
                self._load_logs,
                lambda entries: log_table(entries, self._frame.zone),
                empty="Nothing was logged in the last seven days.",
                width="w12",
                icon="receipt_long",
            ).with_refresh()
            with self._logs.more:
                words("a", "All logs", href=f"{ROOT}/os/logs")
            panels.append(self._logs)
            _links()
        for panel in panels:
            await panel.load()

    # -- terms -----------------------------------------------------------------------------

    def _terms(self) -> Panel[Terms]:
        portal = self._frame.visit.portal
        self._terms_panel = Panel(
            "Terms and data processing",
            lambda: self._load_terms(portal),
            self._show_terms,
            empty="The service does not tell whether they are accepted.",
            width="w12",
        )
        return self._terms_panel

    async def _load_terms(self, portal: Portal[Awaited] | None) -> Terms | None:
        return Terms(accepted=False) if portal is None else await portal.terms()

    def _show_terms(self, found: Terms) -> None:
        with box("div", "line-up"):
            if found.accepted:
                words("span", "Accepted", "chip good")
                words("span", f"Your organisation has accepted {_TERMS}.")
                return
            if self._frame.visit.portal is None:
                words("span", f"1NCE tells by no API whether you have accepted {_TERMS}.")
            else:
                words("span", "Not accepted", "chip warn")
                words("span", f"Accept {_TERMS} first: until then, no device gets a key.")
            with allowed(self._frame.visit.lacks("os.accept")) as within:
                within(main("Accept", self._accept, icon="check"))

    async def _accept(self) -> None:
        text = f"You accept {_TERMS} for {self._frame.visit.organisation}. It is done once."
        if not await is_sure("Accept the terms?", text, "Accept them"):
            return

        async def ask() -> None:
            await self._management.settings.accept()

        _, problem = await asked(ask)
        if problem is None:
            ui.notify("The terms are accepted. Devices can use 1NCE OS now.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._terms_panel.load()

    # -- what there is ---------------------------------------------------------------------

    async def _devices(self) -> Figure:
        found = await self._management.devices.statistics()
        return Figure(found.totalDevices, f"{count_text(found.activatedDevices)} sent a message")

    async def _endpoints(self) -> Figure:
        found = [one async for one in self._management.devices.endpoints()]
        active = [_PROTOCOLS.get(one.protocol, one.protocol) for one in found if one.active]
        return Figure(len(active), f"of {len(found)} endpoints on: {', '.join(active) or 'none'}")

    async def _clouds(self) -> Figure:
        found = [one async for one in self._management.clouds.list()]
        failed = sum(one.state.endswith("_FAILED") for one in found)
        return Figure(len(found), _counted(len(found), "integration"), _failed(failed))

    async def _plugins(self) -> Figure:
        found = [one async for one in self._management.plugins.list()]
        failed = sum(one.status == "FAILED" for one in found)
        return Figure(len(found), _counted(len(found), "plugin") + " installed", _failed(failed))

    async def _load_logs(self) -> list[LogEntry] | None:
        page = await self._management.logs.one_page(page_size=_LOGS)
        return page.items or None


_PROTOCOLS = {"COAP": "CoAP", "UDP": "UDP", "LWM2M": "LwM2M"}
_LINKS = (
    ("Device Controller", "/os/controller", "settings_remote", "Send to a device."),
    ("Device Locator", "/os/locator", "place", "Where devices are, and geofences."),
    ("Energy Saver", "/os/energy-saver", "compress", "Templates that make messages small."),
    ("Settings", "/os/settings", "settings", "Switches and credits."),
)


def _links() -> None:
    with box("nav", "links w12", aria_label="Parts of 1NCE OS"):
        for name, path, sign, text in _LINKS:
            with box("a", "link", href=ROOT + path):
                icon(sign)
                with box("span"):
                    words("strong", name)
                    words("span", text, "note")


def _tile(title: str, path: str, load: Callable[[], Awaitable[Figure | None]]) -> Panel[Figure]:
    def show(found: Figure) -> None:
        words("div", count_text(found.number), "figure")
        words("div", found.text, "soft")
        if found.problem:
            words("div", found.problem, "chip bad")

    panel = Panel(title, load, show, empty="", width="w3")
    with panel.more:
        words("a", "Open", href=ROOT + path, aria_label=f"Open {title}")
    return panel


def _counted(number: int, name: str) -> str:
    return name if number == 1 else f"{name}s"


def _failed(number: int) -> str:
    return f"{number} failed" if number else ""
