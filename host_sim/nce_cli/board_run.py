"""`nce board run`: the console of a board, or a build in the emulator with a simulated modem."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from nce_cli import board_console
from nce_cli.board_options import BoardName, Output, Source, board_named, need, output_of
from nce_cli.messages import refuse, say
from nce_cli.modem_sim import Family
from nce_sim.firmware.littlefs import ImageFailed
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.firmware.watched import FirmwareFailed

if TYPE_CHECKING:
    from nce_sim.record.timeline import Record
    from nce_sim.scenarios.emulated_run import EmulatedRun

# What `make boards` leaves, in a clone.
IMAGE = Path("build/qemu/firmware.elf")


def run(
    board: BoardName,
    port: Annotated[
        str | None, typer.Option(help="The board's serial port, such as /dev/ttyACM0.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Restart the firmware first (Ctrl-C, Ctrl-D).")
    ] = False,
    patience_s: Annotated[
        float,
        typer.Option(min=0, help="How long to wait for a port that goes away, as in a reset."),
    ] = board_console.PATIENCE_S,
    output: Output = None,
    image: Annotated[
        Path | None,
        typer.Option(help="MicroPython for the emulator. Default: build/qemu/firmware.elf."),
    ] = None,
    flash: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="The emulated board's flash. Default: a blank one."
        ),
    ] = None,
    family: Family = "bg95",
    messages: Annotated[
        int | None, typer.Option(min=1, help="With qemu: end when so many messages have arrived.")
    ] = None,
    limit_s: Annotated[
        float | None, typer.Option(min=1, help="With qemu: fail after this time. Default: never.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print all that happens in the world.")
    ] = False,
    source: Source = SOURCE_ROOT,
) -> None:
    """Follow a board's console until Ctrl-C; a port that goes away is opened again.

    The board `qemu` needs no port: its build runs in the emulator, beside a simulated modem,
    network and 1NCE OS, whose messages are printed, too. Exit status 0: enough messages have
    arrived; 1: the firmware failed; 3 to 9: the port, as of `nce doctor`; 130: Ctrl-C.
    """
    table = board_named(board, source)
    if table.port == "qemu":
        folder = output_of(table, output)
        stock = IMAGE if IMAGE.is_file() else source / IMAGE
        emulate(folder, image or stock, flash, family, messages, limit_s, verbose)
        return
    if not table.is_flashed:
        refuse(
            f"{table.name} is a process of this computer, with no console to follow; "
            "`nce sim demo` runs one with a simulated modem"
        )
    emulated = {"image": image, "flash": flash, "messages": messages, "limit-s": limit_s}
    for name, value in emulated.items():
        if value is not None:
            refuse(f"--{name} {value}: only the emulated board `qemu` has that; leave it out")
    if port is None:
        refuse(f"name the port of {table.name}: --port /dev/ttyACM0; found: {_found()}")
    need("serial", "pyserial")
    try:
        board_console.follow(port, sys.stdout, restart=restart, patience_s=patience_s)
    except board_console.PortLost as error:
        refuse(error, error.status)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(130) from None


def _found() -> str:
    need("serial", "pyserial")
    from nce_cli.ports import list_ports

    return ", ".join(port.path for port in list_ports()) or "none"


def emulate(
    folder: Path,
    image: Path,
    flash: Path | None,
    family: str,
    messages: int | None,
    limit_s: float | None,
    is_verbose: bool,
) -> None:
    """Run a build in the emulator, and print both sides."""
    from nce_cli.world_log import WorldLog
    from nce_sim.scenarios.emulated_run import EmulatedRun, files_of

    console = Console()
    try:
        files = files_of(folder)
    except (ImageFailed, OSError) as error:
        refuse(error)
    run = EmulatedRun(
        image, **files, family=family, flash=flash, stop_after=messages, limit_s=limit_s
    )
    log = WorldLog(run.start_ms, is_verbose)

    def tell(record: Record) -> None:
        for line in log.lines(record):
            say(console, f"[world] {line}")

    run.on_record = tell
    try:
        is_stopped = asyncio.run(_print_lines(run, console))
    except (FirmwareFailed, OSError) as error:
        refuse(error, 1)
    say(console, f"{len(run.messages)} messages arrived at 1NCE OS.")
    if is_stopped:
        raise typer.Exit(130)


async def _print_lines(run: EmulatedRun, console: Console) -> bool:
    """Whether a signal ended it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    async def print_all() -> None:
        async with aclosing(run.lines()) as lines:
            async for line in lines:
                say(console, f"[board] {line}")

    printing = asyncio.create_task(print_all())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({printing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if printing.done():
        printing.result()
        return False
    printing.cancel()
    await asyncio.gather(printing, return_exceptions=True)
    return True
