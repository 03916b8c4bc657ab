"""The buttons that turn the pages of a list.

turning(page, pages, turn)              # turn(2) shows the second page
turning(page, pages, turn, OS_PAGES)    # where the service shows no more than so many
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words

OS_PAGES = 50  # [D] of the lists of 1NCE OS
_MORE = "The service shows no more pages than these. Narrow the search to see the rest."


def turning(
    page: int, pages: int, turn: Callable[[int], Awaitable[None]], most: int | None = None
) -> None:
    """Draw them, where there is more than one page."""
    if pages <= 1:
        return
    last = pages if most is None else min(pages, most)
    with box("nav", "turning", aria_label="Pages of the list"):
        before = quiet("Previous", "chevron_left", lambda: turn(page - 1), shape="flat dense")
        before.props["aria-label"] = "Previous Page"
        words("span", f"Page {page} of {last}", "note")
        after = quiet("Next", None, lambda: turn(page + 1), shape="flat dense")
        after.props("icon-right=chevron_right").props["aria-label"] = "Next Page"
        before.set_enabled(page > 1)
        after.set_enabled(page < last)
    if last < pages:
        words("p", _MORE, "note")
