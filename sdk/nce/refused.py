"""Records that the server would not take, kept on flash for the firmware to read.

    for number, code, record in outbox.refused.records(): ...
    outbox.refused.clear()

The newest 32 at most, in two segments of the outbox's folder at most; what falls off is counted.
Loaded when a record is refused, or when `refused` is read.
"""

from collections import namedtuple

from nce.const import const
from nce.segments import RECORD, Segments

if 1 - 1:
    from nce.seams import Any, FolderLike, NamedTuple

    # code: of the server's answer, as a CoAP code; `nce.coap.codes.dotted` shows it.
    class RefusedRecord(NamedTuple):
        number: int
        code: int
        record: bytes

else:
    RefusedRecord = namedtuple("RefusedRecord", ("number", "code", "record"))  # type: ignore[no-redef]

_MOST = const(32)
_MOST_SEGMENTS = const(2)


class RefusedRecords:
    """The list; `dropped` counts what fell off since the start, or could not be kept."""

    def __init__(self, folder: "FolderLike", segment_bytes: int) -> None:
        self._segments = Segments(folder, segment_bytes, "r")
        # [number, code, segment name, offset, size], oldest first
        self._entries: "list[list[Any]]" = []
        self.dropped = 0
        for name, frames in self._segments.load():
            for frame in frames:
                if frame.kind == RECORD:
                    self._entries.append(
                        [frame.number, frame.priority, name, frame.offset, len(frame.data)]
                    )
        self._entries = self._entries[-_MOST:]

    def add(self, number: int, code: int, record: bytes) -> None:
        """Keep one. Raises `OSError`; it is then counted as dropped."""
        if [entry for entry in self._entries if entry[0] == number]:
            return  # the power went before the outbox had let it go
        try:
            name, offset = self._segments.append(RECORD, code, number, record, 0)
        except OSError:
            self.dropped += 1
            raise
        self._entries.append([number, code, name, offset, len(record)])
        kept = self._entries[-_MOST:]
        while len(self._segments.names) > _MOST_SEGMENTS:
            oldest = self._segments.names[0]
            kept = [entry for entry in kept if entry[2] != oldest]
            self._segments.remove_first()
        self.dropped += len(self._entries) - len(kept)
        self._entries = kept

    def records(self) -> "list[RefusedRecord]":
        """The list, as `RefusedRecord`s; without those that flash has changed."""
        found = []
        for number, code, name, offset, size in self._entries:
            record = self._segments.read(name, offset, size)
            if record is not None:
                found.append(RefusedRecord(number, code, record))
        return found

    def clear(self) -> None:
        """Forget them all."""
        self._entries = []
        while self._segments.names:
            self._segments.remove_first()
