"""`nce hil replay` and `nce sim replay`: a recorded modem answers a firmware, piece by piece.

nce sim replay session.jsonl --pty
nce hil replay session.jsonl --port /dev/ttyUSB0
"""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from nce_cli.messages import refuse, say

if TYPE_CHECKING:
    from nce_sim.record.replay import Replay

MOST_BYTES = 64_000_000  # of a session's file
# For the host to read the last piece before its line goes.
LAST_READ_S = 0.5


app = typer.Typer(add_completion=False)


@app.command()
def replay(
    session: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="A session that was recorded."),
    ],
    pty: Annotated[bool, typer.Option("--pty", help="Make a pseudo-terminal (default).")] = False,
    port: Annotated[
        str | None, typer.Option(help="Answer at this serial port, or its URL: rfc2217://…")
    ] = None,
    baud: Annotated[
        int, typer.Option(min=300, max=4_000_000, help="The serial port's rate.")
    ] = 115_200,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Answer a host as the modem of a recorded session did, at its pace.

    A host that sends something else is told from where on it differs, exit status 1. Where the
    session is masked by asterisks, a host may send any byte.
    """
    from nce_sim.record.replay import SessionMistake, read_session

    if pty and port is not None:
        raise typer.BadParameter("give only one of --pty and --port")
    if session.stat().st_size > MOST_BYTES:
        raise typer.BadParameter(f"{session} has more than {MOST_BYTES} bytes")
    try:
        entries = read_session(session.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SessionMistake) as error:
        raise typer.BadParameter(f"{session}: {error}") from error
    if not entries:
        raise typer.BadParameter(f"{session} holds no session")
    console = Console(stderr=as_json)
    try:
        played, is_stopped = asyncio.run(_play(entries, port, baud, console, as_json))
    except OSError as error:
        if port is None:
            refuse(error, 1)
        from nce_cli.port_problem import refuse_port

        refuse_port(port, error)
    if played.deviation is not None:
        refuse(f"the host left the session at {played.deviation}", 1)
    if not played.is_over:
        if is_stopped:
            say(console, "Stopped before the end of the session.")
            raise typer.Exit(130)
        refuse("the port went away before the end of the session", 9)
    say(console, "The session is over.")


async def _play(
    entries: Any, port: str | None, baud: int, console: Console, as_json: bool
) -> tuple[Replay, bool]:
    """Play to the end, Ctrl-C, or the end of the port; whether Ctrl-C ended it."""
    from nce_sim.clock import LoopClock
    from nce_sim.record.replay import Replay

    stop, over, gone = (asyncio.Event() for _ in range(3))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    played = Replay(entries, LoopClock())
    played.on_end = over.set
    line, path = await _line_of(played, port, baud, gone)
    try:
        if as_json:
            print(json.dumps({"port": path, "pieces": len(entries)}), flush=True)
        else:
            say(console, f"A recorded modem answers at {path}; press Ctrl-C to stop.")
        waits = [loop.create_task(event.wait()) for event in (stop, over, gone)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        if over.is_set():
            await asyncio.sleep(LAST_READ_S)
    finally:
        ending = line.close()
        if ending is not None:
            await ending
    return played, stop.is_set()


async def _line_of(
    played: Replay, port: str | None, baud: int, gone: asyncio.Event
) -> tuple[Any, str]:
    """The port of a session, and its name."""
    if port is None:
        from nce_sim.ports.pty import PtyPort

        made = PtyPort(played)
        return made, made.path
    if "://" in port:
        from nce_sim.ports.remote_serial import RemoteSerialPort

        return await RemoteSerialPort.open(played, port, baud, ended=gone), port
    from nce_sim.ports.serial_device import SerialPort

    return SerialPort(played, port, baud, ended=gone), port
