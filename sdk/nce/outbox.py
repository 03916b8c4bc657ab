"""Store and forward: records wait on flash until their delivery is proven.

    outbox = Outbox(Folder("/outbox"))
    outbox.put(record, priority=1)
    ...
    batch = outbox.peek_batch(1024, join=b"\\n".join)
    if batch is not None:
        await device.send(batch.payload)
        outbox.acknowledge(batch)

- A record that `put` returned for survives power loss at any instant after, and is given out, most
  urgent first, among equals the oldest first, until it is acknowledged.
- At least once: when the power goes between delivery and `acknowledge`, the batch is given out
  again, before any record that is neither older nor more urgent. Records are numbered for ever
  (`next_number`, `Batch.numbers`): a receiver that reads the numbers, in the records themselves,
  recognises a repetition (`nce.duplicates`).
- Flash use is bounded by `max_bytes`; when it is full, the oldest of the least urgent records make
  room (`dropped` counts them), or, with `drop_oldest=False`, `put` raises `OutboxFull`.
- Files are appended to and removed, never changed: one write of 12 bytes and the record for a
  `put`, one of 12 and 4 for each record of an `acknowledge`.
- An acknowledgement that a full flash cannot note is remembered until it can: the record comes
  again only when the power goes before. `fault` tells of it.
- A record that flash has changed is lost, and none beside it; `damaged` counts them, and no number
  is used again.
- A record that the server will not take leaves by `refuse`, for a list of its own (`refused`): two
  segments at most, beside `max_bytes`.
"""

import struct
from collections import namedtuple

from nce.const import const
from nce.errors import NceError, UsageError
from nce.segments import DONE, FRAME_SIZE, RECORD, Segments

if 1 - 1:
    from nce.refused import RefusedRecords
    from nce.seams import Any, Callable, FolderLike, Iterator, NamedTuple

    # payload: what the join function made; numbers: of the records in it.
    class Batch(NamedTuple):
        payload: bytes
        numbers: "tuple[int, ...]"

else:
    Batch = namedtuple("Batch", ("payload", "numbers"))  # type: ignore[no-redef]

_SLACK_SEGMENTS = const(3)  # one being written, one for copies, one for what is done with


class OutboxFull(NceError):
    """There is no room, and nothing may make room."""


class Outbox:
    """Records on flash.

    folder: `Folder`, or what looks so. max_bytes: of flash, at least 4 segments. segment_bytes:
    of a file; a multiple of the flash's block wastes least. max_record: bytes of one record.
    max_records: that wait at once; each takes about 50 bytes of RAM (100 with 64-bit words).

    dropped: records that made room since the start. damaged: what flash gave back wrong, found at
    the start and since; at most so many records are lost. fault: the `OSError` that keeps from
    flash what is to be noted, None when all is noted.
    """

    def __init__(
        self,
        folder: "FolderLike",
        max_bytes: int = 65536,
        segment_bytes: int = 4096,
        max_record: int = 1024,
        max_records: int = 512,
        drop_oldest: bool = True,
    ) -> None:
        self._most_segments = max_bytes // segment_bytes
        usable = segment_bytes - 2 * FRAME_SIZE - max_record
        if self._most_segments <= _SLACK_SEGMENTS or usable <= 0:
            raise UsageError(
                "%d bytes in segments of %d hold no record of %d: give at least 4 segments, "
                "each larger than a record" % (max_bytes, segment_bytes, max_record)
            )
        # A segment may end short of a whole record: `usable` is what surely fits in it.
        self._capacity = usable * (self._most_segments - _SLACK_SEGMENTS)
        self._max_record = max_record
        self._max_records = max_records
        self._drop_oldest = drop_oldest
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._segments = Segments(folder, segment_bytes)
        # [number, priority, segment name, offset, size], oldest first
        self._waiting: "list[list[Any]]" = []
        self._gone: "list[list[Any]]" = []  # of these, what flash still has as waiting
        self._used = 0  # bytes of the frames of what waits
        self._next_number = 0
        self._refused: "RefusedRecords | None" = None  # `nce.refused.RefusedRecords`, once needed
        self.dropped = 0
        self.fault: "OSError | None" = None
        self._load()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_number(self) -> int:
        """The number that the next record will have; so many were put before, in all lives (or may
        have been, where the end of what is on flash is damaged)."""
        return self._next_number

    @property
    def bytes_written(self) -> int:
        """Bytes written to flash since the start, for its wear."""
        return self._segments.bytes_written

    def put(self, record: bytes, priority: int = 0) -> int:
        """Keep a record (bytes); its number. A larger priority, up to 255, is more urgent.

        Raises `OutboxFull`, `UsageError` for a record that is too large, and the `OSError` of the
        file system; the record is then not kept.
        """
        size = len(record)
        if size > self._max_record or not 0 <= priority <= 255:
            raise UsageError(
                "a record of %d bytes with priority %d; the most are %d bytes and 255"
                % (size, priority, self._max_record)
            )
        self._make_room(size + FRAME_SIZE, priority)
        if self._gone or len(self._segments.names) > self._most_segments - 2:
            self._settle()
            if len(self._segments.names) > self._most_segments - 2:
                raise self.fault or self._full()
        number = self._next_number
        name, offset = self._segments.append(RECORD, priority, number, bytes(record), number)
        self._next_number = number + 1
        self._waiting.append([number, priority, name, offset, size])
        self._used += size + FRAME_SIZE
        self._settle()
        return number

    def peek_batch(
        self, limit: int, join: "Callable[[list[bytes]], bytes]" = b"".join, most: int = 32
    ) -> "Batch | None":
        """The `Batch` to deliver next, or None when nothing waits.

        As many records, at most `most`, as `join(list of bytes)` makes `limit` bytes of; the first
        one in any case.
        """
        records = []
        numbers = []
        payload = None
        for entry in list(self._in_order()):
            record = self._segments.read(entry[2], entry[3], entry[4])
            if record is None:
                self._lose(entry)
                continue
            records.append(record)
            joined = join(records)
            if payload is not None and len(joined) > limit:
                break
            payload = joined
            numbers.append(entry[0])
            if len(numbers) >= most:
                break
        return None if payload is None else Batch(payload, tuple(numbers))

    def acknowledge(self, batch: "Batch") -> None:
        """The records of a batch are delivered: forget them. A second call does nothing."""
        self._forget([entry for entry in self._waiting if entry[0] in batch.numbers])
        self._settle()

    def refuse(self, batch: "Batch", code: int) -> None:
        """The server will not take what is in a batch: move its records to `refused`.

        code: the CoAP code of the server's answer.
        """
        fault = None
        for entry in self._waiting:
            if entry[0] in batch.numbers:
                record = self._segments.read(entry[2], entry[3], entry[4])
                try:
                    if record is not None:  # else it is damaged since it was given out
                        self.refused.add(entry[0], code, record)
                except OSError as error:
                    fault = error
        self.acknowledge(batch)
        self.fault = self.fault or fault

    @property
    def refused(self) -> "RefusedRecords":
        """The `nce.refused.RefusedRecords`: `records()`, `dropped`, `clear()`."""
        if self._refused is None:
            from nce.refused import RefusedRecords

            self._refused = RefusedRecords(self._folder, self._segment_bytes)
        return self._refused

    def _load(self) -> None:
        waiting: "dict[int, Any]" = {}
        for name, frames in self._segments.load():
            for frame in frames:
                if frame.kind == RECORD:
                    # Of a record that was copied, the later copy counts.
                    waiting[frame.number] = [
                        frame.number,
                        frame.priority,
                        name,
                        frame.offset,
                        len(frame.data),
                    ]
                elif frame.kind == DONE:
                    for at in range(0, len(frame.data), 4):
                        waiting.pop(struct.unpack_from(">I", frame.data, at)[0], None)
        self._next_number = self._segments.next_number
        self.damaged = self._segments.damaged
        for number in sorted(waiting):
            self._waiting.append(waiting[number])
            self._used += waiting[number][4] + FRAME_SIZE

    def _in_order(self) -> "Iterator[list[Any]]":
        for priority in sorted({entry[1] for entry in self._waiting}, reverse=True):
            for entry in self._waiting:
                if entry[1] == priority:
                    yield entry

    def _make_room(self, size: int, priority: int) -> None:
        leaving: "list[list[Any]]" = []
        used = self._used
        count = len(self._waiting)
        while used + size > self._capacity or count >= self._max_records:
            entry = self._least(priority, leaving) if self._drop_oldest else None
            if entry is None:
                raise self._full()
            leaving.append(entry)
            used -= entry[4] + FRAME_SIZE
            count -= 1
        if leaving:
            self._forget(leaving)
            self.dropped += len(leaving)

    def _full(self) -> "OutboxFull":
        return OutboxFull(
            "%d records wait in %d bytes: deliver some, or give the outbox more flash"
            % (len(self._waiting), self._used)
        )

    def _least(self, priority: int, leaving: "list[list[Any]]") -> "list[Any] | None":
        # The oldest of the lowest priority, unless that is above `priority`.
        found = None
        for entry in self._waiting:
            if entry[1] <= priority and entry not in leaving:
                if found is None or entry[1] < found[1]:
                    found = entry
        return found

    def _forget(self, entries: "list[list[Any]]") -> None:
        for entry in entries:
            self._waiting.remove(entry)
            self._used -= entry[4] + FRAME_SIZE
        self._gone += entries

    def _lose(self, entry: "list[Any]") -> None:
        self.damaged += 1
        self._forget([entry])

    def _settle(self) -> None:
        """Note what is gone on flash, remove segments where nothing waits; an error is `fault`."""
        self.fault = None
        self._note()
        if self._collect():
            self.fault = None  # there may be room now, or nothing left to note
            self._note()

    def _note(self) -> None:
        try:
            # In frames of 32 at most: one has to fit in a segment, and beside the largest record.
            most = max(1, min(32, (self._segment_bytes - 2 * FRAME_SIZE) // 4))
            while self._gone:
                part = self._gone[:most]
                numbers = b"".join([struct.pack(">I", entry[0]) for entry in part])
                self._segments.append(DONE, 0, self._next_number, numbers, self._next_number)
                self._gone = self._gone[len(part) :]
        except OSError as error:
            self.fault = error

    def _collect(self) -> bool:
        """Remove segments of which nothing waits; copy what waits in the oldest when many.

        Whether any was removed. Removing takes no room.
        """
        names = self._segments.names
        is_removed = False
        try:
            while len(names) > 1:
                oldest = names[0]
                held = [entry for entry in self._waiting if entry[2] == oldest]
                # Two in hand: the next frame may open a segment, and so may the copies.
                if held and len(names) <= self._most_segments - 2:
                    break
                for entry in held:
                    data = self._segments.read(oldest, entry[3], entry[4])
                    if data is None:
                        self._lose(entry)
                        continue
                    entry[2], entry[3] = self._segments.append(
                        RECORD, entry[1], entry[0], data, self._next_number
                    )
                self._segments.remove_first()
                self._gone = [entry for entry in self._gone if entry[2] != oldest]
                is_removed = True
        except OSError as error:
            self.fault = error
        return is_removed
