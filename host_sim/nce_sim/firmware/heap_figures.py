"""The heap that a blueprint takes of a board with 32-bit words, as `tools/board_heap.py` measured.

figures = heap_figures()
figures["coap"]["romfs"].peak           # bytes, garbage being collected
budget_of(figures["coap"]["romfs"])     # what it may grow to before a test fails

`romfs`: the code stays in the read-only file system; `files`: it is copied into the heap, as from
LittleFS; `frozen`: it is part of MicroPython's image.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).with_name("heap_figures.json")
WAYS = ("frozen", "romfs", "files")
# A run that needs more than this of what was measured has outgrown its figure.
SLACK = 1.05


@dataclass(frozen=True)
class HeapFigure:
    """Bytes in use: after the board's start, and at most of a run, garbage being collected."""

    boot: int
    peak: int


def heap_figures(path: Path = DATA) -> dict[str, dict[str, HeapFigure]]:
    """Blueprint -> way -> figure."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return {
        blueprint: {way: HeapFigure(**figure) for way, figure in ways.items()}
        for blueprint, ways in data.items()
    }


def budget_of(figure: HeapFigure) -> HeapFigure:
    """What a run may take at most."""
    return HeapFigure(int(figure.boot * SLACK), int(figure.peak * SLACK))
