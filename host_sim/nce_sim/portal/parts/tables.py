"""A plain table with its headings.

with plain_table("Time", "Message", "Bytes", numbers=("Bytes",), actions=True):
    with box("tr"):
        words("td", ...)

On a narrow screen each row is a stack of its cells, and the sheet writes each heading before its
cell: so no column and no button is out of sight.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from nce_sim.portal.parts.tags import box, words


@contextmanager
def plain_table(
    *headings: str, numbers: Collection[str] = (), actions: bool = False, tall: bool = False
) -> Iterator[None]:
    """The body of it.

    `numbers` are the headings above numbers; `actions` adds a last column without a heading that
    is seen. One that may become long is `tall`: it scrolls within itself.
    """
    # A part that scrolls is reached by keyboard.
    with (
        box("div", "scroll tall" if tall else "scroll", tabindex="0"),
        box("table", "plain stacks", style=heading_style(headings)),
    ):
        with box("thead"), box("tr"):
            for heading in headings:
                words("th", heading, "num" if heading in numbers else "", scope="col")
            if actions:
                words("th", "", scope="col", aria_label="Actions")
        with box("tbody"):
            yield


def heading_style(headings: Sequence[str]) -> str:
    """The headings as properties of the table, for the sheet: the first is heading 1 there."""
    named = enumerate(headings, 1)
    return "".join(
        f"--heading-{number}: {json.dumps(text, ensure_ascii=False)};"
        for number, text in named
        if text
    )
