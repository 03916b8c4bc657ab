"""A modem line inside the process: a reader and a writer that look like asyncio's streams.

reader, writer = open_pipe(modem)
writer.write(b"AT\\r"); await writer.drain()
await reader.read(64)                   # 1..64 bytes; b"" when the line is gone

board = PipeBoard(modem)                # the same as a board, for code that wants one
await board.open_uart(); board.power_key(True)

PipeBoard(modem, on_rate=modem.uart.host_is_at)     # another rate than the modem's is gibberish
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nce_sim.clock import Clock, VirtualClock, VirtualLoop
from nce_sim.wire.line import ModemLine

RECEIVE_LIMIT = 1 << 20


class WrongLoop(RuntimeError):
    """The line of a virtual world, in a loop that does not move the world's clock."""


class PipeReader:
    """The host's receiving side; what exceeds its buffer is lost, as on a UART."""

    def __init__(self, limit: int = RECEIVE_LIMIT, clock: Clock | None = None) -> None:
        self.bytes_lost = 0
        self._clock = clock
        self._limit = limit
        self._buffer = bytearray()
        self._is_closed = False
        self._arrived = asyncio.Event()

    def feed(self, data: bytes) -> None:
        """Take bytes from the modem."""
        room = max(0, self._limit - len(self._buffer))
        self.bytes_lost += max(0, len(data) - room)
        self._buffer += data[:room]
        self._arrived.set()

    def feed_eof(self) -> None:
        """The line is gone."""
        self._is_closed = True
        self._arrived.set()

    async def read(self, n: int = -1) -> bytes:
        """Up to `n` bytes as soon as there are any; b"" at the end of the line.

        Raises `WrongLoop` where it would wait for ever.
        """
        while not self._buffer and not self._is_closed:
            _require_loop_of(self._clock)
            self._arrived.clear()
            await self._arrived.wait()
        size = len(self._buffer) if n < 0 else min(n, len(self._buffer))
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class PipeWriter:
    """The host's sending side."""

    def __init__(self, receive: Callable[[bytes], None], reader: PipeReader) -> None:
        self._receive = receive
        self._reader = reader
        self._is_closed = False

    def write(self, data: bytes) -> None:
        """Send bytes to the modem; OSError after `close`."""
        if self._is_closed:
            raise OSError("the line to the modem is closed")
        self._receive(bytes(data))

    async def drain(self) -> None:
        """Let the modem work; there is no queue here to wait for."""
        await asyncio.sleep(0)

    def close(self) -> None:
        """Hang up; the reader ends."""
        self._is_closed = True
        self._reader.feed_eof()

    async def wait_closed(self) -> None:
        """Does nothing: code that takes a stream may call it."""

    def unplug(self) -> None:
        """From now on, bytes that are written are lost."""
        self._receive = _unheard


def _unheard(data: bytes) -> None:
    """Bytes on a line that ends nowhere."""


def _require_loop_of(clock: Clock | None) -> None:
    """Raise `WrongLoop` where virtual time stands still."""
    if not isinstance(clock, VirtualClock):
        return
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop) or loop.clock is not clock:
        raise WrongLoop(
            "this world's time is virtual and stands still in this asyncio loop; make the test "
            "`async def` (the pytest plugin runs it), or run the program by nce_sim.run_virtual"
        )


def open_pipe(modem: ModemLine) -> tuple[PipeReader, PipeWriter]:
    """Join a modem to a new pair of streams."""
    reader = PipeReader(clock=getattr(modem, "clock", None))
    modem.send_to_host = reader.feed
    return reader, PipeWriter(modem.receive_from_host, reader)


class PipeBoard:
    """A board whose UART and power key end at a simulated modem."""

    def __init__(
        self,
        modem: ModemLine,
        *,
        baudrate: int = 115_200,
        rtscts: bool = False,
        on_rate: Callable[[int], None] | None = None,
    ) -> None:
        self._modem = modem
        self.rtscts = rtscts
        self._on_rate = on_rate
        if on_rate is not None:  # else the line has no rate, and the board no such attribute
            self.baudrate = baudrate
        self._writers: list[PipeWriter] = []
        self._has_power = True

    async def open_uart(self, baudrate: int | None = None) -> tuple[PipeReader, PipeWriter]:
        """A new pair of streams; an older one hears nothing from then on.

        Raises `WrongLoop` in a loop that does not move the clock of the modem's world.
        """
        _require_loop_of(getattr(self._modem, "clock", None))
        if self._on_rate is not None:
            self._on_rate(baudrate or self.baudrate)
        reader, writer = open_pipe(self._modem)
        self._writers = [writer]
        if not self._has_power:
            self.cut_power()
        return reader, writer

    def cut_power(self) -> None:
        """The board is dead: what its program still does reaches nobody, and it hears nothing.

        The modem may have a supply of its own; `modem.cut_power()` ends that one.
        """
        self._has_power = False
        self._modem.send_to_host = _unheard
        for writer in self._writers:
            writer.unplug()
        self._writers = []

    def restore_power(self) -> None:
        """The board works again, for a program that opens its UART from now on."""
        self._has_power = True

    def power_key(self, is_pressed: bool) -> None:
        """Press PWRKEY, or release it; a board without power does neither."""
        if not self._has_power:
            return
        if is_pressed:
            self._modem.press_power_key()
        else:
            self._modem.release_power_key()
