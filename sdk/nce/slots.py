"""Bytes that survive power loss at any instant: two files, of which the newest whole one counts.

    slots = Slots("session")     # session.0 and session.1
    slots.save(data)             # over the older one; the other stays whole meanwhile
    data = slots.load()          # the last bytes saved, or None

A file that was being written when the power went has a wrong digest and does not count. Anything
with `load()` and `save(data)` can stand in its place: RTC memory, NVS, a secure element.
"""

import hashlib
import struct

import nce.durable
from nce.const import const

if 1 - 1:
    from nce.seams import Disk


_ENOENT = const(2)


class Slots:
    """Two files, `path`.0 and `path`.1. `disk`: `nce.durable`, or a stand-in's load and write."""

    def __init__(self, path: str, disk: "Disk" = nce.durable) -> None:
        self._path = path
        self._disk = disk
        self._next = -1  # the number of the next save, once known

    def load(self) -> "bytes | None":
        """The bytes saved last, or None when there are none.

        Raises `OSError` when a file is there and cannot be read. Nothing is saved then, either:
        it is unknown which file is the older one. Remove both to begin again.
        """
        newest, data = -1, None
        for slot in (0, 1):
            number, found = self._read(slot)
            if number > newest:
                newest, data = number, found
        self._next = newest + 1
        return data

    def save(self, data: bytes) -> None:
        """Keep `data`. Raises `OSError` when it cannot be written; the last bytes then stay."""
        if self._next < 0:
            self.load()
        head = struct.pack(">I", self._next)
        digest = hashlib.sha256(head + data).digest()[:8]
        self._disk.write("%s.%d" % (self._path, self._next & 1), head + digest + data)
        self._next += 1

    def _read(self, slot: int) -> "tuple[int, bytes | None]":
        try:
            held = self._disk.load("%s.%d" % (self._path, slot))
        except OSError as error:
            if error.errno != _ENOENT:
                self._next = -1
                raise
            return -1, None
        head, digest, data = held[:4], held[4:12], held[12:]
        if len(held) < 12 or hashlib.sha256(head + data).digest()[:8] != digest:
            return -1, None
        return struct.unpack(">I", head)[0], data
