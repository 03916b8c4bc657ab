"""A modem line over a file descriptor, pumped by the running asyncio loop.

line = DescriptorLine(fd, modem, on_end=lambda: print("the host hung up"))
line.open()
line.close()                            # the descriptor stays its owner's
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from nce_sim.wire.line import ModemLine

WRITE_LIMIT = 65_536


def _to_nobody(data: bytes) -> None:
    """Output of a modem without a host."""


class DescriptorLine:
    """Bytes from a descriptor to the modem and back; output beyond `WRITE_LIMIT` is lost."""

    def __init__(
        self, fd: int, modem: ModemLine, on_end: Callable[[], None] | None = None
    ) -> None:
        self.bytes_lost = 0
        self._fd = fd
        self._modem = modem
        self._on_end = on_end
        self._pending = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Start pumping in the running loop."""
        os.set_blocking(self._fd, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)
        self._modem.send_to_host = self._send

    def close(self) -> None:
        """Stop pumping; closing twice is harmless."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        self._pending.clear()
        if self._modem.send_to_host == self._send:
            self._modem.send_to_host = _to_nobody

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._modem.receive_from_host(data)
        else:
            self._end()

    def _send(self, data: bytes) -> None:
        if self._loop is None:
            return
        room = max(0, WRITE_LIMIT - len(self._pending))
        self.bytes_lost += max(0, len(data) - room)
        was_idle = not self._pending
        self._pending += data[:room]
        if was_idle:
            self._writable()

    def _writable(self) -> None:
        if self._loop is None:
            return
        try:
            count = os.write(self._fd, self._pending)
            del self._pending[:count]
        except BlockingIOError:
            pass
        except OSError:
            self._end()
            return
        if self._pending:
            self._loop.add_writer(self._fd, self._writable)
        else:
            self._loop.remove_writer(self._fd)

    def _end(self) -> None:
        self.close()
        if self._on_end is not None:
            self._on_end()
