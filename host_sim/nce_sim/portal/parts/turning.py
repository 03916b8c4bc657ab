"""The buttons that turn the pages of a list.

turning(page, pages, turn)              # turn(2) shows the second page
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words


def turning(page: int, pages: int, turn: Callable[[int], Awaitable[None]]) -> None:
    """Draw them, where there is more than one page."""
    if pages <= 1:
        return

    with box("nav", "turning", aria_label="Pages of the list"):
        before = quiet("Previous Page", "chevron_left", lambda: turn(page - 1), shape="flat dense")
        words("span", f"Page {page} of {pages}", "note")
        after = quiet("Next Page", "chevron_right", lambda: turn(page + 1), shape="flat dense")
        before.set_enabled(page > 1)
        after.set_enabled(page < pages)
