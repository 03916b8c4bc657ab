"""The simulator's own health: rates, queues, failures and its database, as figures and curves."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import isnan
from typing import NamedTuple

from nicegui import ui

from nce_sim.control.http import AsyncControl
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.charts import curve
from nce_sim.portal.parts.figures import count_text, data_text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import empty_state, error_state, loading_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

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


class _Health:
    def __init__(self, control: AsyncControl, body: ui.element, sign: ui.element) -> None:
        self._control, self._body, self._sign = control, body, sign
        self._last: tuple[float, dict[str, float]] | None = None
        self._values: dict[str, deque[float]] = {
            figure.title: deque(maxlen=_KEPT) for figure in _FIGURES
        }

    async def start(self) -> None:
        with self._body:
            loading_state("Health of the simulator")
        await self._look()
        ui.timer(_EVERY_S, self._look, immediate=False)

    async def _look(self) -> None:
        text, problem = await asked(self._control.metrics)
        if self._body.is_deleted:
            return
        if text is None:
            self._last = None
            self._draw(problem or "no answer", {})
            return
        now_s, found = time.monotonic(), metrics_of(text)
        for figure in _FIGURES:
            value = found.get(figure.metric)
            if value is None or isnan(value):
                continue
            if not figure.is_rate:
                self._values[figure.title].append(value)
            elif self._last is not None:
                passed_s = now_s - self._last[0]
                grown = max(0.0, value - self._last[1].get(figure.metric, value))
                self._values[figure.title].append(grown / passed_s if passed_s > 0 else 0.0)
        self._last = (now_s, found)
        self._draw(None, found)

    def _draw(self, problem: str | None, found: dict[str, float]) -> None:
        self._sign.set_visibility(problem is None)
        self._body.clear()
        with self._body:
            if problem is not None:
                error_state(problem, self._look)
                return
            with box("div", "tiles"):
                for figure in _FIGURES:
                    values = self._values[figure.title]
                    with box("article", "tile", aria_label=figure.title):
                        words("h3", figure.title, "small")
                        words("div", figure.text(values[-1]) if values else "–", "big")
                        curve(values, _KEPT)
                        words("div", figure.meaning, "note")
            with box("dl", "facts wide q-mt-md"):
                for name, metric in _TOTALS:
                    words("dt", name)
                    words("dd", count_text(found.get(metric, 0)))
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
