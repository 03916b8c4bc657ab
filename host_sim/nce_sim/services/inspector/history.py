"""The Historian: pages of stored messages and how many there were, for one organisation.

    historian = Historian(storage, wall_ms, tokens, retention_ms)
    page = historian.page(organisation_id, Wanted(protocol="COAP"), page_size=10)
    page.items, page.next_token, page.first_token
    await historian.insights(organisation_id, Wanted(), "1d")

Numbers of rows grow with the time of reception. So every page is a short walk along an index, from
a number on, whatever the page and however many messages there are. Counting is many such walks;
the loop has a turn behind each.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from nce_sim.problems import Invalid
from nce_sim.services.identifiers import iso_time
from nce_sim.services.inspector.tables import HISTORY
from nce_sim.services.inspector.tokens import PageTokens
from nce_sim.storage import Storage

PROTOCOLS = ("COAP", "LWM2M", "UDP")
INTERVALS_MS = {"1h": 3_600_000, "1d": 86_400_000}
COUNTED_AT_ONCE = 10_000  # rows; some milliseconds


@dataclass(frozen=True)
class HistoryItem:
    """One stored message; `value` is the decoded object, or the raw bytes."""

    event_id: str
    device_id: str
    iccid: str
    protocol: str
    topic: str | None
    received_ms: int
    is_json: bool
    payload: str

    @property
    def value(self) -> Any:
        return json.loads(self.payload) if self.is_json else base64.b64decode(self.payload)

    def as_json(self) -> dict[str, Any]:
        """The item as the history API gives it."""
        item = {
            "time": iso_time(self.received_ms),
            "payload": self.payload,
            "iccid": self.iccid,
            "deviceId": self.device_id,
            "protocol": self.protocol,
        }
        return item if self.topic is None else {**item, "topic": self.topic}


# The columns of a HistoryItem, in its order.
COLUMNS = tuple(HISTORY.c[name] for name in HistoryItem.__dataclass_fields__)


@dataclass(frozen=True)
class Wanted:
    """The messages that are asked for; None: any."""

    device_id: str | None = None
    protocol: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True)
class HistoryPage:
    """Messages, newest first; the tokens are there when there are more."""

    items: list[HistoryItem]
    next_token: str | None = None
    first_token: str | None = None


@dataclass(frozen=True)
class Insight:
    """How many messages came by one protocol in the interval that begins at `start_ms`."""

    start_ms: int
    protocol: str
    amount: int


class Historian:
    """Reads the history; messages older than `retention_ms` are not there."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        tokens: PageTokens,
        retention_ms: int,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._tokens = tokens
        self._retention_ms = retention_ms

    def page(
        self,
        organisation_id: int,
        wanted: Wanted,
        *,
        page_size: int = 10,
        token: str | None = None,
    ) -> HistoryPage:
        """A page of messages; `token` is one of an earlier page of the same query."""
        query = (organisation_id, wanted)
        before = None if token is None else self._tokens.read(token, query)
        first, end = self._bounds(wanted)
        end = end if before is None else min(before, end)
        rows: list[Any] = []
        for conditions in self._walks(organisation_id, wanted):
            # The index ends with the number: each walk stops after a page.
            walk = (
                select(HISTORY.c.number, *COLUMNS)
                .where(*conditions, HISTORY.c.number >= first, HISTORY.c.number < end)
                .order_by(HISTORY.c.number.desc())
                .limit(page_size + 1)
            )
            rows += self._storage.read(walk)
        rows.sort(key=lambda row: -row.number)
        items = [HistoryItem(*row[1:]) for row in rows[:page_size]]
        if len(rows) <= page_size:
            return HistoryPage(items)
        next_token = self._tokens.made(rows[page_size - 1].number, query)
        if before is not None:
            return HistoryPage(items, next_token)
        return HistoryPage(items, next_token, self._tokens.made(rows[0].number + 1, query))

    async def insights(self, organisation_id: int, wanted: Wanted, interval: str) -> list[Insight]:
        """How many messages came by each protocol in each interval, UTC, newest first."""
        step_ms = INTERVALS_MS.get(interval)
        if step_ms is None:
            raise Invalid(f"an interval {interval!r}; choose one of {', '.join(INTERVALS_MS)}")
        first, end = self._bounds(wanted)
        latest_ms = self._wall_ms() if wanted.end_ms is None else wanted.end_ms
        start_ms = min(latest_ms, self._wall_ms()) // step_ms * step_ms
        found: list[Insight] = []
        while end > first and start_ms > -step_ms:
            low = max(first, self._first_number(start_ms))
            if low < end:
                found += await self._counted(organisation_id, wanted, start_ms, low, end)
            start_ms, end = start_ms - step_ms, min(end, low)
        return found

    async def _counted(
        self, organisation_id: int, wanted: Wanted, start_ms: int, low: int, end: int
    ) -> list[Insight]:
        found = []
        for protocol in PROTOCOLS if wanted.protocol is None else (wanted.protocol,):
            [walk] = self._walks(organisation_id, Wanted(wanted.device_id, protocol))
            amount = await self._count(walk, low, end)
            if amount:
                found.append(Insight(start_ms, protocol, amount))
        return found

    async def _count(self, walk: tuple[ColumnElement[bool], ...], low: int, end: int) -> int:
        """How many rows there are from a number to another one, counted by the piece."""
        number, amount, count = HISTORY.c.number, 0, COUNTED_AT_ONCE
        while count == COUNTED_AT_ONCE:
            piece = (
                select(number)
                .where(*walk, number >= low, number < end)
                .order_by(number)
                .limit(COUNTED_AT_ONCE)
                .subquery("piece")
            )
            [[count, last]] = self._storage.read(
                select(func.count(), func.max(piece.c.number)).select_from(piece)
            )
            amount += count
            low = (last or 0) + 1
            await asyncio.sleep(0)
        return amount

    def _walks(
        self, organisation_id: int, wanted: Wanted
    ) -> Iterator[tuple[ColumnElement[bool], ...]]:
        """The conditions of each walk along an index, for all that is wanted but its time."""
        of_organisation = HISTORY.c.organisation_id == organisation_id
        if wanted.device_id is not None:
            of_device = (HISTORY.c.device_id == wanted.device_id, of_organisation)
            is_any = wanted.protocol is None
            yield of_device if is_any else (*of_device, HISTORY.c.protocol == wanted.protocol)
            return
        for protocol in PROTOCOLS if wanted.protocol is None else (wanted.protocol,):
            yield of_organisation, HISTORY.c.protocol == protocol

    def _bounds(self, wanted: Wanted) -> tuple[int, int]:
        """The first number that is wanted, and the one after the last."""
        oldest_ms = self._wall_ms() - self._retention_ms
        first = self._first_number(max(oldest_ms, wanted.start_ms or 0))
        return first, self._first_number(None if wanted.end_ms is None else wanted.end_ms + 1)

    def _first_number(self, at_ms: int | None) -> int:
        """The number of the first message at or after `at_ms`; None: the number after all."""
        if at_ms is not None:
            query = (
                select(HISTORY.c.number)
                .where(HISTORY.c.received_ms >= at_ms)
                .order_by(HISTORY.c.received_ms, HISTORY.c.number)
                .limit(1)
            )
            rows = self._storage.read(query)
            if rows:
                return int(rows[0][0])
        latest = self._storage.read(select(func.max(HISTORY.c.number)))[0][0]
        return int(latest or 0) + 1
