"""`nce doctor`: why a modem does not attach, as text that can be pasted into a ticket.

nce doctor --port /dev/ttyUSB0
nce doctor --log session.jsonl
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from nce_modem import Modem
from nce_modem.doctor import Report, examine, render
from nce_modem.errors import UsageError
from nce_modem.log import read_log
from nce_modem.serial_board import SerialBoard

app = typer.Typer(add_completion=False)

MOST_LOG_BYTES = 64_000_000  # of a log; a session of `nce modem log` takes 50 MB at the most


def lines_of(log: Path) -> list[str]:
    """The lines of a log in any encoding that terminals write; `UsageError` if it is no file."""
    if not log.is_file():
        raise UsageError("it is not a regular file; copy the log into one")
    try:
        with log.open("rb") as file:
            data = file.read(MOST_LOG_BYTES + 1)
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}") from error
    if len(data) > MOST_LOG_BYTES:
        raise UsageError(f"it has more than {MOST_LOG_BYTES} bytes; cut out the part that matters")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    # Modems send zeros while they start.
    return data.decode(encoding, errors="replace").replace("\0", "").splitlines()


@app.command()
def doctor(
    port: Annotated[
        str | None,
        typer.Option(help="The modem's serial port, or its URL: socket://host:port, rfc2217://…"),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A recorded AT log instead of a modem."),
    ] = None,
    baud: Annotated[int, typer.Option(help="The port's rate.")] = 115_200,
    apn: Annotated[str, typer.Option(help="The APN to attach with.")] = "iot.1nce.net",
    power_line: Annotated[
        str | None, typer.Option(help="dtr or rts, when it drives the modem's power key.")
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for a network.")] = 5,
) -> None:
    """Attach a modem, or read a log of one, and say where it stops and what to try.

    Exit status 0 when the modem is attached, 1 when it is not, 2 when the file is not an AT log.
    """
    if (port is None) == (log is None):
        raise typer.BadParameter("give either --port or --log")
    if power_line not in (None, "dtr", "rts"):
        raise typer.BadParameter("--power-line takes dtr or rts")
    if log is not None:
        try:
            report = read_log(lines_of(log))
        except UsageError as error:
            raise typer.BadParameter(f"{log}: {error}") from error
    else:
        typer.echo("Attaching; a first search for a network may take minutes ...", err=True)
        board = SerialBoard(port, baud, power_line)
        report = asyncio.run(examine_board(board, apn=apn, minutes=minutes))
    typer.echo(render(report))
    if not report.is_healthy:
        raise typer.Exit(1)


async def examine_board(board: Any, apn: str = "iot.1nce.net", minutes: int = 5) -> Report:
    """The report on a board's modem, of any family."""
    modem = Modem(board, apn=apn, limits_ms={"registration": minutes * 60_000})
    try:
        return await examine(modem)
    finally:
        await modem.close()
