"""Follows the journal of the world while a page is open, by a cursor and a wait with a bound.

    follower = Follower(control, show, tell, kinds=("uplink",), source=None, newest=10)
    await follower.start()          # show(records) at once with the newest, then with each change

Each look waits at the server for what comes next, so a quiet world costs three requests a minute.
It ends with the page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from nicegui import background_tasks, ui

from nce_sim.control.answers import ControlFailed, JournalRecord
from nce_sim.control.http import AsyncControl

_WAIT_MS = 20_000
_MOST = 1_000  # of one look
_AGAIN_S = 2.0  # after a look that failed
_BETWEEN_S = 0.25  # of two looks: a page is drawn four times a second at most
_REST = 4.0  # and takes a fifth of the server's time at most
_LONGEST = 160  # characters of a problem
LIVE = "Live"


class Follower:
    """One reader of the journal; `tell` hears whether it is live, or why not."""

    def __init__(
        self,
        control: AsyncControl,
        show: Callable[[Sequence[JournalRecord]], None],
        tell: Callable[[str], None],
        *,
        kinds: Sequence[str] = (),
        source: str | None = None,
        newest: int,
    ) -> None:
        self._control, self._show, self._tell = control, show, tell
        self._kinds, self._source = ",".join(kinds) or None, source
        self._newest = newest
        self._after = 0
        self._client = ui.context.client

    async def start(self) -> None:
        """Show the newest records, and follow the journal until the page is left."""
        try:
            page = await self._control.journal(
                self._kinds, self._source, newest=True, limit=self._newest
            )
        except ControlFailed as error:
            self._tell(str(error)[:_LONGEST])
        else:
            self._after = page.next
            self._show(page.items)
        task = background_tasks.create(self._follow(), name="portal: journal")
        self._client.on_delete(task.cancel)

    async def _follow(self) -> None:
        while True:
            try:
                page = await self._control.journal(
                    self._kinds, self._source, after=self._after, limit=_MOST, wait_ms=_WAIT_MS
                )
            except ControlFailed as error:
                self._tell(f"Not live: {error}"[:_LONGEST])
                if error.status in (401, 403):
                    return
                await asyncio.sleep(_AGAIN_S)
                continue
            self._after = page.next
            self._tell(LIVE)
            start = time.monotonic()
            if page.items:
                self._show(page.items)
            await asyncio.sleep(max(_BETWEEN_S, _REST * (time.monotonic() - start)))
