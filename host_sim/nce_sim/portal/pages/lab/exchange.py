"""The card with a device's last exchange: a sequence from the AT command to the customer.

card = ExchangeCard(control, number, zone)
await card.look()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.buttons import named, sign
from nce_sim.portal.parts.drawing import Drawing, Part, table, tag
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import empty_state, error_state, loading_state
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
        self._shown: list[dict[str, Any]] | None = None
        self._next: int | None = None  # the number to ask after
        self._problem: str | None = None
        self._picture: ui.html | None = None
        self._steps: list[Step] = []
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
        """Ask what is new, and draw what changed; a held one stays."""
        if self._is_held:
            return
        found, problem = await asked(self._ask)
        if self._body.is_deleted:
            return
        before, self._problem = self._problem, problem
        if found is None:
            if problem != before:
                self._tell(lambda: error_state(problem or "the world does not answer", self.look))
            self._next = None
            return
        steps, self._next = found
        if steps is None or steps == self._shown:
            return
        if not steps:
            self._tell(lambda: empty_state("It has said and sent nothing yet.", "swap_vert"))
        else:
            self._draw(steps)
        self._shown = steps

    async def _ask(self) -> tuple[list[dict[str, Any]] | None, int]:
        """The steps, or None where there is nothing new; and the number to ask after."""
        result = await self._control.verb("exchange", modem=self._number, after=self._next)
        return result["steps"], result["next"]

    def _tell(self, draw: Callable[[], None]) -> None:
        """Why there is no picture."""
        self._shown = self._picture = None
        self._since.text = ""
        self._body.clear()
        with self._body:
            draw()

    def _draw(self, found: list[dict[str, Any]]) -> None:
        steps = [
            Step(one["at_ms"], one["start"], one["end"], one["text"], one["is_bad"])
            for one in found
        ]
        begin = datetime.fromisoformat(found[0]["time"])
        self._since.text = f"begins at {self._zone.clock(begin)}"
        picture = sequence_picture(steps, "The last exchange", _COLOURS, found[0]["at_ms"])
        self._steps = steps
        summary = f"The {len(steps)} steps as a table"
        if self._picture is None:
            self._body.clear()
            with self._body:
                self._build(picture, summary)
        else:
            self._picture.content = picture
            self._summary.text = summary
            self._show_table()

    def _build(self, picture: str, summary: str) -> None:
        with box("div", "scroll sequence", tabindex="0"):
            # Drawn by the engine of the documentation, which escapes every text.
            self._picture = ui.html(picture, sanitize=False)
        words(
            "p",
            "AT commands between device and modem; DNS, CoAP, DTLS, UDP and TCP over the air; "
            "what 1NCE OS does with it; HTTP to and from the customer. Red and dashed: lost or "
            "refused.",
            "note q-mt-sm q-mb-none",
        )
        self._is_open = False
        with box("details", "q-mt-sm") as details:
            self._summary = words("summary", summary)
            self._table = Drawing(tag("div"))
        details.on("toggle", self._fold, js_handler="(e) => emit(e.target.open)")

    def _fold(self, event: GenericEventArguments) -> None:
        self._is_open = bool(event.args)
        self._show_table()

    def _show_table(self) -> None:
        if self._is_open:  # few look at it
            self._table.show(_table(self._steps))


def _table(steps: Sequence[Step]) -> Part:
    first_ms = steps[0].at_ms or 0
    rows = [
        tag(
            "tr",
            tag("td", f"{((step.at_ms or 0) - first_ms) / 1_000:.3f} s", class_="when"),
            tag("td", NAMES[step.start], class_="when"),
            tag("td", NAMES[step.end], class_="when"),
            tag("td", step.text, class_="bad-text" if step.is_bad else None),
        )
        for step in steps
    ]
    return table(("After", "From", "To", "What"), rows)
