"""What the templates saved in a day, a week and a month, and how that is reckoned."""

from __future__ import annotations

from typing import Literal

from nicegui import ui

from nce_api.models.optimize import Saving, Savings, TemplateProtocol
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.energy_saver.templates import PROTOCOLS
from nce_sim.portal.parts.charts import Bar, bars
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.figures import count_text, signed_text
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_DAYS: dict[Literal[1, 7, 30], str] = {1: "1 day", 7: "7 days", 30: "30 days"}
_FIGURES = {
    "bytesSaved": "Bytes saved",
    "messagesTranslated": "Messages translated",
    "averageBytesReducedPerMessage": "Bytes saved in each",
}


class SavingsCard:
    """The card."""

    def __init__(self, frame: Frame) -> None:
        self._templates = frame.visit.management.templates
        self._figure = "bytesSaved"
        self._protocol: TemplateProtocol | Literal[""] = ""  # all

    async def build(self) -> None:
        """Show it."""
        self._panel = Panel(
            "Savings",
            self._load,
            self._show,
            empty="Nothing was translated in the last 30 days. An active template begins to save.",
            width="w6",
            icon="savings",
        )
        with self._panel.more:
            protocol = select("Protocol", {"": "All"} | PROTOCOLS, "").style("width: 110px")
            protocol.on_value_change(lambda event: self._turn(protocol=event.value))
        self._panel.with_refresh()
        await self._panel.load()

    async def renew(self) -> None:
        """Show what changed."""
        await self._panel.renew()

    async def _turn(
        self, *, figure: str | None = None, protocol: TemplateProtocol | Literal[""] | None = None
    ) -> None:
        self._figure = self._figure if figure is None else figure
        self._protocol = self._protocol if protocol is None else protocol
        await self._panel.load()

    async def _load(self) -> list[Savings] | None:
        protocol = self._protocol or None
        found = [await self._templates.savings(days=days, protocol=protocol) for days in _DAYS]
        return found if any(one.messagesTranslated.value for one in found) else None

    def _show(self, found: list[Savings]) -> None:
        figures: list[Saving] = [getattr(one, self._figure) for one in found]
        columns = [
            Bar(name, figure.value, _number(figure.value))
            for name, figure in zip(_DAYS.values(), figures, strict=True)
        ]
        with box("div", "filters"):
            chosen = select("Figure", _FIGURES, self._figure).classes("grow")
            chosen.on_value_change(lambda event: self._turn(figure=event.value))
        bars(f"{_FIGURES[self._figure]} by time", columns)
        with plain_table("", *_DAYS.values()):
            for field, name in _FIGURES.items():
                with box("tr"):
                    words("th", name, scope="row")
                    for one in found:
                        figure: Saving = getattr(one, field)
                        with box("td"):
                            words("div", _number(figure.value))
                            words("div", _difference(figure), "note")
        words(
            "p", "Below each: how much more or less than in as many days before.", "note q-mb-none"
        )


def explain_energy(original: int, payload: int) -> None:
    """The calculation of 1NCE, with the figures of one message (1nce_os_2.md, 4.6)."""
    before, after = _energy(original), _energy(payload)
    with ui.expansion("Calculation explanation").props("dense").classes("full-width q-mt-sm"):
        saved = f"{before - after:.3f} mWh of {before:.3f} mWh"
        with box("ul", "entries q-pa-sm"):
            for line in (
                "A message of x bytes takes E(x) = 0.013·x + 94.084 mWh.",
                f"As JSON: E({original}) = {before:.3f} mWh.",
                f"As payload: E({payload}) = {after:.3f} mWh.",
                f"Saved: {saved}, which is {100 * (before - after) / before:.2f} %.",
                "The 94.084 mWh are of the connection, whatever is sent.",
            ):
                words("li", line)


def _energy(size: int) -> float:
    return 0.013 * size + 94.084


def _number(value: float) -> str:
    return count_text(value) if value == round(value) else f"{value:.1f}".replace("-", "\u2212")


def _difference(figure: Saving) -> str:
    is_whole = figure.value == round(figure.value) and figure.delta == round(figure.delta)
    return signed_text(figure.delta, 0 if is_whole else 1)
