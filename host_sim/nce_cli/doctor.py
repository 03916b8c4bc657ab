"""`nce doctor`: why a modem does not attach, as text that can be pasted into a ticket.

nce doctor --list
nce doctor --port /dev/ttyUSB0
nce doctor --log session.jsonl
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from nce_cli import exit_codes
from nce_cli.messages import refuse
from nce_cli.ports import holders, list_ports
from nce_modem import Modem
from nce_modem.doctor import Report, examine, render
from nce_modem.errors import UsageError
from nce_modem.families.named import family_named
from nce_modem.line_rate import LineNoticed
from nce_modem.log import read_log
from nce_modem.serial_board import SerialBoard

app = typer.Typer(add_completion=False)

MOST_LOG_BYTES = 64_000_000  # of a log; a session of `nce modem log` takes 50 MB at the most
JSON_SCHEMA = 1  # grows when a field changes its meaning or goes, not when one is added


def known_family(value: str | None) -> str | None:
    """The name of a family of the driver, for typer."""
    if value is not None:
        try:
            family_named(value)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from error
    return value


PortName = Annotated[
    str, typer.Option(help="The modem's serial port, or its URL: socket://host:port, rfc2217://…")
]
Baud = Annotated[int, typer.Option(min=300, max=4_000_000, help="The port's rate.")]
Apn = Annotated[str, typer.Option(help="The APN to attach with.")]
FamilyName = Annotated[
    str | None,
    typer.Option(callback=known_family, help="The modem's family, such as bg95; asked otherwise."),
]
PowerLine = Annotated[
    str | None, typer.Option(help="dtr or rts, when it drives the modem's power key.")
]
RtsCts = Annotated[
    bool, typer.Option("--rtscts", help="Use flow control by RTS and CTS; both must be wired.")
]


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


def serial_board(port: str, baud: int, power_line: str | None, rtscts: bool) -> SerialBoard:
    """The board of the options; a wrong combination is wrong usage."""
    try:
        return SerialBoard(port, baud, power_line, rtscts)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command(epilog=exit_codes.HELP)
def doctor(
    port: Annotated[
        str | None,
        typer.Option(help="The modem's serial port, or its URL: socket://host:port, rfc2217://…"),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A recorded AT log instead of a modem."),
    ] = None,
    is_list: Annotated[
        bool, typer.Option("--list", help="List the serial ports of this computer.")
    ] = False,
    baud: Baud = 115_200,
    apn: Apn = "iot.1nce.net",
    family: FamilyName = None,
    power_line: PowerLine = None,
    rtscts: RtsCts = False,
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for a network.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Attach a modem, or read a log of one, and say where it stops and what to try.

    A modem at another rate than --baud is searched for and moved to --baud. The port is locked.
    """
    if (port is not None) + (log is not None) + is_list != 1:
        raise typer.BadParameter("give one of --port, --log and --list")
    if is_list:
        _list(as_json)
        return
    if log is not None:
        try:
            report = read_log(lines_of(log))
        except UsageError as error:
            raise typer.BadParameter(f"{log}: {error}") from error
    else:
        assert port is not None
        board = serial_board(port, baud, power_line, rtscts)
        typer.echo("Attaching; a first search for a network may take minutes ...", err=True)
        report = asyncio.run(examine_board(board, apn=apn, minutes=minutes, family=family))
    typer.echo(as_text(report) if as_json else render(report))
    status = exit_codes.status_of(report.step)
    if status:
        raise typer.Exit(status)


def _list(as_json: bool) -> None:
    try:
        ports = list_ports()
    except ImportError:
        refuse("serial ports need pyserial: pip install 'nce-iot[serial]'", 1)
    if as_json:
        shown = [
            {"port": port.path, "description": port.description, "usb_id": port.usb_id}
            for port in ports
        ]
        typer.echo(json.dumps({"schema": JSON_SCHEMA, "ports": shown}, indent=2))
    for port in () if as_json else ports:
        words = [text for text in (port.description, port.usb_id) if text]
        typer.echo("  ".join([port.path, *words]))
    if not ports:
        typer.echo("no serial port is there; check the cable and the modem's supply", err=True)
        raise typer.Exit(exit_codes.PORT_MISSING)


def as_text(report: Report) -> str:
    """The report as JSON; masked, as the report is."""
    shown = {
        "schema": JSON_SCHEMA,
        "is_healthy": report.is_healthy,
        "exit_status": exit_codes.status_of(report.step),
        "step": report.step,
        "reason": report.reason,
        "remedy": report.remedy,
        "evidence": report.evidence,
        "rows": [{"name": name, "value": value} for name, value in report.rows],
        "transcript": list(report.transcript),
    }
    return json.dumps(shown, indent=2)


async def examine_board(
    board: Any,
    apn: str = "iot.1nce.net",
    minutes: int = 5,
    family: str | None = None,
    on_report: Callable[[Modem, Report], Awaitable[None]] | None = None,
) -> Report:
    """The report on a board's modem; `on_report` may go on with the modem before it is closed."""
    limits_ms = {"registration": minutes * 60_000}
    told: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, LineNoticed):
            told.append(event.line)

    modem = Modem(board, apn=apn, limits_ms=limits_ms, family=family, on_event=hear)
    try:
        report = await examine(modem)
        rows = [*report.rows, *(("line", line) for line in told)]
        report = with_holders(report._replace(rows=rows), str(getattr(board, "port", "")))
        if on_report is not None:
            await on_report(modem, report)
    finally:
        await modem.close()
    return report


def with_holders(report: Report, port: str) -> Report:
    """The report, with the programs that have a busy port."""
    if report.step != "port busy":
        return report
    found = ", ".join(holders(port))
    return report._replace(evidence=f"held by {found}") if found else report
