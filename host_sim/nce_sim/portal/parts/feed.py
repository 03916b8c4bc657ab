"""What happens in the world, as it happens: the newest records of its journal, kept up to date.

    feed = Feed("What happened last", control, zone, empty="Nothing yet.")
    await feed.start()

Each look waits at the server for what comes next, so a quiet world costs three requests a minute.
It ends with the page. Many records at once are shown as the last ones of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from nicegui import background_tasks, ui

from nce_sim.control.answers import ControlFailed, JournalRecord
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.told import WATCHED, told

_WAIT_MS = 20_000
_SHOWN = 10
_MOST = 1_000  # of one look
_AGAIN_S = 2.0  # after a look that failed
_BETWEEN_S = 0.25  # of two looks: a page is drawn four times a second at most
_LONGEST = 160  # characters of one line


class Feed:
    """A card that follows the journal."""

    def __init__(
        self,
        title: str,
        control: AsyncControl,
        zone: Zone,
        *,
        kinds: Sequence[str] = WATCHED,
        empty: str,
        width: str = "w6",
    ) -> None:
        self._title, self._control, self._zone = title, control, zone
        self._kinds, self._empty = ",".join(kinds), empty
        self._records: deque[JournalRecord] = deque(maxlen=_SHOWN)
        self._after = 0
        with box("section", f"panel {width}", aria_label=title):
            with box("header"):
                words("h2", title)
                with box("div", "more"):
                    self._sign = words("span", "Live", "chip good")
            self._body = box("div", "body")
        self._client = ui.context.client

    async def start(self) -> None:
        """Show the newest records, and follow the journal until the page is left."""
        await self._look_at_newest()
        task = background_tasks.create(self._follow(), name=f"portal: {self._title}")
        self._client.on_delete(task.cancel)

    async def _look_at_newest(self) -> None:
        try:
            page = await self._control.journal(self._kinds, newest=True, limit=_SHOWN)
        except ControlFailed as error:
            self._tell(str(error))
            return
        self._records.extend(page.items)
        self._after = page.next
        self._draw()

    async def _follow(self) -> None:
        while not self._body.is_deleted:
            try:
                page = await self._control.journal(
                    self._kinds, after=self._after, limit=_MOST, wait_ms=_WAIT_MS
                )
            except ControlFailed as error:
                self._tell(str(error))
                if error.status in (401, 403):
                    return
                await asyncio.sleep(_AGAIN_S)
                continue
            # After a snapshot the world's records may be fewer.
            self._after = page.next
            self._sign.text = "Live"
            if page.items:
                self._records.extend(page.items)
                self._draw()
            await asyncio.sleep(_BETWEEN_S)

    def _tell(self, problem: str) -> None:
        self._sign.text = f"Not live: {problem[:_LONGEST]}"

    def _draw(self) -> None:
        self._body.clear()
        with self._body:
            if not self._records:
                empty_state(self._empty, "hourglass_empty")
                return
            with box("div", "scroll", tabindex="0"), box("table", "plain"):
                with box("thead"), box("tr"):
                    for name in ("Time", "What", "Details"):
                        words("th", name, scope="col")
                with box("tbody"):
                    for record in reversed(self._records):
                        with box("tr"):
                            words(
                                "td",
                                self._zone.clock(record.time),
                                "when",
                                title=self._zone.text(record.time),
                            )
                            name, text = told(record)
                            words("td", name, "when")
                            words("td", text, "line", title=text)
