"""One ordered record of all that happened in a world.

Network, modems, SIMs and backend append to it; counters, pcap and tests read it. In virtual time
two runs of one seed give the same records, hence the same `hash()`.

    timeline.subscribe(lambda record: print(record))
    timeline.add("core", "pdp_created", sim=sim.masked, address="10.160.0.1")
    timeline.records(kind="datagram")

Subscriber numbers go in masked; payloads go in whole and come out of `repr` as a length.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from nce_sim.clock import Clock, VirtualClock

Subscriber = Callable[["Record"], None]


class Record(NamedTuple):
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

    def __repr__(self) -> str:
        return str(self)


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
        self._sizes: deque[int] = deque()  # of each of them
        self._size = 0
        self._subscribers: list[Subscriber] = []
        # Those of a few kinds: a world writes four records for each message of a device.
        self._by_kind: dict[str, list[Subscriber]] = {}
        # In real time no two runs are alike, so nothing is hashed.
        self._digest = hashlib.sha256() if isinstance(clock, VirtualClock) else None
        self.count = 0

    @property
    def forgotten(self) -> int:
        """How many records are no longer kept."""
        return self.count - len(self._records)

    def add(
        self, source: str, kind: str, subject: object | None = None, /, **fields: Any
    ) -> Record:
        """Append a record, stamped with the clock, and tell the subscribers."""
        at_ms = self._clock.now_ms()
        record = Record(at_ms, source, kind, fields, subject)
        if self._digest is not None:
            # The order of the fields is that of the call: the same in two runs.
            self._digest.update(f"{at_ms} {source} {kind} {fields!r}\n".encode())
        self._records.append(record)
        self.count += 1
        size = _RECORD_BYTES
        for value in fields.values():
            if isinstance(value, (bytes, str)):
                size += len(value)
        self._sizes.append(size)
        self._size += size
        self._shrink()
        if self._subscribers:
            for subscriber in tuple(self._subscribers):
                subscriber(record)
        if kind in self._by_kind:
            for subscriber in tuple(self._by_kind[kind]):
                subscriber(record)
        return record

    def follow(self, former: Timeline) -> None:
        """Go on after the records of another timeline: they keep their numbers."""
        self.count += former.count
        self._records.extendleft(reversed(former._records))
        self._sizes.extendleft(reversed(former._sizes))
        self._size += former._size
        self._shrink()

    def subscribe(
        self, subscriber: Subscriber, kinds: Collection[str] | None = None
    ) -> Callable[[], None]:
        """Call `subscriber(record)` for every record from now on; the result ends that.

        With `kinds` it hears of records of these kinds alone, after those who hear of all.
        """
        if kinds is None:
            places = [self._subscribers]
        else:
            places = [self._by_kind.setdefault(kind, []) for kind in kinds]
        for place in places:
            place.append(subscriber)

        def unsubscribe() -> None:
            for place in places:
                if subscriber in place:
                    place.remove(subscriber)

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
            self._records.popleft()
            self._size -= self._sizes.popleft()

    def since(self, number: int) -> Iterator[Record]:
        """The records kept after the first `number` ever added."""
        return itertools.islice(self._records, max(0, number - self.forgotten), None)

    def latest(self) -> Iterator[tuple[int, Record]]:
        """The records kept and their numbers, newest first."""
        return zip(itertools.count(self.count, -1), reversed(self._records), strict=False)

    def hash(self) -> str:
        """SHA-256 over every record ever added, in hexadecimal; RuntimeError in real time."""
        if self._digest is None:
            raise RuntimeError(
                "a timeline in real time has no hash, since no two runs are alike; "
                "use a world with a virtual clock"
            )
        return self._digest.hexdigest()
