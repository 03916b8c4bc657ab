"""Pages of the world's timeline, as JSON.

    asked = Asked.of(kind="uplink,sms", source=None, limit=100)
    journal_page(backend, asked, after=0)
    newest_page(backend, asked)
    await next_record(backend.timeline, asked, seconds=20)      # when all of them were seen

Numbers of subscribers are masked on the timeline already; payloads are in hexadecimal.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from nce_sim.backend import Backend
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.identifiers import iso_time

# Shorter than the patience of clients and of what may stand between.
LONGEST_WAIT_MS = 25_000


@dataclass(frozen=True)
class Asked:
    """Which records are asked for; without names, all of them."""

    kinds: frozenset[str]
    sources: frozenset[str]
    limit: int

    @classmethod
    def of(cls, kind: str | None, source: str | None, limit: int) -> Asked:
        """From the texts of a request."""
        return cls(_names(kind), _names(source), limit)

    def takes(self, record: Record) -> bool:
        """Whether the record is one of them."""
        return (not self.kinds or record.kind in self.kinds) and (
            not self.sources or record.source in self.sources
        )


def _names(text: str | None) -> frozenset[str]:
    return frozenset(text.split(",")) if text else frozenset()


def journal_page(backend: Backend, asked: Asked, after: int) -> dict[str, Any]:
    """What came after the record number `after`, oldest first."""
    timeline = backend.timeline
    items: list[dict[str, Any]] = []
    number = max(after, timeline.forgotten)
    for record in timeline.since(number):
        number += 1
        if asked.takes(record):
            items.append(_item(number, record, backend.epoch_ms))
            if len(items) == asked.limit:
                break
    return {"items": items, "next": number, "forgotten": timeline.forgotten}


def newest_page(backend: Backend, asked: Asked) -> dict[str, Any]:
    """The last ones, oldest first."""
    timeline = backend.timeline
    items: list[dict[str, Any]] = []
    for number, record in timeline.latest():
        if asked.takes(record):
            items.append(_item(number, record, backend.epoch_ms))
            if len(items) == asked.limit:
                break
    items.reverse()
    return {"items": items, "next": timeline.count, "forgotten": timeline.forgotten}


async def next_record(timeline: Timeline, asked: Asked, seconds: float) -> None:
    """Return at the next record, or when so many seconds are over."""
    came = asyncio.Event()

    def look(record: Record) -> None:
        if asked.takes(record):
            came.set()

    end = timeline.subscribe(look)
    try:
        await asyncio.wait_for(came.wait(), seconds)
    except TimeoutError:
        return
    finally:
        end()


def _item(number: int, record: Record, epoch_ms: int) -> dict[str, Any]:
    fields = {name: _plain(value) for name, value in record.fields.items()}
    return {
        "number": number,
        "time": iso_time(epoch_ms + record.at_ms),
        "source": record.source,
        "kind": record.kind,
        "fields": fields,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
