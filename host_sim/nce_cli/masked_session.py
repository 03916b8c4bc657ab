"""Masks a recorded session, so that it can be shared: asterisks for secrets, the same length.

    masker = SessionMasker()
    for entry in recorded:
        write(masker.add(entry))        # as soon as the lines in them are whole
    write(masker.rest())

Lines are put together across pieces, masked by the driver's own masker, and cut up again, so that
the session still plays back.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from nce_modem.at.masking import mask_lines
from nce_sim.record.replay import Entry

_LINE = re.compile(rb"[^\r\n]+")
_MARKS = {"tx": "> ", "rx": "< "}


@dataclass
class _Line:
    """Where a line lies within the bytes of its direction; `end` is None while it may grow."""

    direction: str
    start: int
    end: int | None = None


class SessionMasker:
    """Takes pieces and gives them back masked, in their order, each when its lines are whole."""

    def __init__(self) -> None:
        self._pieces: deque[Entry] = deque()
        self._streams = {"tx": bytearray(), "rx": bytearray()}  # of the pieces that are held
        self._masked_up_to = {"tx": 0, "rx": 0}
        self._open: dict[str, _Line | None] = {"tx": None, "rx": None}
        # In the order in which the masker sees them. What the modem began to say before a command
        # was whole is no answer to it, so a received line takes its place where it begins.
        self._lines: deque[_Line] = deque()
        self._next: deque[str] = deque()
        self._shown = iter(mask_lines(iter(self._next.popleft, None)))

    def add(self, piece: Entry) -> list[Entry]:
        """The pieces that are whole now."""
        direction = piece.direction
        stream = self._streams[direction]
        start = len(stream)
        stream += piece.data
        self._pieces.append(piece)
        self._cut(direction, start)
        return self._give()

    def rest(self) -> list[Entry]:
        """All that is held, at the end of the session."""
        for direction in self._streams:
            self._close(direction, len(self._streams[direction]))
        return self._give()

    def _cut(self, direction: str, start: int) -> None:
        stream = self._streams[direction]
        position = start
        for found in _LINE.finditer(stream, start):
            if found.start() > position:
                self._close(direction, position)
            if self._open[direction] is None:
                self._open[direction] = line = _Line(direction, found.start())
                if direction == "rx":
                    self._lines.append(line)
            position = found.end()
        if position < len(stream):
            self._close(direction, position)

    def _close(self, direction: str, end: int) -> None:
        line = self._open[direction]
        self._open[direction] = None
        if line is not None:
            line.end = end
            if direction == "tx":
                self._lines.append(line)

    def _give(self) -> list[Entry]:
        while self._lines and self._lines[0].end is not None:
            self._mask(self._lines.popleft())
        for direction, stream in self._streams.items():
            held = [line for line in (*self._lines, self._open[direction]) if line is not None]
            starts = [line.start for line in held if line.direction == direction]
            self._masked_up_to[direction] = min(starts, default=len(stream))
        found = []
        while self._pieces:
            piece = self._pieces[0]
            stream, size = self._streams[piece.direction], len(piece.data)
            if self._masked_up_to[piece.direction] < size:
                break
            found.append(Entry(piece.at_ms, piece.direction, bytes(stream[:size])))
            self._forget(piece.direction, size)
            self._pieces.popleft()
        return found

    def _mask(self, line: _Line) -> None:
        stream = self._streams[line.direction]
        # One character a byte, so that nothing changes its length.
        text = stream[line.start : line.end].decode("latin-1")
        self._next.append(_MARKS[line.direction] + text)
        covered = _covered(text, next(self._shown)[2:])
        stream[line.start : line.end] = covered.encode("latin-1")

    def _forget(self, direction: str, size: int) -> None:
        """The first `size` bytes of a direction were given back."""
        del self._streams[direction][:size]
        self._masked_up_to[direction] -= size
        lines = [*self._lines, self._open[direction]]
        for line in {id(line): line for line in lines if line is not None}.values():
            if line.direction == direction:
                line.start -= size
                line.end = None if line.end is None else line.end - size


def masked(entries: Iterable[Entry]) -> list[Entry]:
    """The pieces, at their times and of their sizes, with asterisks in place of secrets."""
    masker = SessionMasker()
    result = [piece for entry in entries for piece in masker.add(entry)]
    return result + masker.rest()


def _covered(text: str, shown: str) -> str:
    """`text` with asterisks where `shown` says something else."""
    if len(shown) == len(text):
        return shown
    kept = 0
    while kept < min(len(text), len(shown)) and text[kept] == shown[kept]:
        kept += 1
    return text[:kept] + "*" * (len(text) - kept)
