"""Pages of the world's timeline, as JSON.

    journal_page(backend, kind="request", source=None, after=0, limit=100)

Numbers of subscribers are masked on the timeline already; payloads are in hexadecimal.
"""

from __future__ import annotations

from typing import Any

from nce_sim.backend import Backend
from nce_sim.record.timeline import Record
from nce_sim.services.identifiers import iso_time


def journal_page(
    backend: Backend, kind: str | None, source: str | None, after: int, limit: int
) -> dict[str, Any]:
    """At most `limit` records that came after the record number `after`, oldest first."""
    timeline = backend.timeline
    items: list[dict[str, Any]] = []
    number = max(after, timeline.forgotten)
    for record in timeline.since(number):
        number += 1
        if kind in (None, record.kind) and source in (None, record.source):
            items.append(_item(number, record, backend.epoch_ms))
            if len(items) == limit:
                break
    return {"items": items, "next": number, "forgotten": timeline.forgotten}


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
