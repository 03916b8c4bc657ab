"""`nce board flash`: a build onto a board, by mpremote, esptool or as a UF2 file."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from nce_cli.board_options import (
    BoardName,
    DryRun,
    Output,
    Source,
    board_named,
    need,
    output_of,
)
from nce_cli.messages import refuse, say
from nce_sim.firmware.board_build import LITTLEFS, ROMFS, TREE, UF2, BuildReport, read_report
from nce_sim.firmware.board_table import BoardTable
from nce_sim.firmware.littlefs import ImageFailed
from nce_sim.firmware.tree import SOURCE_ROOT

Way = Literal["uf2", "esptool", "mpremote"]
BAUDRATE = "460800"
TIMEOUT_S = 900
# A boot loader's drive has this file in its root.
DRIVE_FILE = "INFO_UF2.TXT"
DRIVES = ("/media/*/*", "/run/media/*/*", "/Volumes/*", "/mnt/*")
CHUNK = 65_536
# A firmware that was running has begun one, which nobody feeds while files are copied: it would
# restart the board after 8 s. ENABLE in CTRL, by the alias that clears bits (RP2040 datasheet,
# 2.1.2 and 4.7.6; RP2350 datasheet, 12.9.7). An ESP32 cannot stop it.
STOP_WATCHDOG = (
    "import sys, machine; machine.mem32[(0x400D8000 if 'RP2350' in sys.implementation._machine "
    "else 0x40058000) + 0x3000] = 1 << 30"
)
REPLACES = "the board's file system is replaced: records and keys that it keeps are lost"


@dataclass(frozen=True)
class Plan:
    """What flashing does: a program that is run, or a file that is copied to a drive."""

    program: tuple[str, ...] = ()
    file: Path | None = None
    target: Path | None = None
    warning: str = ""

    def __str__(self) -> str:
        if self.program:
            return shlex.join(("python", *self.program[1:]))
        return f"copy {self.file} to {self.target or 'the drive of its boot loader'}"


def flash(
    board: BoardName,
    port: Annotated[
        str | None,
        typer.Option(
            help="The board's serial port; for a UF2 file the drive of its boot loader, which is "
            "looked for by default."
        ),
    ] = None,
    way: Annotated[
        Way | None, typer.Option("--by", help="Another way than the board's own.")
    ] = None,
    output: Output = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before replacing.")] = False,
    source: Source = SOURCE_ROOT,
) -> None:
    """Put a build of `nce board build` onto a board that already has MicroPython.

    uf2 and esptool write the whole file system, mpremote copies file by file and leaves others
    there. Only the programs of the extra `boards` are used.
    """
    table = board_named(board, source)
    folder = output_of(table, output)
    console = Console()
    try:
        report = read_report(folder)
    except ImageFailed as error:
        refuse(error)
    if report.board != table.name:
        refuse(f"{folder} is a build for {report.board}; build it: nce board build {table.name}")
    plan = plan_of(table, report, folder, port, way, dry_run)
    if plan.warning:
        say(console, f"Note: {plan.warning}.")
    if dry_run:
        say(console, f"Would {plan}" if plan.file else f"Would run: {plan}")
        return
    if plan.warning and not yes and sys.stdin.isatty():
        typer.confirm("Go on?", abort=True)
    if plan.program:
        _run(plan)
    else:
        _copy(plan, console)
    say(console, f"Done. Next: nce board run {table.name} --port PORT")


def plan_of(
    board: BoardTable,
    report: BuildReport,
    folder: Path,
    port: str | None,
    way: Way | None,
    is_dry: bool = False,
) -> Plan:
    """What to do for this board; ends the command where that is impossible.

    A dry run needs no drive.
    """
    chosen = way or board.flash_with
    if chosen == "none":
        refuse(
            f"{board.name} is not flashed: `nce board run qemu` starts a build"
            if board.port == "qemu"
            else f"{board.name} is a process of this computer: there is nothing to flash"
        )
    if chosen == "uf2":
        target = None if is_dry and port is None else _drive(port)
        return Plan(file=_made(folder / UF2, board, chosen), target=target, warning=REPLACES)
    if port is None:
        refuse(f"name the port of {board.name}: --port /dev/ttyUSB0 (`nce doctor` lists ports)")
    if chosen == "esptool":
        image = _made(folder / LITTLEFS, board, chosen)
        offset = f"{board.filesystem_offset:#x}"
        program = ("-m", "esptool", "--port", port, "--baud", BAUDRATE, "write-flash")
        return Plan((sys.executable, *program, offset, str(image)), warning=REPLACES)
    connect = (sys.executable, "-m", "mpremote", "connect", port)
    if report.way == "romfs":
        return Plan((*connect, "romfs", "deploy", str(_made(folder / ROMFS, board, chosen))))
    # Each entry by its name: of a folder, mpremote copies the folder itself. Without the `+`,
    # `reset` would be where to copy to, on this computer.
    entries = map(str, _entries(folder / TREE, board))
    first = ("exec", STOP_WATCHDOG) if board.port == "rp2" else ()
    return Plan((*connect, *first, "fs", "cp", "-r", *entries, ":", "+", "reset"))


def _entries(tree: Path, board: BoardTable) -> list[Path]:
    """What goes to the root of the board's flash."""
    found = sorted(tree.iterdir()) if tree.is_dir() else []
    if not found:
        refuse(f"{tree} holds nothing; build it again: nce board build {board.name}")
    return found


def _made(image: Path, board: BoardTable, way: str) -> Path:
    if not image.is_file():
        refuse(f"the build for {board.name} has no {image.name}; choose another way than {way}")
    return image


def _drive(port: str | None) -> Path:
    """The root of the boot loader's drive."""
    if port is not None:
        if not (Path(port) / DRIVE_FILE).is_file():
            refuse(
                f"{port} is no drive of a UF2 boot loader: it has no {DRIVE_FILE}; hold BOOTSEL "
                "while you plug the board in, and name the drive that appears",
                1,
            )
        return Path(port)
    found = [
        path.parent
        for pattern in DRIVES
        for path in sorted(Path("/").glob(f"{pattern[1:]}/{DRIVE_FILE}"))
    ]
    if len(found) != 1:
        what = "there are several: " + ", ".join(map(str, found)) if found else "there is none"
        refuse(
            f"no drive of a UF2 boot loader, {what}; hold BOOTSEL while you plug the board in, "
            "and name the drive by --port if it is not found",
            1,
        )
    return found[0]


def _run(plan: Plan) -> None:
    need(plan.program[2], plan.program[2])
    try:
        done = subprocess.run(plan.program, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        refuse(f"{plan.program[2]} did not end within {TIMEOUT_S} s: {plan}", 1)
    except KeyboardInterrupt:
        typer.echo("Interrupted: flash the board again before you use it.", err=True)
        raise typer.Exit(130) from None
    if done.returncode:
        refuse(f"{plan.program[2]} ended with status {done.returncode}: {plan}", 1)


def _copy(plan: Plan, console: Console) -> None:
    assert plan.file is not None
    assert plan.target is not None
    size = plan.file.stat().st_size
    free = shutil.disk_usage(plan.target).free
    if free < size:
        refuse(f"{plan.target} takes {free} bytes, and {plan.file} has {size}", 1)
    target = plan.target / plan.file.name
    try:
        with (
            Progress(console=console, transient=True) as bar,
            plan.file.open("rb") as source,
            target.open("wb") as drive,
        ):
            task = bar.add_task("copying", total=size)
            while data := source.read(CHUNK):
                drive.write(data)
                drive.flush()
                bar.advance(task, len(data))
            os.fsync(drive.fileno())
    except OSError as error:
        refuse(f"{target}: {error}; flash the board again before you use it", 1)
