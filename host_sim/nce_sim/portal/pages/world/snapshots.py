"""The states of the world that were kept: keep one, go back to one, with what is lost said before.

card = SnapshotCard(control, zone)
await card.panel.load()
"""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import buttons, window

_LONGEST_NAME = 64
_LOST = (
    "What happened since then is lost: messages, orders, users and settings made after it.",
    "Modems boot and attach again, DTLS sessions end, coverage is everywhere, each SIM is in its "
    "device, latency and signal are as at the start; troubles and faults are over.",
    "Who signed in after it has to sign in again. Ptys, twins and the addresses of the API stay.",
)


class SnapshotCard:
    """One card of the world's page."""

    def __init__(self, control: AsyncControl, zone: Zone) -> None:
        self._control, self._zone = control, zone
        self.panel: Panel[list[dict[str, Any]]] = Panel(
            "Snapshots",
            self._ask,
            self._show,
            empty="No state is kept yet. Keep one, and the world can go back to it.",
            icon="history",
        )

    async def _ask(self) -> list[dict[str, Any]] | None:
        result = await self._control.verb("snapshots")
        kept: list[dict[str, Any]] = result["snapshots"]
        return kept

    def _show(self, kept: list[dict[str, Any]]) -> None:
        with box("div", "filters"):
            name = ui.input("Name of the new snapshot", placeholder="such as lunch")
            name.props(f"dense outlined maxlength={_LONGEST_NAME}").classes("grow")
            quiet("Keep this state", "add_a_photo", lambda: self._take(name))
        with plain_table("Name", "The world's time", actions=True):
            for one in reversed(kept):
                with box("tr"):
                    words("td", one["name"])
                    words("td", self._zone.text(one["time"]), "when")
                    with box("td", "num"):
                        back = quiet("Go back", "history", partial(self._go_back, one))
                        back.props("dense").props["aria-label"] = f"Go back to {one['name']}"

    async def _take(self, name: ui.input) -> None:
        wanted = (name.value or "").strip()
        if not wanted:
            name.props["error"] = True
            name.props["error-message"] = "Give it a name first"
            return

        async def ask() -> None:
            await self._control.verb("snapshot", name=wanted)

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
            return
        ui.notify(f"The state {wanted} is kept, until the world ends.", type="positive")
        await self.panel.load()

    async def _go_back(self, kept: dict[str, Any]) -> None:
        name = kept["name"]
        with window(f"Go back to {name}?") as dialog:
            words("p", f"The world will be as it was on {self._zone.text(kept['time'])}.")
            with box("ul", "q-mt-none"):
                for text in _LOST:
                    words("li", text)
            words("p", "Keep the state of now first, if it may be needed.", "note")
            buttons(dialog, "Go back")
        if await answer_of(dialog) is not True:
            return

        async def ask() -> None:
            await self._control.verb("restore", name=name)

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
            return
        # Everything on the page was of another past; the door knows whether the session still is.
        ui.navigate.reload()
