"""MicroPython as WebAssembly: the modem's line ends in JavaScript, `run.mjs` beside this file.

board = Board()
reader, writer = await board.open_uart()
"""

import asyncio

import js  # type: ignore[import-not-found]

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


class Line:
    """Reader and writer in one. Bytes pass as hexadecimal digits: a text is cheap to hand over."""

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._written = bytearray()
        self._more = asyncio.Event()
        self._has_ended = False

    def feed(self, digits: "str | None") -> None:
        """Bytes from the modem; None at the end of the line."""
        if digits is None:
            self._has_ended = True
        else:
            self._arrived += bytes.fromhex(digits)
        self._more.set()

    async def read(self, size: int) -> bytes:
        """1 to `size` bytes, b"" at the end of the line."""
        while not self._arrived and not self._has_ended:
            self._more.clear()
            await self._more.wait()
        data = bytes(self._arrived[:size])
        self._arrived = self._arrived[size:]
        return data

    def write(self, data: bytes) -> None:
        """Take bytes; `drain` hands them over."""
        self._written += data

    async def drain(self) -> None:
        """Hand over what was written."""
        js.modemWrite(self._written.hex())
        self._written = bytearray()

    def close(self) -> None:
        """End the line."""
        js.modemClose()


class Board:
    """One modem's UART; its power key is in nobody's reach."""

    power_key = None

    async def open_uart(self) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer)."""
        line = Line()
        js.modemOpen(line.feed)
        return line, line
