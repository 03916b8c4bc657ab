"""A line to a real modem that keeps what passes, for the report of a failure.

    heard = HeardLine(now_s)
    reader, writer = heard.joined(*await board.open_uart())
    heard.lines()                           # [(1200, "> AT+CSQ"), …]: milliseconds, line

`>` is to the modem, `<` from it. What is no text is kept as its length.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any

LINES = 400
LONGEST_LINE = 2_000


class HeardLine:
    """The last lines of both directions."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES)
        self._rest = {">": b"", "<": b""}

    def joined(self, reader: Any, writer: Any) -> tuple[Any, Any]:
        """The same streams, heard."""
        return _Reader(reader, self), _Writer(writer, self)

    def lines(self) -> list[tuple[int, str]]:
        """What is kept, the oldest first."""
        return list(self._lines)

    def hear(self, mark: str, data: bytes) -> None:
        """Bytes of a direction."""
        *whole, rest = re.split(rb"[\r\n]+", self._rest[mark] + data)
        if len(rest) > LONGEST_LINE:
            whole, rest = [*whole, rest], b""
        self._rest[mark] = rest
        for line in filter(None, whole):
            is_text = line.isascii() and line.decode("latin-1").isprintable()
            text = line.decode("ascii") if is_text else f"<{len(line)} bytes>"
            self._lines.append((int(self._now_s() * 1000), f"{mark} {text}"))


class _Reader:
    def __init__(self, reader: Any, heard: HeardLine) -> None:
        self._reader, self._heard = reader, heard

    async def read(self, size: int) -> bytes:
        data: bytes = await self._reader.read(size)
        self._heard.hear("<", data)
        return data


class _Writer:
    def __init__(self, writer: Any, heard: HeardLine) -> None:
        self._writer, self._heard = writer, heard

    def write(self, data: bytes) -> None:
        self._heard.hear(">", bytes(data))
        self._writer.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)
