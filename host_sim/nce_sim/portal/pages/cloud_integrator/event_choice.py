"""The boxes that choose the events of an integration.

events = EventChoice(("TELEMETRY_DATA",))
events.rows()                           # [{"type": "TELEMETRY_DATA"}]
"""

from __future__ import annotations

from collections.abc import Collection

from nicegui import ui

from nce_sim.portal.pages.cloud_integrator.words_of import EVENTS
from nce_sim.portal.parts.tags import box, words

_NONE_CHOSEN = "Choose at least one type of events."


class EventChoice:
    """A box for each type of events."""

    def __init__(self, chosen: Collection[str]) -> None:
        with box("fieldset", "choice full-width"):
            words("legend", "Event Type")
            self._boxes = {
                kind: ui.checkbox(name, value=kind in chosen) for kind, name in EVENTS.items()
            }
            self._problem = words("p", "", "bad-text note q-mb-none", role="alert")

    def rows(self) -> list[dict[str, str]]:
        """What is chosen, as the API takes it; it says so when nothing is."""
        rows = [{"type": kind} for kind, one in self._boxes.items() if one.value]
        self._problem.text = "" if rows else _NONE_CHOSEN
        return rows
