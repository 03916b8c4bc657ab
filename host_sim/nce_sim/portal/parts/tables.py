"""A plain table with its headings.

with plain_table("Time", "Message", actions=True):
    with box("tr"):
        words("td", ...)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nce_sim.portal.parts.tags import box, words


@contextmanager
def plain_table(*headings: str, actions: bool = False) -> Iterator[None]:
    """The body of it; `actions` adds a last column without a heading that is seen."""
    # A part that scrolls is reached by keyboard.
    with box("div", "scroll", tabindex="0"), box("table", "plain"):
        with box("thead"), box("tr"):
            for heading in headings:
                words("th", heading, scope="col")
            if actions:
                words("th", "", scope="col", aria_label="Actions")
        with box("tbody"):
            yield
