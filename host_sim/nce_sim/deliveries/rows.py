"""The rows of the outbox: each change of them is one statement for a range of a target's numbers.

rows.write(work, number, delivery_id, message, now_ms)
rows.remove(work, key, first, last)
for place in rows.places(storage): ...              # at start, in the order of their numbers
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from nce_sim.deliveries.message import Delivery, Message
from nce_sim.deliveries.tables import DELIVERY
from nce_sim.storage import Storage, Work


class Key(NamedTuple):
    """A target: its kind and its id."""

    kind: str
    target_id: str


class Place(NamedTuple):
    """What memory keeps of a row that waits."""

    key: Key
    number: int
    due_ms: int


def _in_range(statement: Any) -> Any:
    return statement.where(
        DELIVERY.c.kind == bindparam("of_kind"),
        DELIVERY.c.target_id == bindparam("of_target"),
        DELIVERY.c.number.between(bindparam("first"), bindparam("last")),
    )


_ADD = insert(DELIVERY)
_REMOVE = _in_range(delete(DELIVERY))
_BEGIN_AGAIN = _in_range(update(DELIVERY)).values(tries=0)
_POSTPONE = _in_range(update(DELIVERY)).values(
    tries=DELIVERY.c.tries + 1, due_ms=bindparam("next_ms")
)


def write(work: Work, number: int, delivery_id: str, message: Message, now_ms: int) -> None:
    """Add the row of a message."""
    row = {
        "number": number,
        "delivery_id": delivery_id,
        "organisation_id": message.organisation_id,
        "kind": message.kind,
        "target_id": message.target_id,
        "event_id": message.event_id,
        "body": message.body,
        "details": json.dumps(message.details),
        "created_ms": now_ms,
        "due_ms": now_ms,
        "tries": 0,
    }
    work.write(_ADD, row)


def remove(work: Work, key: Key, first: int, last: int) -> None:
    """Remove the rows of a target from number `first` to number `last`."""
    work.write(_REMOVE, _range(key, first, last))


def postpone(work: Work, key: Key, first: int, last: int, due_ms: int) -> None:
    """Count a failed try of those rows and say when the next one is due."""
    work.write(_POSTPONE, {**_range(key, first, last), "next_ms": due_ms})


def begin_again(work: Work, key: Key, last: int) -> None:
    """Count the tries of a target's rows up to number `last` from the beginning."""
    work.write(_BEGIN_AGAIN, _range(key, 0, last))


def read(storage: Storage, key: Key, first: int, last: int) -> list[Delivery]:
    """Those rows, in order."""
    query = (
        select(DELIVERY)
        .where(
            DELIVERY.c.kind == key.kind,
            DELIVERY.c.target_id == key.target_id,
            DELIVERY.c.number.between(first, last),
        )
        .order_by(DELIVERY.c.number)
    )
    return [Delivery.of_row(row) for row in storage.read(query)]


def places(storage: Storage) -> list[Place]:
    """All that waits, in the order of numbers."""
    columns = (DELIVERY.c.kind, DELIVERY.c.target_id, DELIVERY.c.number, DELIVERY.c.due_ms)
    return [
        Place(Key(row.kind, row.target_id), row.number, row.due_ms)
        for row in storage.read(select(*columns).order_by(DELIVERY.c.number))
    ]


def last_number(storage: Storage) -> int:
    """The highest number in the table; 0 when it is empty."""
    return storage.read(select(func.max(DELIVERY.c.number)))[0][0] or 0


def _range(key: Key, first: int, last: int) -> dict[str, Any]:
    return {"of_kind": key.kind, "of_target": key.target_id, "first": first, "last": last}
