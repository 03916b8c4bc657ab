"""Breakout settings: where new sessions enter the internet, chosen by the network or by hand."""

from __future__ import annotations

from nicegui import ui

from nce_api.models import portal_configuration as models
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

# The names of 1NCE's portal (1nce_os_2.md, 3.3).
REGIONS = {
    "Frankfurt": "Europe (Frankfurt)",
    "N. Virginia": "US East (N. Virginia)",
    "N. California": "US West (N. California)",
    "Tokyo": "Asia-Pacific (Tokyo)",
    "Sao Paulo": "South America (São Paulo)",
}
AUTOMATIC, MANUAL = "Automatic", "Manual"
_MODES = {AUTOMATIC: "Automatic Mode", MANUAL: "Manual Mode"}


class BreakoutSettings(Section):
    """Mode and region."""

    TITLE, SIGN, PERMISSION = "Breakout Settings", "call_split", "configuration.network"

    async def load(self) -> models.NetworkSettings:
        return await self.portal.settings()

    def show(self, found: models.NetworkSettings) -> None:
        words(
            "p",
            "In Automatic Mode the network chooses the region next to each device. 1NCE OS and "
            "OpenVPN need Manual Mode.",
            "soft",
        )
        options = {name: REGIONS.get(name, name) for name in found.breakout_regions}
        is_manual = found.breakout_mode == MANUAL
        with (
            box("div", "whole"),
            allowed(self.frame.visit.lacks("configuration.breakout")) as within,
            box("div", "set"),
        ):
            mode = ui.select(_MODES, label="Mode", value=found.breakout_mode)
            region = ui.select(options, label="Region", value=found.breakout_region)
            for one in (mode, region):
                one.props("outlined dense").props["aria-label"] = one.props["label"]
                within(one)
            region.set_visibility(is_manual)
            mode.on_value_change(lambda event: region.set_visibility(event.value == MANUAL))

            async def save() -> None:
                await self._save(found, mode.value or MANUAL, region.value or "")

            within(main("Save", save))
        reaching = " and ".join(REGIONS.get(name, name) for name in found.os_regions)
        words(
            "p",
            f"Devices reach 1NCE OS by way of {reaching}. A change holds for new sessions: reset "
            "the connection of SIMs that are online.",
            "note q-mt-md q-mb-none",
        )

    async def _save(self, found: models.NetworkSettings, mode: str, region: str) -> None:
        change = models.BreakoutChange(mode=mode, region=region)
        if mode == AUTOMATIC:
            change = models.BreakoutChange(mode=mode)
        loss = _loss(found, mode, region)
        if loss and not await is_sure("Change the breakout?", loss, "Change"):
            await self.fold.load()
            return
        name = REGIONS.get(region, region)
        done = "Automatic region selected." if mode == AUTOMATIC else f"New sessions use {name}."
        await self.do(lambda: self.portal.set_breakout(change), done)


def _loss(found: models.NetworkSettings, mode: str, region: str) -> str:
    """What devices cannot do any more."""
    if mode == AUTOMATIC and found.breakout_mode == MANUAL:
        return "In Automatic Mode no device reaches 1NCE OS, and OpenVPN ends."
    if mode == MANUAL and region not in found.os_regions:
        return f"Devices do not reach 1NCE OS by way of {REGIONS.get(region, region)}."
    return ""
