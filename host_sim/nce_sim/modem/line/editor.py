"""A command line on its way in: backspace, `A/`, the limit (ITU-T V.250, 5.2).

editor = LineEditor(limit=2048)
end, to_echo, line = editor.take(b"AT+CSQ\\r", 0)       # Line("+CSQ")

`QuotingEditor` is that of applications which read lines by rules of their own (`LineRules`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

CR, LF, BACKSPACE, DELETE, QUOTE = 0x0D, 0x0A, 0x08, 0x7F, 0x22
_TEXT = re.compile(rb"[^\r\n\x08]+")
# What a line that minds quotes takes as it is: in quotes, and outside of them.
_QUOTED, _UNQUOTED = re.compile(rb'[^"\x08\x7f]+'), re.compile(rb'[^"\x08\x7f\r\n]+')


class Line(NamedTuple):
    """A whole line: what follows its `AT`, None when there is none, or when it was too long."""

    body: str | None
    is_overlong: bool = False
    is_refused: bool = False  # whatever it says: ERROR


class LineRules(NamedTuple):
    """How an application reads lines that is no V.250 modem.

    An end within quotes is none: an odd quote swallows all up to the next one. `body` is a pattern
    of what may follow `AT`; what does not begin so is an ERROR, or is passed over in silence.
    """

    end: bytes = b"\r"  # or b"\r\n": a CR alone is then part of the line
    body: str = ".*"
    foreign_lines_are_errors: bool = False


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


class QuotingEditor:
    """Collects lines as an application does that minds quotes and its own end of a line.

    The rules are those of Nordic's sources, `slm_at_host.c` and `sm_at_host.c` (S).
    """

    def __init__(self, limit: int, rules: LineRules) -> None:
        self._limit = limit
        self._rules = rules
        self._body = re.compile(rules.body, re.DOTALL)
        self._line = bytearray()
        self._is_in_quotes = False

    @property
    def is_empty(self) -> bool:
        """Whether the next byte begins a line."""
        return not self._line

    def take(self, data: bytes, position: int) -> tuple[int, bytes, Line | None]:
        """Take bytes up to the end of a line; where it stopped, what to echo, and the line."""
        start = position
        while position < len(data):
            plain = (_QUOTED if self._is_in_quotes else _UNQUOTED).match(data, position)
            if plain is not None:
                self._line += plain[0]
                position = plain.end()
                continue
            byte = data[position]
            position += 1
            if byte in (BACKSPACE, DELETE):
                del self._line[-1:]
            elif self._is_in_quotes:
                self._line.append(byte)
                self._is_in_quotes = False
            elif self._ends(byte):
                return position, data[start:position], self._end()
            elif byte != LF or self._needs_line_feed:
                self._line.append(byte)
                self._is_in_quotes = byte == QUOTE
        return position, data[start:position], None

    @property
    def _needs_line_feed(self) -> bool:
        return self._rules.end == b"\r\n"

    def _ends(self, byte: int) -> bool:
        if not self._needs_line_feed:
            return byte == CR
        if byte != LF or self._line[-1:] != b"\r":
            return False
        del self._line[-1:]
        return True

    def _end(self) -> Line:
        line = bytes(self._line)
        self._line.clear()
        if len(line) > self._limit:
            return Line(None, is_overlong=True)
        if line[:2].upper() != b"AT":
            return Line(None, is_refused=bool(line) and self._rules.foreign_lines_are_errors)
        body = line[2:].decode("latin-1")
        return Line(body, is_refused=self._body.fullmatch(body) is None)
