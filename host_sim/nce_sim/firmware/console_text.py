"""What a firmware prints, as lines that are safe for a terminal.

    text = ConsoleText()
    text.feed(b"boot\\r\\n\\x1b[2J")          # ["boot"]
    text.rest()                             # ["\\\\x1b[2J"]: escaped, as repr does

Bytes that are no UTF-8 and characters that a terminal obeys are escaped. A line without an end is
cut at `LONGEST_LINE`.
"""

from __future__ import annotations

import codecs

LONGEST_LINE = 4_096


class ConsoleText:
    """Bytes in, whole lines out."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` ends."""
        return self._split(self._decode(data))

    def rest(self) -> list[str]:
        """The line that has no end, when no more comes."""
        found = self._split(self._decode(b"", True))
        if self._rest:
            found.append(shown(self._rest))
        self._rest = ""
        return found

    def _split(self, text: str) -> list[str]:
        *whole, rest = (self._rest + text).split("\n")
        while len(rest) > LONGEST_LINE:
            whole.append(rest[:LONGEST_LINE])
            rest = rest[LONGEST_LINE:]
        self._rest = rest
        return [piece for line in whole for piece in _pieces(line)]


def shown(line: str) -> str:
    """The line without its end; what a terminal would obey is escaped."""
    line = line.rstrip("\r\n\t ")
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() or one == "\t" else _escaped(one) for one in line)


def _pieces(line: str) -> list[str]:
    starts = range(0, max(len(line), 1), LONGEST_LINE)
    return [shown(line[start : start + LONGEST_LINE]) for start in starts]


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
