"""`nce board build`: a board's file systems for a blueprint and a configuration."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from nce_cli.board_options import BoardName, DryRun, Json, Output, Source, board_named, output_of
from nce_cli.messages import refuse, say
from nce_sim.firmware.blueprints import NEEDS
from nce_sim.firmware.board_build import BuildReport, Order
from nce_sim.firmware.board_build import build as build_board
from nce_sim.firmware.board_table import BoardTable
from nce_sim.firmware.config_file import ConfigWrong, changed, settings_of
from nce_sim.firmware.littlefs import ImageFailed
from nce_sim.firmware.settings import CONFIG, Checked, check
from nce_sim.firmware.slices import Wanted
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed

Blueprint = Annotated[
    str | None, typer.Option(help="The blueprint, in the place of the configuration's.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Another value of a setting; may be repeated."
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Your config.py. Default: the firmware's, with usual values."),
]
Files = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        help="A folder of your own files, such as readings.py, which replace the firmware's.",
    ),
]


def build(
    board: BoardName,
    blueprint: Blueprint = None,
    sets: Sets = None,
    config: ConfigFile = None,
    files: Files = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Every module, for programs that import more than the blueprint does."
        ),
    ] = False,
    heap_bytes: Annotated[
        int | None, typer.Option(min=1, help="The heap of your board, if it is not the usual one.")
    ] = None,
    output: Output = None,
    dry_run: DryRun = False,
    source: Source = SOURCE_ROOT,
    as_json: Json = False,
) -> None:
    """Build the `.mpy` tree and the file-system images that a board needs.

    Shows the flash and the heap that it will take. What does not fit is refused, with the bytes
    that are missing; a wrong setting, with what is allowed. A modem that is part of the board
    becomes FAMILY, unless the configuration names one.
    """
    table = board_named(board, source)
    if heap_bytes is not None:
        table = dataclasses.replace(table, heap_bytes=heap_bytes)
    text, checked = configured(table, blueprint, sets or [], config, files, source)
    values = checked.values
    order = Order(
        board=table,
        config=text,
        wanted=Wanted(values["BLUEPRINT"], values["TEMPLATE"], values["FAMILY"]),
        kept_bytes=values["OUTBOX_BYTES"] + values["LOG_BYTES"],
        files=files,
        is_whole=whole,
        source_root=source,
    )
    folder = output_of(table, output)
    console = Console(stderr=as_json)
    try:
        if dry_run:
            with tempfile.TemporaryDirectory(prefix="nce-board-") as scratch:
                report = _built(order, Path(scratch) / "build", console)
        else:
            report = _built(order, folder, console)
    except (TreeFailed, ImageFailed, OSError) as error:
        refuse(error, 1)
    if as_json:
        print(json.dumps({**dataclasses.asdict(report), "free": report.free}))
        return
    _print(console, table, report)
    if dry_run:
        say(console, "Nothing was written: it was a dry run.")
    else:
        say(console, f"Built in {folder}. Next: {_next(table)}")


def configured(
    board: BoardTable,
    blueprint: str | None,
    sets: list[str],
    config: Path | None,
    files: Path | None,
    source: Path,
) -> tuple[str, Checked]:
    """The text of `config.py` with the changes, checked; ends the command when it is wrong."""
    path = source / "firmware" / CONFIG if config is None else config
    try:
        text = path.read_text(encoding="utf-8")
        pairs = [_pair(each) for each in sets]
        if blueprint is not None:
            pairs.append(("BLUEPRINT", blueprint))
        named = dict(pairs)
        present = settings_of(text, str(path))
        if present.get("FAMILY", "ask") == "ask" and board.modem_family:
            named.setdefault("FAMILY", board.modem_family)
        if config is None and "BLUEPRINT" in named:
            named = {**NEEDS.get(named["BLUEPRINT"].strip("'\""), {}), **named}
        for name, value in named.items():
            text = changed(text, name, value, str(path))
        checked = check(source, text, files)
    except (ConfigWrong, OSError, UnicodeDecodeError) as error:
        refuse(error)
    if checked.mistakes:
        refuse("\n".join(f"{CONFIG}: {mistake}" for mistake in checked.mistakes))
    return text, checked


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigWrong(f"--set {text!r}: give NAME=VALUE, such as INTERVAL_S=600")
    return name.strip(), value


def _built(order: Order, folder: Path, console: Console) -> BuildReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("compiling", total=None)
        return build_board(
            order, folder, lambda done, of: bar.update(task, completed=done, total=of)
        )


WAYS = {"romfs": "ROMFS", "files": "LittleFS", "tree": "files of this computer"}


def _print(console: Console, board: BoardTable, report: BuildReport) -> None:
    table = Table(title=f"{report.blueprint} on {board.title}", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    rows = [("modules", f"{report.modules}"), ("files", f"{report.code} B")]
    if report.way != "tree":
        rows += [
            (f"flash used, {WAYS[report.way]}", f"{report.used} B"),
            ("flash kept for records and log", f"{report.kept} B"),
            ("flash free, of", f"{report.free} of {report.flash} B"),
        ]
    if report.heap is None:
        rows.append(("heap", "not measured"))
    else:
        rows += [
            ("heap after boot", f"{report.heap.boot} B"),
            ("heap at most, of", f"{report.heap.peak} of {report.heap_of_board} B"),
        ]
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    for reason in report.refused:
        say(console, f"Left out: {reason}")


def _next(board: BoardTable) -> str:
    if board.port == "qemu":
        return f"nce board run {board.name}"
    if not board.is_flashed:
        return "run main with this folder's tree on the search path, see docs/firmware.md"
    return f"nce board flash {board.name} --port PORT"
