"""What a modem and its host say to each other, as they say it, and what happens to the modem.

    dialogue = Dialogue(control, "bg95-1", zone)
    await dialogue.start()

Commands go to the modem, results and unsolicited lines come from it; the rest is the modem's own
news: power, registration, faults. A filter shows the lines with a text, a pause holds them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from nce_sim.control.answers import JournalRecord
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.buttons import named, sign
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.lines import Line, Lines
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.told import field_text

_KEPT = 300  # lines
_LONGEST = 400  # characters of one

# The kinds that are lines of the dialogue: their arrow, their field and their colour.
_SAID = {
    "command": ("→", "text", "to"),
    "result": ("←", "text", "from"),
    "urc": ("←", "text", "news"),
}
# What is shown: all, or lines of some colours.
_SHOWN = {
    "all": "Everything",
    "said": "What is said",
    "to": "To the modem",
    "news": "Unsolicited",
    "own": "What happens to it",
}
_TONES = {"said": ("to", "from", "news"), "to": ("to",), "news": ("news",), "own": ("own",)}


class Dialogue:
    """A card with the lines."""

    def __init__(self, control: AsyncControl, modem: str, zone: Zone) -> None:
        self._zone = zone
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._held = 0  # lines that came since the pause
        self._is_paused = False
        self._state = LIVE
        with box("section", "panel w8", aria_label="AT dialogue"):
            with box("header"):
                words("h2", "AT dialogue")
                with box("div", "more"):
                    self._sign = words("span", LIVE, "chip good", role="status")
                    self._pause = sign("pause", "Pause the dialogue", self._turn)
            with box("div", "filters"):
                self._filter = ui.input("Lines with", on_change=self._draw)
                self._filter.props("dense outlined clearable maxlength=64 debounce=200")
                self._filter.classes("grow")
                self._which = ui.select(_SHOWN, label="Show", value="all", on_change=self._draw)
                self._which.props("dense outlined options-dense")
            self._log = Lines(_KEPT, "Lines between modem and host").classes("dialogue")
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
        self._state = state
        if not self._is_paused:
            self._sign.text = state

    def _take(self, records: Sequence[JournalRecord]) -> None:
        came = [_line(record, self._zone) for record in records[-_KEPT:]]
        self._lines.extend(came)
        if self._is_paused:
            self._held += len(came)
            self._sign.text = f"Paused, {self._held} more"
            return
        self._log.add([line for line in came if self._is_wanted(line)])

    def _turn(self) -> None:
        self._is_paused = not self._is_paused
        self._pause.props["icon"] = "play_arrow" if self._is_paused else "pause"
        named(self._pause, "Let the dialogue go on" if self._is_paused else "Pause the dialogue")
        self._sign.text = "Paused" if self._is_paused else self._state
        if not self._is_paused:
            self._held = 0
            self._draw()

    def _draw(self) -> None:
        """Show the kept lines that the filter lets through, without those of a pause."""
        shown = list(self._lines)[: max(0, len(self._lines) - self._held)]
        self._log.show([line for line in shown if self._is_wanted(line)])

    def _is_wanted(self, line: Line) -> bool:
        wanted = (self._filter.value or "").lower()
        tones = _TONES.get(self._which.value)
        return wanted in line.text.lower() and (tones is None or line.tone in tones)


def _line(record: JournalRecord, zone: Zone) -> Line:
    if record.kind in _SAID:
        arrow, field, tone = _SAID[record.kind]
        text = _visible(str(record.fields.get(field, "")))
        said = f"AT{text}" if record.kind == "command" else text
    else:
        arrow, tone = "·", "own"
        said = f"{record.kind.replace('_', ' ')}: {_fields(record.fields)}"
    return Line(f"{zone.clock(record.time)} {arrow} {said}"[:_LONGEST], tone)


def _fields(fields: Mapping[str, Any]) -> str:
    shown = (field_text(name, value) for name, value in fields.items() if value is not None)
    return _visible(", ".join(shown))


def _visible(text: str) -> str:
    """One line: what cannot be printed is written as an escape."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
