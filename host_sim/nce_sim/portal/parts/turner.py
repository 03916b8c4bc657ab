"""Pages of a long table, turned below it.

turner = Turner(panel.load)
turner.show(page.total, 25)             # below the rows; the page to ask for is turner.page
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words


class Turner:
    """Which page is looked at; `load` shows it."""

    def __init__(self, load: Callable[[], Awaitable[None]]) -> None:
        self._load = load
        self.page = 1

    def show(self, total: int | None, page_size: int) -> None:
        """Buttons to the pages before and after; nothing where there is one page."""
        pages = -(-(total or 0) // page_size)
        if pages < 2:
            return
        with box("div", "row items-center q-gutter-sm q-mt-sm"):
            words("span", f"Page {self.page} of {pages}", "note")
            if self.page > 1:
                quiet("Previous Page", on_click=lambda: self._turn(-1))
            if self.page < pages:
                quiet("Next Page", on_click=lambda: self._turn(1))

    async def _turn(self, by: int) -> None:
        self.page += by
        await self._load()
