"""A card that is folded to its title, and asks the service when it is opened.

    fold = Fold("Data Streams", load, show, empty="No streams yet.", sign="stream")
    await fold.open()                     # as the page begins; users open it themselves

It is a `details` of HTML: the browser opens it by mouse and keyboard, and says so to a screen
reader. `lacks` is why the visitor may not see it; it stands in place of the content.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from nicegui import ui
from nicegui.events import GenericEventArguments

from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, icon, words

T = TypeVar("T")


class Fold(Panel[T]):
    """One accordion of a page."""

    def __init__(
        self,
        title: str,
        load: Callable[[], Awaitable[T | None]],
        show: Callable[[T], Any],
        *,
        sign: str,
        hint: str = "",
        empty: str = "",
        lacks: str | None = None,
    ) -> None:
        self._head, self._hint, self._lacks = sign, hint, lacks
        self.is_open = False
        super().__init__(title, load, show, empty=empty, icon=sign)

    def _build(self, title: str, width: str) -> tuple[ui.element, ui.element]:
        with box("details", "panel fold") as self._details:
            with box("summary"):
                icon("lock" if self._lacks else self._head)
                with box("span", "name"):
                    words("h2", title)
                    if self._hint:
                        words("span", self._hint, "note")
                icon("expand_more").classes("turn")
            with box("div", "inside"):
                more = box("div", "more")
                body = box("div", "body", aria_live="polite")
        self._details.on("toggle", self._turned, js_handler="(e) => emit(e.target.open)")
        return more, body

    async def open(self) -> None:
        """Unfold it, and load."""
        self._details.props["open"] = True
        await self._unfold()

    def renew_if_open(self) -> None:
        """Ask again, when somebody looks."""
        if self.is_open and self._lacks is None:
            self.renew_soon()

    async def _turned(self, event: GenericEventArguments) -> None:
        # Opened again, it shows what is so now.
        if event.args and not self.is_open:
            await self._unfold()
        self.is_open = bool(event.args)

    async def _unfold(self) -> None:
        self.is_open = True
        if self._lacks is None:
            await self.load()
            return
        self.more.set_visibility(False)
        self.body.clear()
        with self.body:
            empty_state(self._lacks, "lock")
