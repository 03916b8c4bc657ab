"""A command line on its way in: backspace, `A/`, the limit (ITU-T V.250, 5.2).

editor = LineEditor(limit=2048)
end, to_echo, line = editor.take(b"AT+CSQ\\r", 0)       # Line("+CSQ")
"""

from __future__ import annotations

import re
from typing import NamedTuple

CR, LF, BACKSPACE = 0x0D, 0x0A, 0x08
_TEXT = re.compile(rb"[^\r\n\x08]+")


class Line(NamedTuple):
    """A whole line: what follows its `AT`, None when there is none, or when it was too long."""

    body: str | None
    is_overlong: bool = False


class LineEditor:
    """Collects one line after the other."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = bytearray()
        self._is_overlong = False
        self._last_body = ""

    @property
    def is_empty(self) -> bool:
        """Whether the next byte begins a line."""
        return not self._line

    def take(self, data: bytes, position: int) -> tuple[int, bytes, Line | None]:
        """Take bytes up to the end of a line; where it stopped, what to echo, and the line."""
        start, shown = position, b""
        while position < len(data):
            text = _TEXT.match(data, position)
            if text is not None and not self._repeats(text[0][:2]):
                room = self._limit - len(self._line)
                self._line += text[0][:room]
                self._is_overlong |= len(text[0]) > room
                position = text.end()
                continue
            byte = data[position]
            position += 1
            if byte == LF:
                # The LF of a CRLF is not part of the next line, and not echoed.
                shown += data[start : position - 1]
                start = position
            elif byte == CR:
                return position, shown + data[start:position], self._end()
            elif byte == BACKSPACE:
                del self._line[-1:]
            else:  # `A/`, which needs no end of a line
                self._line.append(byte)
                if len(self._line) == 2:
                    self._line.clear()
                    return position, shown + data[start:position], Line(self._last_body)
        return position, shown + data[start:position], None

    def _repeats(self, text: bytes) -> bool:
        """Whether the line and what comes begin with `A/`."""
        return (bytes(self._line[:2]) + text)[:2].upper() == b"A/"

    def _end(self) -> Line:
        line, is_overlong = bytes(self._line), self._is_overlong
        self._line.clear()
        self._is_overlong = False
        if is_overlong:
            return Line(None, is_overlong=True)
        prefix = line.upper().find(b"AT")
        if prefix < 0:
            return Line(None)  # whatever precedes the prefix is ignored (V.250, 5.2.1)
        self._last_body = line[prefix + 2 :].decode("latin-1")
        return Line(self._last_body)
