"""A recorded session fit to be given away: each secret overwritten, no byte more or less.

    from nce_sim.record.replay import write_session

    Path("session.jsonl").write_text(write_session(masked(board.entries)))

Lines are put together across pieces, masked by the driver's own masker, and cut up again, so that
the session still plays back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nce_modem.at.masking import mask_lines
from nce_sim.record.replay import Entry

_LINE = re.compile(rb"[^\r\n]+")
_MARKS = {"tx": "> ", "rx": "< "}


@dataclass
class _Line:
    """Where a line lies within the bytes of its direction, and what it says."""

    direction: str
    start: int
    end: int
    text: str
    ended_at: int  # the piece that ends it: lines are judged in this order


def masked(entries: Iterable[Entry]) -> list[Entry]:
    """The pieces, at their times and of their sizes, with asterisks for what is nobody's."""
    pieces = list(entries)
    streams = {"tx": bytearray(), "rx": bytearray()}
    ends: dict[str, list[tuple[int, int]]] = {"tx": [], "rx": []}
    for number, piece in enumerate(pieces):
        streams[piece.direction] += piece.data
        ends[piece.direction].append((len(streams[piece.direction]), number))
    lines = [line for direction in streams for line in _lines(direction, streams, ends)]
    lines.sort(key=lambda line: line.ended_at)
    shown = mask_lines([_MARKS[line.direction] + line.text for line in lines])
    for line, text in zip(lines, shown, strict=True):
        covered = _covered(line.text, text[2:])
        streams[line.direction][line.start : line.end] = covered.encode("latin-1")
    taken = {"tx": 0, "rx": 0}
    result = []
    for piece in pieces:
        start = taken[piece.direction]
        end = taken[piece.direction] = start + len(piece.data)
        result.append(
            Entry(piece.at_ms, piece.direction, bytes(streams[piece.direction][start:end]))
        )
    return result


def _lines(
    direction: str, streams: dict[str, bytearray], ends: dict[str, list[tuple[int, int]]]
) -> Iterable[_Line]:
    upcoming = iter(ends[direction])
    end, number = next(upcoming, (0, 0))
    for found in _LINE.finditer(streams[direction]):
        while end < found.end():
            end, number = next(upcoming)
        # One character a byte, so that nothing changes its length.
        text = found.group().decode("latin-1")
        yield _Line(direction, found.start(), found.end(), text, number)


def _covered(text: str, shown: str) -> str:
    """`text` with asterisks where `shown` says something else."""
    if len(shown) == len(text):
        return shown
    kept = 0
    while kept < min(len(text), len(shown)) and text[kept] == shown[kept]:
        kept += 1
    return text[:kept] + "*" * (len(text) - kept)
