"""What the sections of the page have in common: their fold, and how they do what a user asks.

class Limits(Section):
    TITLE, SIGN, PERMISSION = "Monthly Limits", "speed", "configuration.monthly_limit"

    async def load(self) -> MonthlyLimits: ...
    def show(self, found: MonthlyLimits) -> None: ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.fold import Fold
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words


class Section:
    """One accordion; `PERMISSION` is needed to see it (1nce_os_2.md, 3.5)."""

    TITLE = ""
    SIGN = ""
    PERMISSION = ""
    HINT = ""
    EMPTY = ""

    def __init__(
        self, frame: Frame, portal: Portal[Awaited], changed: Callable[[Section], None]
    ) -> None:
        self.frame, self.portal = frame, portal
        self._changed = changed
        self.fold: Fold[Any] = Fold(
            self.TITLE,
            self.load,
            self.show,
            sign=self.SIGN,
            hint=self.HINT,
            empty=self.EMPTY,
            lacks=frame.visit.lacks(self.PERMISSION),
        )
        self.furnish()

    def furnish(self) -> None:
        """Put buttons at `self.fold.more`; most sections have none."""

    async def load(self) -> Any:
        """Ask the service; None is an empty section."""
        raise NotImplementedError

    def show(self, found: Any) -> None:
        """Build the content."""
        raise NotImplementedError

    async def do(self, call: Callable[[], Awaitable[object]], done: str) -> bool:
        """Ask the service for a change, and tell what came of it; whether it was done."""

        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        if problem is None:
            await self.tell(done)
        else:
            with self.fold.body:  # the button may be drawn again by now
                ui.notify(problem, type="negative")
            await self.fold.load()
        return problem is None

    async def tell(self, done: str) -> None:
        """Something was done: say so, and show what is so now."""
        with self.fold.body:
            ui.notify(done, type="positive")
        self._changed(self)
        await self.fold.load()


def term(name: str, explanation: str) -> None:
    """The name of a fact, with what it means as a tooltip."""
    with box("dt"), words("span", name, "term", tabindex="0"):
        ui.tooltip(explanation)


def fact(name: str, text: str) -> None:
    """A name and what it is."""
    words("dt", name)
    words("dd", text)
