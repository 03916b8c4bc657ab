"""What a modem and its host say to each other, as they say it, and what happens to the modem.

    dialogue = Dialogue(control, "bg95-1", zone)
    await dialogue.start()

Commands go to the modem, results and unsolicited lines come from it; the rest is the modem's own
news: power, registration, faults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from nce_sim.control.answers import JournalRecord
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.tags import box, words

_KEPT = 300  # lines
_LONGEST = 400  # characters of one

# The kinds that are lines of the dialogue: their arrow, their field and their colour.
_SAID = {
    "command": ("→", "text", "to"),
    "result": ("←", "text", "from"),
    "urc": ("←", "text", "news"),
}


class Dialogue:
    """A card with the lines."""

    def __init__(self, control: AsyncControl, modem: str, zone: Zone) -> None:
        self._zone = zone
        with box("section", "panel w8", aria_label="AT dialogue"):
            with box("header"):
                words("h2", "AT dialogue")
                with box("div", "more"):
                    self._sign = words("span", LIVE, "chip good")
            self._log = ui.log(max_lines=_KEPT).classes("dialogue")
            self._log.props["tabindex"] = "0"
            self._log.props["role"] = "log"
            self._log.props["aria-label"] = "Lines between modem and host"
            words(
                "p",
                "→ to the modem, ← from it, · what happens to it. Nothing is here until a host "
                "sends a command or the power changes.",
                "note q-mt-sm q-mb-none",
            )
        self._follower = Follower(control, self._take, self._tell, source=modem, newest=_KEPT)

    async def start(self) -> None:
        """Show what was said, and follow until the page is left."""
        await self._follower.start()

    def _tell(self, state: str) -> None:
        self._sign.text = state

    def _take(self, records: Sequence[JournalRecord]) -> None:
        for record in records[-_KEPT:]:
            arrow, text, tone = _line(record)
            line = f"{self._zone.clock(record.time)} {arrow} {text}"
            self._log.push(line[:_LONGEST], classes=tone)


def _line(record: JournalRecord) -> tuple[str, str, str]:
    if record.kind in _SAID:
        arrow, field, tone = _SAID[record.kind]
        text = _visible(str(record.fields.get(field, "")))
        return arrow, f"AT{text}" if record.kind == "command" else text, tone
    return "·", f"{record.kind.replace('_', ' ')}: {_fields(record.fields)}", "own"


def _fields(fields: Mapping[str, Any]) -> str:
    shown = (f"{name} {value}" for name, value in fields.items() if value is not None)
    return _visible(", ".join(shown))


def _visible(text: str) -> str:
    """One line: what cannot be printed is written as an escape."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
