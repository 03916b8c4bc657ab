"""What happens in the world, as it happens: a card with the last records of its journal.

    feed = Feed("What happened last", control, zone, empty="Nothing yet.")
    await feed.start()

Many records at once are shown as the last ones of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import zip_longest

from nce_sim.control.answers import JournalRecord
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.told import WATCHED, told

_SHOWN = 10


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
        self._zone, self._empty = zone, empty
        self._records: deque[JournalRecord] = deque(maxlen=_SHOWN)
        self._rows: list[_Row] = []
        with box("section", f"panel {width}", aria_label=title):
            with box("header"):
                words("h2", title)
                with box("div", "more"):
                    self._sign = words("span", LIVE, "chip good")
            self._body = box("div", "body")
        self._follower = Follower(control, self._take, self._tell, kinds=kinds, newest=_SHOWN)

    async def start(self) -> None:
        """Show the newest records, and follow the journal until the page is left."""
        await self._follower.start()

    def _tell(self, state: str) -> None:
        self._sign.text = state

    def _take(self, records: Sequence[JournalRecord]) -> None:
        self._records.extend(records)
        if not self._records:
            with self._body:
                empty_state(self._empty, "hourglass_empty")
            return
        if not self._rows:
            self._body.clear()
            with self._body, plain_table("Time", "What", "Details"):
                self._rows = [_Row() for _ in range(_SHOWN)]
        # The rows stand, their texts change: to make them again costs a busy server the most.
        for row, record in zip_longest(self._rows, reversed(self._records)):
            row.show(record, self._zone)


class _Row:
    def __init__(self) -> None:
        with box("tr") as self._row:
            self._clock = words("td", "", "when")
            self._name = words("td", "", "when")
            self._text = words("td", "", "line")

    def show(self, record: JournalRecord | None, zone: Zone) -> None:
        self._row.set_visibility(record is not None)
        if record is None:
            return
        name, text = told(record)
        for cell, shown, title in (
            (self._clock, zone.clock(record.time), zone.text(record.time)),
            (self._name, name, None),
            (self._text, text, text),
        ):
            cell.text = shown
            if title is not None and cell.props.get("title") != title:
                cell.props["title"] = title
