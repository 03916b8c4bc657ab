"""What the commands of `nce board` share: options, the board they name, the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nce_cli.messages import refuse
from nce_sim.firmware.board_table import BoardTable, BoardUnknown, board_of

BoardName = Annotated[
    str, typer.Argument(help="A name of `nce board list`, or the folder of a board of your own.")
]
Source = Annotated[Path, typer.Option(help="The source tree that holds firmware/ and boards/.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="The folder of the build. Default: build/boards/ and the board."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would happen; change nothing.")]
BUILDS = Path("build/boards")
EXTRA = "pip install 'nce-iot[boards]'"


def board_named(name: str, source: Path) -> BoardTable:
    """The board, or the end of the command."""
    try:
        return board_of(name, source)
    except BoardUnknown as error:
        refuse(error)


def output_of(board: BoardTable, output: Path | None) -> Path:
    """The folder of its build."""
    return BUILDS / board.name if output is None else output


def need(module: str, name: str) -> None:
    """End the command where a program of the extra is not installed."""
    from importlib.util import find_spec

    if find_spec(module) is None:
        refuse(f"{name} is not installed: {EXTRA}", 1)
