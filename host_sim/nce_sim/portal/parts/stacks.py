"""Bars of several parts, such as messages by protocol: plain HTML, with its numbers for all.

stacks("Messages", [Stack("1 Dec", {"UDP": 3, "COAP": 1})], {"COAP": "CoAP", "UDP": "UDP"})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nce_sim.portal.parts.drawing import Drawing, Part, tag
from nce_sim.portal.parts.figures import count_text

_TONES = 3  # stack-0 ... in the sheet
_NAMED = 12  # columns that each have their name under them; of more, every third has


class Stack(NamedTuple):
    """One column: its name, and its parts by their keys."""

    name: str
    parts: Mapping[str, int]


def stacks(label: str, columns: Sequence[Stack], names: Mapping[str, str]) -> None:
    """Draw them, with a legend that has the sums."""
    highest = max((sum(one.parts.values()) for one in columns), default=0) or 1
    every = 1 if len(columns) <= _NAMED else 3
    legend = []
    for number, (key, name) in enumerate(names.items()):
        total = sum(one.parts.get(key, 0) for one in columns)
        swatch = tag("span", class_=f"swatch stack-{number % _TONES}", aria_hidden="true")
        legend.append(tag("li", swatch, tag("span", f"{name}: {count_text(total)}")))
    Drawing(tag("ul", *legend, class_="legend"))
    drawn = [
        _column(column, names, highest, (len(columns) - 1 - place) % every == 0)
        for place, column in enumerate(columns)
    ]
    Drawing(tag("div", *drawn, class_="bars stacked", role="list", aria_label=label))


def _column(column: Stack, names: Mapping[str, str], highest: int, is_named: bool) -> Part:
    told = ", ".join(f"{names[key]} {column.parts[key]}" for key in names if column.parts.get(key))
    text = f"{column.name}: {told or 'none'}"
    total = sum(column.parts.values())
    parts = [tag("span", count_text(total) if total else "", class_="value", aria_hidden="true")]
    for number, key in reversed(list(enumerate(names))):
        amount = column.parts.get(key, 0)
        if amount:
            height = f"height: {100 * amount / highest * 0.8:.1f}%"
            parts.append(tag("div", class_=f"fill stack-{number % _TONES}", style=height))
    name = column.name if is_named else "\u00a0"
    parts.append(tag("span", name, class_="name", aria_hidden="true"))
    return tag("div", *parts, class_="col", role="listitem", title=text, aria_label=text)
