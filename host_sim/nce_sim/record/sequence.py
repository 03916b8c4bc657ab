"""Steps between device, modem, network, 1NCE OS and its customer as a sequence picture.

    steps = [Step(0, DEVICE, MODEM, "AT"), Step(12, MODEM, DEVICE, "OK")]
    svg = sequence_picture(steps, "The first command")

Times run downwards, a row for each step. Colours are of the palette: those of paper, or the names
of a page's own. The customer has a line where a step is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nce_sim.record.svg import FAINT, INK, Svg

WIDTH = 1000
NAMES = ("device", "modem", "network", "1NCE OS", "customer")
DEVICE, MODEM, NETWORK, CLOUD, CUSTOMER = range(5)
_PLACES = (110, 470, 700, 950)
_PLACES_WITH_CUSTOMER = (110, 400, 560, 760, 950)
_ROW, _TOP = 22, 44
LONGEST = 64  # characters of a text


class Palette(NamedTuple):
    """Colours; `up` and `down` are of arrows, `note` and `bad` of what happens at one place."""

    ink: str = INK
    faint: str = FAINT
    paper: str = "#ffffff"
    up: str = "#4c6a92"
    down: str = "#2f9e6e"
    note: str = "#a05a00"
    bad: str = "#b42333"


PAPER = Palette()


class Step(NamedTuple):
    """One row: from whom to whom, equal for a note; without a time a remark."""

    at_ms: int | None
    start: int
    end: int
    text: str
    is_bad: bool = False


def sequence_picture(
    steps: Sequence[Step], label: str, palette: Palette = PAPER, first_ms: int = 0
) -> str:
    """The picture as an SVG element; times count from `first_ms`."""
    has_customer = any(CUSTOMER in (step.start, step.end) for step in steps)
    places = _PLACES_WITH_CUSTOMER if has_customer else _PLACES
    height = _TOP + _ROW * len(steps) + 12
    svg = Svg(WIDTH, palette.paper)
    for x, name in zip(places, NAMES, strict=False):
        svg.line((x, 28), (x, height - 8), stroke=palette.faint)
        svg.text(x, 20, name, anchor="middle", size=13, fill=palette.ink)
    for number, step in enumerate(steps):
        _draw(svg, _TOP + _ROW * number, step, places, palette, first_ms)
    return svg.markup(height, label)


def _draw(
    svg: Svg, y: float, step: Step, places: Sequence[int], palette: Palette, first_ms: int
) -> None:
    if step.at_ms is None:
        svg.text(places[0] + 10, y, step.text, fill=palette.faint, size=10)
        return
    text = step.text if len(step.text) <= LONGEST else f"{step.text[: LONGEST - 1]}…"
    at_s = (step.at_ms - first_ms) / 1000
    svg.text(8, y, f"{at_s:.3f} s", fill=palette.faint, size=10)
    if step.start == step.end:
        is_last = step.end >= CLOUD
        fill = palette.bad if step.is_bad else palette.note
        svg.dot(places[step.end], y - 4, 3.5, fill=fill)
        anchor, side = ("end", -8) if is_last else ("start", 8)
        svg.text(places[step.end] + side, y, text, fill=fill, anchor=anchor)
        return
    start, end = places[step.start], places[step.end]
    stroke = palette.bad if step.is_bad else palette.up if end > start else palette.down
    back = -7 if end > start else 7
    dashes = "5 4" if step.is_bad else ""
    svg.line((start, y + 3), (end, y + 3), stroke=stroke, dashes=dashes)
    svg.triangle([(end, y + 3), (end + back, y), (end + back, y + 6)], fill=stroke)
    svg.text(min(start, end) + 10, y, text, fill=palette.bad if step.is_bad else palette.ink)
