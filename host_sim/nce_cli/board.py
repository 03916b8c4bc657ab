"""`nce board`: firmware built for a board, brought onto it, and followed.

nce board list
nce board build qemu --blueprint coap --set INTERVAL_S=600
nce board run qemu                          # in the emulator, with a simulated modem
nce board flash pico_sim7080g --port /media/me/RPI-RP2
nce board run pico_sim7080g --port /dev/ttyACM0
nce board config INTERVAL_S=600             # of ./config.py
nce board packages --output build/mip       # for mip
nce board image --output build/update.image  # an update for boards that run this firmware
"""

from __future__ import annotations

import dataclasses
import json

import typer
from rich.console import Console
from rich.table import Table

from nce_cli import (
    board_build,
    board_config,
    board_flash,
    board_packages,
    board_run,
    update_image,
)
from nce_cli.board_options import BoardName, Json, Source, board_named
from nce_cli.messages import refuse, say
from nce_sim.firmware.board_table import BoardTable, BoardUnknown, boards_of
from nce_sim.firmware.heap_figures import heap_figures
from nce_sim.firmware.tree import SOURCE_ROOT

app = typer.Typer(
    help="Build firmware for a board, flash it and follow it.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("list")
def list_boards(source: Source = SOURCE_ROOT, as_json: Json = False) -> None:
    """Show the boards, how they are flashed, and whether anybody tried them on silicon."""
    try:
        boards = boards_of(source)
    except BoardUnknown as error:
        refuse(error)
    if not boards:
        refuse(f"{source} holds no boards; name a clone of nce-iot with --source")
    if as_json:
        print(json.dumps([_as_object(board) for board in boards]))
        return
    table = Table()
    for heading in ("board", "what", "flashed by", "on silicon"):
        table.add_column(heading, overflow="fold")
    for board in boards:
        silicon = board.tried.get("silicon", "not yet")
        table.add_row(board.name, board.title, board.flash_with, silicon)
    Console().print(table)


@app.command()
def info(board: BoardName, source: Source = SOURCE_ROOT, as_json: Json = False) -> None:
    """Show one board: flash, heap, and what each blueprint takes of the heap."""
    table = board_named(board, source)
    if as_json:
        print(json.dumps(_as_object(table)))
        return
    console = Console()
    say(console, f"{table.name}: {table.title}")
    rows = {
        "MicroPython": image_of(table),
        "modem": table.modem_family or "any",
        "flashed by": table.flash_with,
        "flash": _size(table.flash_bytes),
        "file system": _size(table.filesystem_bytes, f"at {table.filesystem_offset:#x}"),
        "ROMFS": _size(table.romfs_bytes),
        "heap": _size(table.heap_bytes),
        **{f"tried, {way}": what for way, what in table.tried.items()},
    }
    for name, value in rows.items():
        say(console, f"  {name:18} {value}")
    way = "romfs" if table.romfs_bytes else "files"
    for blueprint, ways in heap_figures().items():
        if way in ways and table.is_flashed:
            peak = ways[way].peak
            fits = "fits" if peak <= table.heap_bytes else f"{peak - table.heap_bytes} B too much"
            say(console, f"  heap of {blueprint:10} {_size(peak)}, {fits}")
    page = table.folder / "README.md"
    if page.is_file():
        say(console, f"  wiring             {page}")


def image_of(board: BoardTable) -> str:
    """Upstream's name of the image, with the variant as in its files' names."""
    name = board.micropython or "-"
    return f"{name}-{board.variant}" if board.variant else name


def _size(size: int, where: str = "") -> str:
    return " ".join(filter(None, (f"{size} B", where))) if size else "none"


def _as_object(board: BoardTable) -> dict[str, object]:
    fields = dataclasses.asdict(board)
    return {"name": board.name, **fields, "folder": str(board.folder)}


app.command()(board_config.config)
app.command()(board_build.build)
app.command()(board_flash.flash)
app.command()(board_run.run)
app.command()(board_packages.packages)
app.command()(update_image.image)
