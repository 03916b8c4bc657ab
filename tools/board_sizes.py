"""Writes the table of sizes, docs/board_sizes.md: flash and heap of each board and blueprint.

    python tools/board_sizes.py             # builds each, and writes the page
    python tools/board_sizes.py --check     # 1 if the page is out of date by more than a twentieth

Flash is of builds with the usual settings; heap is what `tools/board_heap.py` measured.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nce_sim.firmware.blueprints import NEEDS
from nce_sim.firmware.board_table import BoardTable, boards_of
from nce_sim.firmware.heap_figures import WAYS, heap_figures
from nce_sim.firmware.littlefs import DoesNotFit, littlefs_image
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.slices import Wanted, needed_sources
from nce_sim.firmware.tree import compile_files, sources

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "board_sizes.md"
SLACK = 0.05
USUAL_TEMPLATE = "blueprints.status_codec"
KEPT_BYTES = 122_880  # for records, log and keys, with the usual settings
HEAD = """# Sizes of boards and blueprints

Written by `python tools/board_sizes.py`; tests compare it with what is built. All figures are
bytes. `nce board build` shows those of your configuration, and refuses what does not fit.

## Flash of each board

What a build takes of the board's file system, in whole blocks, with the usual settings and the
modules that the blueprint imports. {kept} bytes more stay free for records, log and keys. A board
whose heap is too small for code that is copied from LittleFS needs it frozen.
"""
HEAP = """
## Heap of each blueprint

Measured on the emulated Cortex-M3, whose words have 32 bits, by `python tools/board_heap.py`: what
is live after boot, and at most until some records are delivered. MicroPython needs more than what
is live: for `coap` a heap of 80 KiB is enough when the code is frozen, and of 128 KiB with
the code in ROMFS. From LittleFS the code is copied into the heap.

`blueprints/coap.py`, which sends a track and keeps nothing on flash, runs in 64 KiB when it is
frozen.
"""


def wanted_of(blueprint: str, board: BoardTable) -> Wanted:
    """What a blueprint needs on a board with the usual settings."""
    template = NEEDS[blueprint].get("TEMPLATE", USUAL_TEMPLATE)
    return Wanted(blueprint, template, board.modem_family or "ask")


def used_bytes(board: BoardTable, blueprint: str, scratch: Path) -> int:
    """What a build takes of the board's flash. Compiled files in `scratch` are used again."""
    files = needed_sources(sources(ROOT, board.folder), wanted_of(blueprint, board))
    tree = scratch / board.name
    compile_files(files, tree)
    if board.romfs_bytes:
        return len(romfs_image(tree))
    made = littlefs_image(
        tree, block_bytes=board.filesystem_block_bytes, total_bytes=board.filesystem_bytes
    )
    return made.used_bytes


def measured_boards() -> list[BoardTable]:
    """The boards with a flash."""
    return [board for board in boards_of(ROOT) if board.is_flashed]


def flash_rows(boards: list[BoardTable]) -> Iterator[str]:
    """The table of flash, line by line."""
    yield "| board | of | " + " | ".join(NEEDS) + " | heap | which is too small for |"
    yield "|---|---|" + "---|" * len(NEEDS) + "---|---|"
    with tempfile.TemporaryDirectory() as scratch:
        for board in boards:
            cells = []
            for blueprint in NEEDS:
                try:
                    cells.append(f"{used_bytes(board, blueprint, Path(scratch)):,}")
                except DoesNotFit as error:
                    cells.append(f"{error.missing_bytes:,} too much")
            size = board.romfs_bytes or board.filesystem_bytes
            cells += [f"{board.heap_bytes:,}", ", ".join(too_large_for(board)) or "none"]
            yield f"| `{board.name}` | {size:,} | " + " | ".join(cells) + " |"


def too_large_for(board: BoardTable) -> list[str]:
    """The blueprints that a build refuses for the heap."""
    way = "romfs" if board.romfs_bytes else "files"
    return [
        blueprint
        for blueprint, ways in heap_figures().items()
        if way in ways and ways[way].peak > board.heap_bytes
    ]


def heap_rows() -> Iterator[str]:
    """The table of heap, line by line."""
    yield "| blueprint | after boot | frozen | ROMFS | LittleFS |"
    yield "|---|---|---|---|---|"
    for blueprint, ways in heap_figures().items():
        cells = [f"{ways[way].peak:,}" if way in ways else "-" for way in WAYS]
        yield f"| `{blueprint}` | {ways['frozen'].boot:,} | " + " | ".join(cells) + " |"


def page() -> str:
    """The page, from builds."""
    flash = "\n".join(flash_rows(measured_boards()))
    head = HEAD.format(kept=f"{KEPT_BYTES:,}")
    return f"{head}\n{flash}\n{HEAP}\n" + "\n".join(heap_rows()) + "\n"


def figures_of(text: str) -> dict[tuple[str, int], str]:
    """Name and column -> cell, of the rows of both tables."""
    found: dict[tuple[str, int], str] = {}
    for line in text.splitlines():
        if row := re.match(r"\| `(\w+)` \| (.*) \|$", line):
            found.update(
                ((row[1], column), cell) for column, cell in enumerate(row[2].split(" | "))
            )
    return found


def differences(old: str, new: str) -> list[str]:
    """Cells of two pages that differ by more than `SLACK`."""
    before, after = figures_of(old), figures_of(new)
    return [
        f"{name}, column {column}: {before.get((name, column))} is {cell} now"
        for (name, column), cell in after.items()
        if not _is_near(before.get((name, column)), cell)
    ]


def _is_near(one: str | None, other: str) -> bool:
    if one is None or not (one[:1].isdigit() and other[:1].isdigit()):
        return one == other
    first, second = (int(re.sub(r"\D", "", text)) for text in (one, other))
    return abs(first - second) <= SLACK * max(first, second)


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    made = page()
    if arguments == ["--check"]:
        wrong = differences(PAGE.read_text(encoding="utf-8"), made)
        print("\n".join(wrong))
        return 1 if wrong else 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
