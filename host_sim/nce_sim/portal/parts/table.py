"""The head of a plain table.

with box("div", "scroll", tabindex="0"), box("table", "plain"):
    heads("Time", "Event", actions=True)
"""

from __future__ import annotations

from nce_sim.portal.parts.tags import box, words


def heads(*names: str, actions: bool = False) -> None:
    """Its columns; the last one may hold buttons."""
    with box("thead"), box("tr"):
        for name in names:
            words("th", name, scope="col")
        if actions:
            words("th", "", scope="col", aria_label="Actions")
