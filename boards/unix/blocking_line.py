"""A UART on a descriptor that blocks: one byte at a time, each after a look whether it may.

    line = BlockingLine(3)
    data = await line.read(256)             # what is there, b"" at the end
    line.write(b"AT\\r"); await line.drain()

MicroPython reads until it has as many bytes as were asked for, and cannot make a descriptor
non-blocking: asked for more than there is, the whole program would stand still.
"""

import asyncio
import select

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Callable


_QUEUE = asyncio.core._io_queue  # type: ignore[attr-defined]


class BlockingLine:
    """Reader and writer in one. It has no `close`: nobody could open the descriptor again."""

    def __init__(self, descriptor: int) -> None:
        self._file = open(descriptor, "r+b", 0)
        self._can_read = select.poll()
        self._can_read.register(self._file, select.POLLIN)
        self._can_write = select.poll()
        self._can_write.register(self._file, select.POLLOUT)
        self._out = b""

    async def read(self, size: int) -> bytes:
        """1 to `size` bytes, b"" at the end of the line."""
        await _queued(_QUEUE.queue_read, self._file)
        data = bytearray()
        while len(data) < size and self._can_read.poll(0):
            byte = self._file.read(1)
            if not byte:
                break
            data += byte
        return bytes(data)

    def write(self, data: bytes) -> None:
        """Take bytes; `drain` writes them."""
        self._out += data

    async def drain(self) -> None:
        """Write everything that was taken; the caller bounds the time."""
        written = 0
        try:
            while written < len(self._out):
                await _queued(_QUEUE.queue_write, self._file)
                while written < len(self._out) and self._can_write.poll(0):
                    written += self._file.write(self._out[written : written + 1])
        finally:
            self._out = self._out[written:]


def _queued(queue: "Callable[[Any], object]", file: "Any") -> "Any":
    # What the interpreter's own streams do.
    yield queue(file)
