"""Small charts in plain HTML and SVG: they need no script, and a screen reader reads their table.

donut("SIMs", [Share("Activated", 12, "good"), Share("Deactivated", 3, "calm")])
bars("Data", [Bar("W48", 1.5, "1.5 MB"), Bar("W49", 0, "0 MB")])
ui.html(curve([0, 3, 2], room=90), sanitize=False)   # the newest at the right edge
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import NamedTuple

from nce_sim.portal.parts.drawing import Drawing, Part, tag
from nce_sim.portal.parts.figures import count_text

_RADIUS = 46
_AROUND = 2 * pi * _RADIUS


class Share(NamedTuple):
    """A part of a whole; `tone` is good, warn, bad or calm."""

    name: str
    number: int
    tone: str


class Bar(NamedTuple):
    """One bar: its height, and how it is written."""

    name: str
    value: float
    text: str


def donut(shares: Sequence[Share]) -> None:
    """A whole in parts, with their numbers beside it."""
    total = sum(share.number for share in shares)
    arcs, start = [_arc("shade")], 0.0
    for share in shares:
        length = _AROUND * share.number / total if total else 0
        if length:
            dashes = f"{length:.2f} {_AROUND - length:.2f}"
            arcs.append(
                _arc(share.tone, stroke_dasharray=dashes, stroke_dashoffset=f"{-start:.2f}")
            )
        start += length
    middle = tag("text", count_text(total), x=60, y=68, text_anchor="middle", class_="total")
    rows = [part for share in shares for part in _row(share)]
    picture = tag("svg", *arcs, middle, viewBox="0 0 120 120", aria_hidden="true")
    Drawing(tag("div", tag("div", picture), tag("dl", *rows), class_="donut"))


def _arc(tone: str, **dashes: str) -> Part:
    return tag(
        "circle",
        r=_RADIUS,
        cx=60,
        cy=60,
        fill="none",
        stroke=f"var(--{tone})",
        stroke_width=16,
        transform="rotate(-90 60 60)",
        **dashes,
    )


def _row(share: Share) -> tuple[Part, ...]:
    dot = tag("span", class_="dot", aria_hidden="true", style=f"background: var(--{share.tone})")
    return dot, tag("dt", share.name), tag("dd", count_text(share.number))


def bars(label: str, columns: Sequence[Bar]) -> None:
    """Values side by side."""
    highest = max((bar.value for bar in columns), default=0) or 1
    drawn = [
        tag(
            "div",
            tag("span", bar.text if bar.value else "", class_="value"),
            tag("div", class_="fill", style=f"height: {100 * bar.value / highest * 0.8:.1f}%"),
            tag("span", bar.name, class_="name"),
            class_="col",
            role="listitem",
            title=f"{bar.name}: {bar.text}",
        )
        for bar in columns
    ]
    Drawing(tag("div", *drawn, class_="bars", role="list", aria_label=label))


def curve(values: Sequence[float], room: int) -> str:
    """The SVG of a line through values, as wide as `room` of them, for `ui.html`.

    It is as high as the highest of them.
    """
    first = room - len(values)
    return line([Point(first + number, value) for number, value in enumerate(values)], room - 1)


class Point(NamedTuple):
    """A point of a line, from the left and from below."""

    x: float
    value: float


def line(through: Sequence[Point], width: float, whole: float = 0) -> str:
    """The SVG of a line, for `ui.html`: `width` of x, as high as its highest value or `whole`.

    Its figure stands beside it as text. Numbers alone are in it.
    """
    highest = max((*(point.value for point in through), whole), default=0) or 1
    points = [
        f"{100 * point.x / max(1, width):.2f},{28 - 26 * point.value / highest:.2f}"
        for point in through
    ]
    drawn = (
        f'<polygon points="{points[0].split(",")[0]},30 {" ".join(points)} 100,30"/>'
        f'<polyline points="{" ".join(points)}"/>'
        if len(points) > 1
        else ""
    )
    return (
        '<svg class="curve" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">'
        f'<line x1="0" y1="29.5" x2="100" y2="29.5"/>{drawn}</svg>'
    )
