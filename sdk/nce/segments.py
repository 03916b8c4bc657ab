"""A log of records in files of bounded size, whole after power loss at any instant.

Each file ("segment") is a sequence of frames, added at its end and never changed:

    kind 1, priority 1, length 2, number 4, then the data, then the CRC-32 of all before

The CRC begins with that of the file's name and the frame's offset: a frame is good in its own
place alone, not within another record, nor in a block that the file system left from before.
(Segments of versions before have a plain CRC; they are read, and not added to.)

The first frame of a segment is its opening, with the next record's number. A frame that was being
written when the power went is shorter than it says: nothing is written behind it, and the log goes
on in a new segment. What flash has changed costs the frame that it is in: a header with one wrong
bit is mended, since it tells where the next frame is; else the frames go on at the next that is
good, and a `DAMAGE` stands for what is between. `Outbox` gives the frames their meaning.
"""

import struct
from binascii import crc32
from collections import namedtuple

from nce.const import const

if 1 - 1:
    from nce.seams import FolderLike, Iterator, NamedTuple

    class Frame(NamedTuple):
        kind: int
        priority: int
        number: int
        data: bytes
        offset: int

else:
    Frame = namedtuple("Frame", ("kind", "priority", "number", "data", "offset"))  # type: ignore[no-redef]

OPENING = 0x4F
RECORD = 0x52
DONE = 0x44  # its data: numbers of records that are wanted no more, 4 bytes each
# Never written. Its number is how many records may have been there, its offset the number of the
# only one, where the header tells it, else -1.
DAMAGE = 0
_KINDS = (OPENING, RECORD, DONE)

_HEADER = ">BBHI"
_HEADER_SIZE = const(8)
_HEADER_BITS = const(64)
FRAME_SIZE = 12  # bytes of a frame besides its data


def salt_of(name: str, offset: int) -> int:
    """What the CRC of a frame begins with; of version 0 it is 0."""
    return crc32(struct.pack(">I", offset), crc32(name.encode()))


def frame_bytes(kind: int, priority: int, number: int, data: bytes, salt: int) -> bytes:
    """A frame, as it is written."""
    framed = struct.pack(_HEADER, kind, priority, len(data), number) + data
    return framed + struct.pack(">I", crc32(framed, salt))


def frame_at(segment: bytes, offset: int, salt: int, mend: bool = False) -> "Frame | None":
    """The frame that begins at `offset`, or None; with `mend` one bit may be wrong, if not in the
    data."""
    head = bytearray(segment[offset : offset + _HEADER_SIZE])
    if len(head) < _HEADER_SIZE:
        return None
    for bit in range(-1, _HEADER_BITS if mend else 0):
        if bit >= 0:
            head[bit >> 3] ^= 1 << (bit & 7)
        kind, priority, length, number = struct.unpack(_HEADER, head)
        begin = offset + _HEADER_SIZE
        end = begin + length
        if kind in _KINDS and end + 4 <= len(segment):
            wrong = struct.unpack_from(">I", segment, end)[0]
            wrong ^= crc32(memoryview(segment)[begin:end], crc32(head, salt))
            # No single wrong bit before the CRC makes a single one of it.
            if not wrong or (mend and bit < 0 and not wrong & (wrong - 1)):
                return Frame(kind, priority, number, bytes(segment[begin:end]), begin)
        if bit >= 0:
            head[bit >> 3] ^= 1 << (bit & 7)
    return None


def frames_of(segment: bytes, name: str) -> "tuple[list[Frame], bool]":
    """`(frames, is_whole)` of a segment: whether more may be written behind them.

    name: that of the file; "" for the format of before.
    """
    frames: "list[Frame]" = []
    offset = 0
    size = len(segment)
    while offset < size:
        frame = frame_at(segment, offset, salt_of(name, offset) if name else 0, True)
        if frame is not None:
            frames.append(frame)
            offset = frame.offset + len(frame.data) + 4
            continue
        end = size
        if offset + FRAME_SIZE <= size:
            kind, _priority, length, number = struct.unpack_from(_HEADER, segment, offset)
            end = offset + FRAME_SIZE + length
            if kind in _KINDS and (end == size or _is_good(segment, end, name)):
                # The header tells the truth, to all appearance: the damage is in the data.
                lost = Frame(DAMAGE, 0, int(kind == RECORD), b"", number)
            else:
                is_torn = kind in _KINDS and end > size
                end = offset + 1
                while end < size and not _is_good(segment, end, name):
                    end += 1
                if end == size and is_torn:
                    return frames, False
                most = (end - offset) // FRAME_SIZE
                # The first frame of a segment is no record.
                lost = Frame(DAMAGE, 0, most if offset else max(0, most - 1), b"", -1)
            frames.append(lost)
        offset = end
        if offset >= size:
            return frames, False
    return frames, True


def _is_good(segment: bytes, offset: int, name: str) -> bool:
    if offset >= len(segment) or segment[offset] not in _KINDS:
        return False
    return frame_at(segment, offset, salt_of(name, offset) if name else 0) is not None


def _good(frames: "list[Frame]") -> bool:
    return any([frame.kind for frame in frames])


class Segments:
    """The segments of one folder: `names`, oldest first, and an end to append to.

    folder: `Folder`, or what looks so. segment_size: bytes of a segment at most. prefix: of the
    names, which have 8 letters, the rest hexadecimal.
    """

    def __init__(self, folder: "FolderLike", segment_size: int, prefix: str = "") -> None:
        self._folder = folder
        self._segment_size = segment_size
        self._prefix = prefix
        self.names: "list[str]" = []
        self._unsalted: "list[str]" = []  # names of those in the format of before
        self._room = 0  # bytes that the last segment still takes
        self._next_name = 0
        self.bytes_written = 0  # for the wear; with openings and copies
        # What `load` found: the number after all that were given away, and records damaged.
        self.next_number = 0
        self.damaged = 0

    def load(self) -> "Iterator[tuple[str, list[Frame]]]":
        """Read what is there; yields `(name, good frames)` of each segment, oldest first."""
        damages = lost = 0  # since the last frame that tells how many records were put before it
        for name in self._folder.names():
            number = self._number_of(name)
            if number < 0:
                continue  # not ours
            try:
                segment = self._folder.read(name)
            except OSError:  # a block that cannot be read any more
                segment = bytes(self._segment_size)
            is_unsalted = frame_at(segment, 0, 0, True) is not None
            frames, is_whole = frames_of(segment, "" if is_unsalted else name)
            if not is_unsalted and not _good(frames):
                of_before = frames_of(segment, "")[0]
                is_unsalted = _good(of_before)
                if is_unsalted:
                    frames = of_before
                elif len(segment) <= FRAME_SIZE:
                    self._folder.remove(name)  # the power went while it was opened
                    continue
            if is_unsalted:
                self._unsalted.append(name)
                is_whole = False
            self._next_name = number + 1
            self.names.append(name)
            # Nothing is written behind a torn frame: it would look like damage.
            self._room = self._segment_size - len(segment) if is_whole else 0
            for frame in frames:
                if frame.kind == DAMAGE:
                    damages += 1
                    # A copy's number is a lower one.
                    lost += frame.number if not 0 <= frame.offset < self.next_number else 0
                elif frame.kind != RECORD or frame.number >= self.next_number:
                    if damages:
                        self.damaged += max(damages, frame.number - self.next_number)
                    damages = lost = 0
                    self.next_number = max(self.next_number, frame.number + (frame.kind == RECORD))
            yield name, [frame for frame in frames if frame.kind]
        self.damaged += damages
        self.next_number += lost

    def append(
        self, kind: int, priority: int, number: int, data: bytes, next_number: int
    ) -> "tuple[str, int]":
        """Add a frame; `(name, offset)` of its data. `OSError` when it cannot be written."""
        is_new = len(data) + FRAME_SIZE > self._room
        if is_new:
            self._open(next_number)
        name = self.names[-1]
        offset = self._segment_size - self._room
        try:
            self._write(name, frame_bytes(kind, priority, number, data, salt_of(name, offset)))
        except OSError:
            if is_new and not self._room and len(self.names) > 1:
                self._folder.remove(name)  # or each that fails leaves a file
                self.names.pop()
            raise
        return name, offset + _HEADER_SIZE

    def read(self, name: str, offset: int, size: int) -> "bytes | None":
        """The data of a frame, or None when flash has changed it."""
        offset -= _HEADER_SIZE
        framed = self._folder.read(name, offset, size + FRAME_SIZE)
        salt = 0 if name in self._unsalted else salt_of(name, offset)
        frame = frame_at(framed, 0, salt, True)
        return frame.data if frame is not None and len(frame.data) == size else None

    def remove_first(self) -> None:
        """Remove the oldest segment."""
        self._folder.remove(self.names[0])
        self.names.pop(0)

    def _number_of(self, name: str) -> int:
        try:
            if len(name) == 8 and name.startswith(self._prefix):
                return int(name[len(self._prefix) :], 16)
        except ValueError:
            pass
        return -1

    def _open(self, next_number: int) -> None:
        name = self._prefix + ("%08x" % self._next_name)[len(self._prefix) :]
        self._next_name += 1
        self._room = self._segment_size
        try:
            self._write(name, frame_bytes(OPENING, 0, next_number, b"", salt_of(name, 0)))
        except OSError:
            if name in self._folder.names():
                self._folder.remove(name)
            raise
        self.names.append(name)

    def _write(self, name: str, framed: bytes) -> None:
        offset = self._segment_size - self._room
        room, self._room = self._room, 0  # should it fail, there may be a torn frame
        try:
            self._folder.append(name, framed)
        except OSError:
            if name in self.names and not self._folder.read(name, offset, 1):
                self._room = room  # there is none
            raise
        self.bytes_written += len(framed)
        self._room = room - len(framed)
