"""One ordered record of all that happened in a world.

Network, modems, SIMs and backend append to it; counters, pcap and tests read it. Two runs of one
seed give the same records, hence the same `hash()`.

    timeline.subscribe(lambda record: print(record))
    timeline.add("core", "pdp_created", sim=sim.masked, address="10.160.0.1")
    timeline.records(kind="datagram")

Subscriber numbers go in masked; payloads go in whole and come out of `repr` as a length.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nce_sim.clock import Clock

Subscriber = Callable[["Record"], None]


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened: the time, the source, the kind and the details.

    `subject` is the thing itself (a NetworkEvent, a UsageRecord, a ShortMessage), numbers and
    all, for those who stream it out; it is neither shown nor hashed.
    """

    at_ms: int
    source: str
    kind: str
    fields: dict[str, Any]
    subject: object | None = None

    def __str__(self) -> str:
        shown = " ".join(f"{name}={_shown(value)}" for name, value in self.fields.items())
        return f"{self.at_ms / 1000:12.3f} {self.source:<16} {self.kind:<16} {shown}".rstrip()

    __repr__ = __str__


def _shown(value: Any) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)


# Bytes of a record beside its texts and payloads, measured on CPython 3.11: itself, its mapping,
# its numbers and its place in the queue.
_RECORD_BYTES = 500


class Timeline:
    """The records of one world, oldest first.

    `keep_bytes` bounds what they take in memory: the oldest are forgotten first, and `forgotten`
    counts them. Subscribers and `hash()` see every record whatever is kept.
    """

    def __init__(self, clock: Clock, keep_bytes: int = 128_000_000) -> None:
        self._clock = clock
        self._keep_bytes = keep_bytes
        self._records: deque[Record] = deque()
        self._size = 0
        self._subscribers: list[Subscriber] = []
        self._digest = hashlib.sha256()
        self.count = 0

    @property
    def forgotten(self) -> int:
        """How many records are no longer kept."""
        return self.count - len(self._records)

    def add(
        self, source: str, kind: str, subject: object | None = None, /, **fields: Any
    ) -> Record:
        """Append a record, stamped with the clock, and tell the subscribers."""
        record = Record(self._clock.now_ms(), source, kind, fields, subject)
        self._digest.update(
            repr((record.at_ms, source, kind, sorted(fields.items()))).encode() + b"\n"
        )
        self._records.append(record)
        self.count += 1
        self._size += _size_of(record)
        self._shrink()
        for subscriber in tuple(self._subscribers):
            subscriber(record)
        return record

    def follow(self, former: Timeline) -> None:
        """Go on after the records of another timeline: they keep their numbers."""
        kept = [*former._records, *self._records]
        self.count += former.count
        self._records = deque(kept)
        self._size += former._size
        self._shrink()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber(record)` for every record from now on; the result ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def records(self, kind: str | None = None, source: str | None = None) -> list[Record]:
        """The records kept, all of them or those of one kind, one source."""
        return [
            record
            for record in self._records
            if (kind is None or record.kind == kind)
            and (source is None or record.source == source)
        ]

    def _shrink(self) -> None:
        while self._size > self._keep_bytes:
            self._size -= _size_of(self._records.popleft())

    def since(self, number: int) -> Iterator[Record]:
        """The records kept after the first `number` ever added."""
        return itertools.islice(self._records, max(0, number - self.forgotten), None)

    def hash(self) -> str:
        """SHA-256 over every record ever added, in hexadecimal."""
        return self._digest.hexdigest()


def _size_of(record: Record) -> int:
    texts = sum(len(value) for value in record.fields.values() if isinstance(value, (bytes, str)))
    return _RECORD_BYTES + texts
