"""What happens in the world, as it happens: a card with the last records of its journal.

    feed = Feed("What happened last", control, zone, empty="Nothing yet.")
    await feed.start()

Many records at once are shown as the last ones of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from nce_sim.control.answers import JournalRecord
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.drawing import Drawing, Part, table, tag
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.states import empty_state
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
        self._drawing: Drawing | None = None
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
        rows = [_row(record, self._zone) for record in reversed(self._records)]
        drawn = table(("Time", "What", "Details"), rows)
        if self._drawing is None:
            self._body.clear()
            with self._body:
                self._drawing = Drawing(drawn)
        else:
            self._drawing.show(drawn)


def _row(record: JournalRecord, zone: Zone) -> Part:
    name, text = told(record)
    return tag(
        "tr",
        tag("td", zone.clock(record.time), class_="when", title=zone.text(record.time)),
        tag("td", name, class_="when"),
        tag("td", text, class_="line", title=text),
    )
