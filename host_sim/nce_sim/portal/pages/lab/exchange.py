"""The card with a device's last exchange: a sequence from the AT command to the customer.

card = ExchangeCard(control, number, zone)
await card.look()
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import ui

from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.buttons import named, sign
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import empty_state, error_state, loading_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.record.sequence import NAMES, Palette, Step, sequence_picture

_COLOURS = Palette(
    ink="var(--ink)",
    faint="var(--soft)",
    paper="transparent",
    up="var(--bar)",
    down="var(--good)",
    note="var(--warn)",
    bad="var(--bad)",
)


class ExchangeCard:
    """One card of the page of a device."""

    def __init__(self, control: AsyncControl, number: int, zone: Zone) -> None:
        self._control, self._number, self._zone = control, number, zone
        self._shown: Any = None
        self._is_held = False
        with box("section", "panel w12", aria_label="Last exchange"):
            with box("header"):
                words("h2", "Last exchange")
                with box("div", "more"):
                    self._since = words("span", "", "note")
                    self._hold = sign("pause", "Hold the exchange", self._turn)
            self._body = box("div", "body")
            with self._body:
                loading_state("Last exchange")

    def _turn(self) -> None:
        self._is_held = not self._is_held
        self._hold.props["icon"] = "play_arrow" if self._is_held else "pause"
        named(self._hold, "Let the exchange go on" if self._is_held else "Hold the exchange")

    async def look(self) -> None:
        """Ask again, and draw what changed; a held one stays."""
        if self._is_held:
            return
        found, problem = await asked(self._ask)
        if self._body.is_deleted or (found, problem) == self._shown:
            return
        self._shown = (found, problem)
        self._body.clear()
        self._since.text = ""
        with self._body:
            if found is None:
                error_state(problem or "the world does not answer", self.look)
            elif not found:
                empty_state("It has said and sent nothing yet.", "swap_vert")
            else:
                self._draw(found)

    async def _ask(self) -> list[dict[str, Any]]:
        result = await self._control.verb("exchange", modem=self._number)
        steps: list[dict[str, Any]] = result["steps"]
        return steps

    def _draw(self, found: list[dict[str, Any]]) -> None:
        steps = [
            Step(one["at_ms"], one["start"], one["end"], one["text"], one["is_bad"])
            for one in found
        ]
        begin = datetime.fromisoformat(found[0]["time"])
        self._since.text = f"begins at {self._zone.clock(begin)}"
        picture = sequence_picture(steps, "The last exchange", _COLOURS, found[0]["at_ms"])
        with box("div", "scroll sequence", tabindex="0"):
            # Drawn by the engine of the documentation, which escapes every text.
            ui.html(picture, sanitize=False)
        words(
            "p",
            "AT commands between device and modem; DNS, CoAP, DTLS, UDP and TCP over the air; "
            "what 1NCE OS does with it; HTTP to and from the customer. Red and dashed: lost or "
            "refused.",
            "note q-mt-sm q-mb-none",
        )
        with box("details", "q-mt-sm"):
            words("summary", f"The {len(steps)} steps as a table")
            with plain_table("After", "From", "To", "What"):
                for one, step in zip(found, steps, strict=True):
                    with box("tr"):
                        after_s = (one["at_ms"] - found[0]["at_ms"]) / 1_000
                        words("td", f"{after_s:.3f} s", "when")
                        words("td", NAMES[step.start], "when")
                        words("td", NAMES[step.end], "when")
                        words("td", step.text, "bad-text" if step.is_bad else "")
