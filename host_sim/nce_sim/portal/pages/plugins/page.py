"""The page: a tile for each partner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import Request
from nicegui import ui

from nce_api.models.plugins import PluginDetails
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.plugins.forms import install
from nce_sim.portal.pages.plugins.partners import PARTNERS, Partner, facts_of, link_of
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, icon, words

FAILED = "FAILED"
_MEMFAULT = "MEMFAULT"


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/plugins", "Plugins") as frame:
        await _Plugins(frame).build()


class _Plugins:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._plugins = frame, frame.visit.management.plugins
        self._reason = frame.visit.lacks("os.change")

    async def build(self) -> None:
        self._panel = Panel(
            "Partners", self._load, self._show, empty="", width="flat clear"
        ).with_refresh()
        await self._panel.load()

    async def _load(self) -> dict[str, PluginDetails]:
        ids = {one.partner: one.id async for one in self._plugins.list()}
        return {partner: await self._plugins.get(one) for partner, one in ids.items()}

    def _show(self, installed: dict[str, PluginDetails]) -> None:
        with box("div", "grid"):
            for name, partner in PARTNERS.items():
                with box("section", "panel w6", aria_label=partner.name):
                    self._tile(name, partner, installed.get(name))

    def _tile(self, name: str, partner: Partner, plugin: PluginDetails | None) -> None:
        with box("header"):
            icon(partner.icon)
            words("h3", partner.name)
            if plugin is not None:
                has_failed = plugin.status == FAILED
                state, tone = ("Failed", "bad") if has_failed else ("Installed", "good")
                with box("div", "more"):
                    words("span", state, f"chip {tone}")
        words("div", partner.tagline, "tagline")
        words("p", partner.text, "soft")
        if plugin is not None:
            with box("dl", "facts"):
                for fact, value in (
                    *facts_of(plugin),
                    ("Installed", self._frame.zone.text(plugin.created)),
                    ("Last Updated", self._frame.zone.text(plugin.updated)),
                ):
                    words("dt", fact)
                    # A key of many lines scrolls, so that it is reached by keyboard.
                    is_key = "\n" in value
                    words("dd", value, "key" if is_key else "", tabindex="0" if is_key else None)
        with box("div", "line-up acts"):
            self._acts(name, partner, plugin)

    def _acts(self, name: str, partner: Partner, plugin: PluginDetails | None) -> None:
        with allowed(self._reason) as within:
            if plugin is None:
                within(main(partner.install, partial(self._install, name)))
                return
            if plugin.status == FAILED:
                restart = partial(self._restart, partner, plugin)
                within(quiet("Restart", "restart_alt", restart))
            uninstall = partial(self._uninstall, name, partner, plugin)
            within(quiet("Uninstall plugin", "delete", uninstall))
        address = link_of(plugin)
        if address is not None:
            text = f"{partner.name} portal"
            words("a", text, href=address, target="_blank", rel="noopener noreferrer")

    async def _install(self, name: str) -> None:
        if await install(self._plugins, name):
            await self._panel.load()

    async def _restart(self, partner: Partner, plugin: PluginDetails) -> None:
        found, problem = await asked(lambda: self._plugins.restart(plugin.id))
        if found is None:
            ui.notify(f"{partner.name}: {problem}", type="negative")
        else:
            is_good = found.restartStatus == "SUCCESS"
            ui.notify(
                f"{partner.name}: {found.message}", type="positive" if is_good else "negative"
            )
        await self._panel.load()

    async def _uninstall(self, name: str, partner: Partner, plugin: PluginDetails) -> None:
        text = "Its keys are deleted, and your devices reach the partner no more."
        if name == _MEMFAULT:
            text += " The account at Memfault stays."
        if not await is_sure(f"Uninstall {partner.name}?", text, "Uninstall"):
            return
        await self._do(lambda: self._plugins.uninstall(plugin.id), f"{partner.name} is gone.")

    async def _do(self, call: Callable[[], Awaitable[object]], done: str) -> None:
        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(done, type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._panel.load()
