"""The simulator's own health: rates, queues, failures and its database, as figures and curves."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import isnan, nan
from typing import NamedTuple

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from nce_sim.control.http import AsyncControl
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.charts import curve
from nce_sim.portal.parts.figures import count_text, data_text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import empty_state, error_state, loading_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_FIRST_S = 0.5
_EVERY_S = 2.0
_KEPT = 90  # looks: three minutes


def _rate(value: float) -> str:
    return f"{value:.0f}/s" if value >= 10 or value == 0 else f"{value:.1f}/s"


def _size(value: float) -> str:
    return data_text(value / 1e6)


class _Figure(NamedTuple):
    """One figure: of a counter its growth a second, of a gauge its value."""

    title: str
    metric: str
    is_rate: bool
    text: Callable[[float], str]
    meaning: str


_FIGURES = (
    _Figure("Messages", "nce_messages_total", True, _rate, "messages of devices, each once"),
    _Figure("Payload", "nce_payload_bytes_total", True, lambda v: f"{_size(v)}/s", "their bytes"),
    _Figure("Commits", "nce_commits_total", True, _rate, "writes of the database"),
    _Figure("Deliveries", "nce_deliveries_total", True, _rate, "requests to customers' servers"),
    _Figure("Writes waiting", "nce_intake_waiting", False, count_text, "for the database"),
    _Figure(
        "Deliveries waiting", "nce_deliveries_waiting", False, count_text, "for customers' servers"
    ),
    _Figure("Actions active", "nce_actions_active", False, count_text, "of the Device Controller"),
    _Figure("Database", "nce_database_bytes", False, _size, "what it takes"),
)
_TOTALS = (
    ("Deliveries that failed", "nce_deliveries_failed_total"),
    ("Messages not stored", "nce_refused_total"),
    ("DTLS handshakes that failed", "nce_handshakes_failed_total"),
    ("Messages so far", "nce_messages_total"),
    ("Sessions open", "nce_sessions"),
    ("SIMs", "nce_sims"),
)


async def show(frame: Frame) -> None:
    """The card; it looks every two seconds while the page is open."""
    control = frame.visit.control
    with box("section", "panel w12", aria_label="Health of the simulator"):
        with box("header"):
            words("h2", "Health of the simulator")
            with box("div", "more"):
                sign = words("span", "Live", "chip good")
        body = box("div", "body")
    if control is None:
        with body:
            empty_state(frame.visit.lacks("world.steer") or NO_WORLD, "monitor_heart")
        return
    await _Health(control, body, sign).start()


class _Tile:
    """One figure with its curve."""

    def __init__(self, figure: _Figure) -> None:
        self._figure = figure
        self._values: deque[float] = deque(maxlen=_KEPT)
        with box("article", "tile", aria_label=figure.title):
            words("h3", figure.title, "small")
            self._text = words("div", "–", "big")
            self._curve = ui.html(curve((), _KEPT), sanitize=False)
            words("div", figure.meaning, "note")

    def add(self, value: float) -> None:
        """Show another value."""
        self._values.append(value)
        self._text.text = self._figure.text(value)
        self._curve.content = curve(self._values, _KEPT)


class _Health:
    def __init__(self, control: AsyncControl, body: ui.element, sign: ui.element) -> None:
        self._control, self._body, self._sign = control, body, sign
        self._last: tuple[float, dict[str, float]] | None = None
        self._tiles: dict[_Figure, _Tile] = {}
        self._totals: dict[str, TextElement] = {}

    async def start(self) -> None:
        with self._body:
            loading_state("Health of the simulator")
        await self._look()
        ui.timer(_FIRST_S, self._look, once=True)  # a rate needs two looks
        ui.timer(_EVERY_S, self._look, immediate=False)

    async def _look(self) -> None:
        text, problem = await asked(self._control.metrics)
        if self._body.is_deleted:
            return
        self._sign.set_visibility(text is not None)
        if text is None:
            self._last = None
            self._tiles.clear()
            self._body.clear()
            with self._body:
                error_state(problem or "no answer", self._look)
            return
        if not self._tiles:
            self._build()
        now_s, found = time.monotonic(), metrics_of(text)
        for figure, tile in self._tiles.items():
            value = found.get(figure.metric, nan)
            if figure.is_rate:
                value = nan if self._last is None else self._grown(figure.metric, value, now_s)
            if not isnan(value):
                tile.add(value)
        for metric, element in self._totals.items():
            element.text = count_text(found.get(metric, 0))
        self._last = (now_s, found)

    def _grown(self, metric: str, value: float, now_s: float) -> float:
        """How much a counter grows in a second; a world that went back begins again."""
        assert self._last is not None
        then_s, before = self._last
        grown = value - before.get(metric, value)
        return max(0.0, grown) / (now_s - then_s) if now_s > then_s else nan

    def _build(self) -> None:
        self._body.clear()
        with self._body:
            with box("div", "tiles small"):
                self._tiles = {figure: _Tile(figure) for figure in _FIGURES}
            with box("div", "q-mt-md"), box("dl", "facts wide"):
                for name, metric in _TOTALS:
                    words("dt", name)
                    self._totals[metric] = words("dd", "–")
            words(
                "p",
                "Seconds here are real ones, whatever the speed of the world; a curve shows the "
                "last three minutes.",
                "note q-mt-md q-mb-none",
            )


def metrics_of(text: str) -> dict[str, float]:
    """The samples without labels of Prometheus' text format."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name and not name.startswith("#") and "{" not in name:
            try:
                found[name] = float(value)
            except ValueError:
                continue  # of another kind than those that are shown
    return found
