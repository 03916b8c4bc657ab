"""The components of the service with their states, and the incidents (1nce_os_2.md, 3.6)."""

from __future__ import annotations

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Component, Incident, Performance
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_EVERY_S = 3.0
_STATES = {
    "AVAILABLE": ("Available", "good"),
    "DEGRADED": ("Degraded", "warn"),
    "OUTAGE": ("Outage", "bad"),
}


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The two cards; they follow the world while the page is open."""
    zone = frame.zone

    async def load_components() -> list[Component]:
        return (await portal.performance()).components

    async def load_incidents() -> list[Incident] | None:
        found: Performance = await portal.performance()
        return found.incidents or None

    def draw_components(found: list[Component]) -> None:
        with plain_table("Component", "Status", "Information"):
            for one in found:
                with box("tr"):
                    words("td", one.name, "when")
                    with box("td", "when"):
                        _chip(one.state)
                    words("td", one.information or "–")

    def draw_incidents(found: list[Incident]) -> None:
        with plain_table("Timestamp", "Until", "Component", "Status", "Information"):
            for one in found:
                with box("tr"):
                    words("td", zone.text(one.began), "when")
                    ended = "lasts" if one.ended is None else zone.text(one.ended)
                    words("td", ended, "when")
                    words("td", one.component, "when")
                    with box("td", "when"):
                        _chip(one.state)
                    words("td", one.information)

    panels: list[Panel[list[Component]] | Panel[list[Incident]]] = [
        Panel("Components", load_components, draw_components, empty="", width="w12"),
        Panel(
            "Incident overview",
            load_incidents,
            draw_incidents,
            empty="No incident since the start. To see one, switch a cell off in World.",
            width="w12",
            icon="task_alt",
        ),
    ]
    for panel in panels:
        await panel.with_refresh().load()

    async def follow() -> None:
        for panel in panels:
            await panel.renew()

    ui.timer(_EVERY_S, follow, immediate=False)


def _chip(state: str) -> None:
    text, tone = _STATES.get(state, (state.capitalize(), "calm"))
    words("span", text, f"chip {tone}")
