"""A log of records in files of bounded size, whole after power loss at any instant.

Each file ("segment") is a sequence of frames, added at its end and never changed:

    kind 1, priority 1, length 2, number 4, then the data, then the CRC-32 of all before

The first frame of a segment is its opening, with the next record's number. A frame that was being
written when the power went has a wrong CRC: it and what follows do not count, and the log goes on
in a new segment. `Outbox` gives the frames their meaning.
"""

import struct
from binascii import crc32
from collections import namedtuple

from nce.const import const

Frame = namedtuple("Frame", ("kind", "priority", "number", "data", "offset"))

OPENING = 0x4F
RECORD = 0x52
DONE = 0x44  # its data: numbers of records that are wanted no more, 4 bytes each

_HEADER = ">BBHI"
_HEADER_SIZE = const(8)
FRAME_SIZE = 12  # bytes of a frame besides its data


def frame_bytes(kind, priority, number, data):
    """A frame, as it is written."""
    framed = struct.pack(_HEADER, kind, priority, len(data), number) + data
    return framed + struct.pack(">I", crc32(framed))


def frames_of(segment):
    """`(frames, size)`: the whole frames that a segment begins with, and their bytes."""
    frames: "list" = []
    offset = 0
    while offset + FRAME_SIZE <= len(segment):
        kind, priority, length, number = struct.unpack_from(_HEADER, segment, offset)
        begin = offset + _HEADER_SIZE
        end = begin + length
        if end + 4 > len(segment):
            break
        if struct.unpack_from(">I", segment, end)[0] != crc32(segment[offset:end]):
            break
        if not frames and kind != OPENING:
            break
        frames.append(Frame(kind, priority, number, segment[begin:end], begin))
        offset = end + 4
    return frames, offset


class Segments:
    """The segments of one folder: `names`, oldest first, and an end to append to.

    folder: `Folder`, or what looks so. segment_size: bytes of a segment at most.
    """

    def __init__(self, folder, segment_size):
        self._folder = folder
        self._segment_size = segment_size
        self.names = []
        self._room = 0  # bytes that the last segment still takes
        self._next_name = 0
        self.bytes_written = 0  # for the wear; with openings and copies

    def load(self):
        """Read what is there; yields `(name, frames)` of each segment, oldest first."""
        for name in self._folder.names():
            try:
                number = int(name, 16) if len(name) == 8 else -1
            except ValueError:
                number = -1
            if number < 0:
                continue  # not ours
            segment = self._folder.read(name)
            frames, size = frames_of(segment)
            if not frames:
                self._folder.remove(name)  # the power went while it was opened
                continue
            self._next_name = number + 1
            self.names.append(name)
            # Nothing is written behind a torn frame: it would not be found again.
            self._room = self._segment_size - size if size == len(segment) else 0
            yield name, frames

    def append(self, kind, priority, number, data, next_number):
        """Add a frame; `(name, offset)` of its data. `OSError` when it cannot be written."""
        framed = frame_bytes(kind, priority, number, data)
        if len(framed) > self._room:
            self._open(next_number)
        name = self.names[-1]
        offset = self._segment_size - self._room + _HEADER_SIZE
        self._write(name, framed)
        return name, offset

    def read(self, name, offset, size):
        """Bytes of a segment."""
        return self._folder.read(name, offset, size)

    def remove_first(self):
        """Remove the oldest segment."""
        self._folder.remove(self.names[0])
        self.names.pop(0)

    def _open(self, next_number):
        name = "%08x" % self._next_name
        self._next_name += 1
        opening = frame_bytes(OPENING, 0, next_number, b"")
        self._room = self._segment_size
        self._write(name, opening)
        self.names.append(name)

    def _write(self, name, framed):
        room, self._room = self._room, 0  # should it fail, there may be a torn frame
        self._folder.append(name, framed)
        self.bytes_written += len(framed)
        self._room = room - len(framed)
