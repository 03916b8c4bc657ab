"""A card that loads: while it waits, when there is nothing, when it fails, and when all is well.

    panel = Panel("Latest orders", load, show, empty="No orders yet.")
    await panel.load()

`load()` asks the service, `show(data)` builds the card's body; None for data means that there is
nothing. A failure is told with a button to try again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from nicegui import background_tasks, ui

from nce_api.errors import ApiError, NotSendable, Unauthorized
from nce_sim.control.answers import ControlFailed
from nce_sim.portal.parts.buttons import sign
from nce_sim.portal.parts.states import empty_state, error_state, loading_state
from nce_sim.portal.parts.tags import box, words

T = TypeVar("T")
# A page waits so long for what it shows; what takes longer comes after it.
_PATIENCE_S = 0.1
# What changes all the time is drawn again after a rest, counted in the time that drawing took: one
# page must not take the server from the others and from the devices.
_REST, _LONGEST_REST_S = 3.0, 2.0


class Panel(Generic[T]):
    """One card of a page."""

    def __init__(
        self,
        title: str,
        load: Callable[[], Awaitable[T | None]],
        show: Callable[[T], Any],
        *,
        empty: str,
        width: str = "w6",
        icon: str = "inbox",
    ) -> None:
        self._title, self._ask, self._show = title, load, show
        self._empty, self._sign = empty, icon
        self._shown: object = None  # what is drawn
        self._is_asking = self._is_outdated = False
        self._asked = 0  # how often
        self.more, self.body = self._build(title, width)

    def _build(self, title: str, width: str) -> tuple[ui.element, ui.element]:
        """The card: where its buttons stand, and where its content does."""
        with box("section", f"panel {width}", aria_label=title):
            with box("header"):
                words("h2", title)
                more = box("div", "more")
            return more, box("div", "body", aria_live="polite")

    def with_refresh(self) -> Panel[T]:
        """Add the button that loads it again."""
        with self.more:
            sign("refresh", f"Refresh: {self._title}", self.load)
        return self

    async def load(self) -> None:
        """Ask again; returns when it is shown, or while it still waits."""
        self._shown = None
        self.body.clear()
        with self.body:
            loading_state(self._title)
        await soon(self._fill())

    async def renew(self) -> None:
        """Ask again while the former content stands; nothing is drawn when nothing changed."""
        if self._is_asking:
            self._is_outdated = True
            return
        await self._fill()

    def show(self, found: T) -> None:
        """Draw what somebody else asked for."""
        self._draw(found, None)

    def renew_soon(self) -> None:
        """The same, without waiting."""
        background_tasks.create(self.renew(), name=f"portal: {self._title}")

    async def _fill(self) -> None:
        """Until nothing changed meanwhile; a panel is busy for a part of the time at most."""
        self._is_asking = True
        try:
            while True:
                self._is_outdated = False
                self._asked += 1
                number, start = self._asked, time.monotonic()
                found, problem = await asked(self._ask)
                if self.body.is_deleted or number != self._asked:
                    return  # the page was left, or somebody asked again
                if (found, problem) != self._shown:
                    self._draw(found, problem)
                if not self._is_outdated:
                    return
                took_s = time.monotonic() - start
                await asyncio.sleep(min(_LONGEST_REST_S, _REST * took_s))
        finally:
            self._is_asking = False

    def _draw(self, found: T | None, problem: str | None) -> None:
        self._shown = (found, problem)
        self.body.clear()
        with self.body:
            if problem is not None:
                error_state(problem, self.load)
            elif found is None:
                empty_state(self._empty, self._sign)
            else:
                self._show(found)


async def soon(loading: Coroutine[Any, Any, None], patience_s: float = _PATIENCE_S) -> None:
    """Wait a moment for what loads; it goes on when the page is sent before its end."""
    running = background_tasks.create(loading, name="portal: loading")
    await asyncio.wait({running}, timeout=patience_s)


async def asked(ask: Callable[[], Awaitable[T]]) -> tuple[T | None, str | None]:
    """What the service says, or why it says nothing."""
    try:
        return await ask(), None
    except NotSendable as error:
        return None, str(error)
    except (ApiError, ControlFailed) as error:
        return None, problem_text(error)


def problem_text(error: ApiError | ControlFailed) -> str:
    """An error in words for the user: what the service said, or why it did not."""
    if isinstance(error, Unauthorized) or error.status == HTTPStatus.UNAUTHORIZED:
        return "Your session has ended. Sign in again."
    body = getattr(error, "body", None)
    errors = getattr(body, "errors", None)
    if errors:
        first = errors[0]
        return str(first.get("message", first) if isinstance(first, dict) else first)
    return str(getattr(body, "message", None) or error)
