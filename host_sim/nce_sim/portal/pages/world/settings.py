"""The settings that the world began with, to look at: they are given when it is started.

card = SettingsCard(control)
await card.panel.load()
"""

from __future__ import annotations

from typing import Any

from nicegui import ui

from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.drawing import Drawing, tag
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words

_MOST = 40  # rows


class SettingsCard:
    """One card of the world's page."""

    def __init__(self, control: AsyncControl) -> None:
        self._control = control
        self.panel: Panel[list[dict[str, Any]]] = Panel(
            "World settings",
            self._ask,
            self._show,
            empty="This world tells no settings.",
        )

    async def _ask(self) -> list[dict[str, Any]] | None:
        result = await self._control.verb("settings")
        found: list[dict[str, Any]] = result["settings"]
        return found or None

    def _show(self, found: list[dict[str, Any]]) -> None:
        words(
            "p",
            "As the world was started: options of nce sim up, or Settings in a test.",
            "note q-mt-none",
        )
        with box("div", "filters"):
            wanted = ui.input("Settings with", placeholder="such as apn, timeout, volume")
            wanted.props("dense outlined clearable debounce=200 maxlength=64").classes("grow")
        rows = box("div", "scroll tall", tabindex="0")

        def draw() -> None:
            text = (wanted.value or "").lower()
            shown = [one for one in found if text in f"{one['name']} {one['value']}".lower()]
            rows.clear()
            with rows:
                if not shown:
                    words("p", f"No setting has {wanted.value!r} in it.", "note")
                    return
                drawn = [
                    tag(
                        "tr",
                        tag("th", one["name"], class_="mono", scope="row"),
                        tag("td", one["value"]),
                    )
                    for one in shown[:_MOST]
                ]
                Drawing(tag("table", tag("tbody", *drawn), class_="plain wrapping"))
                if len(shown) > _MOST:
                    words("p", f"{_MOST} of {len(shown)} are shown; search for others.", "note")

        wanted.on_value_change(draw)
        draw()
