"""A plain table with its headings.

with plain_table("Time", "Message", "Bytes", numbers=("Bytes",), actions=True):
    with box("tr"):
        words("td", ...)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
        box("table", "plain"),
    ):
        with box("thead"), box("tr"):
            for heading in headings:
                words("th", heading, "num" if heading in numbers else "", scope="col")
            if actions:
                words("th", "", scope="col", aria_label="Actions")
        with box("tbody"):
            yield
