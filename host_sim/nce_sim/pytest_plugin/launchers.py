"""What an emulated board of a test carries: the files beside its firmware, and what starts that.

module, files = beside(Path("tests/beacon.py"))     # "beacon", {Path("beacon.py"): …, …}
MAIN.format(module=module)                          # the program that starts it
"""

from __future__ import annotations

from pathlib import Path

MAIN = """import asyncio
from board import Board
from {module} import run
asyncio.run(run(Board()))
"""
# `main` is the launcher, and `board` that of the board.
NOT_CARRIED = ("conftest", "board", "main")


def beside(file: Path) -> tuple[str, dict[Path, Path]]:
    """The module that `file` is on the board, and path on the board -> source of all there."""
    module = "board_main" if file.stem == "main" else file.stem
    files = {
        Path(source.name): source
        for source in sorted(file.parent.glob("*.py"))
        if not source.name.startswith("test_") and source.stem not in NOT_CARRIED
    }
    files.pop(Path(file.name), None)
    return module, {**files, Path(f"{module}.py"): file}
