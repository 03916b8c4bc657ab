"""`nce modem log`: a session with a modem, recorded so that the simulator can play it back.

nce modem log --port /dev/ttyUSB0 -o session.jsonl      # until Ctrl-C

The file has a line of JSON for each piece: `{"at_ms": 12, "direction": "rx", "hex": "0d0a"}`; see
`nce_sim.record.replay`. `nce doctor --log` explains what happened in it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from nce_cli import exit_codes
from nce_cli.doctor import (
    Apn,
    Baud,
    FamilyName,
    PortName,
    PowerLine,
    RtsCts,
    examine_board,
    serial_board,
)
from nce_cli.masked_session import SessionMasker
from nce_cli.messages import in_a_folder, refuse
from nce_modem import Modem
from nce_modem.doctor import Report, render
from nce_sim.record.replay import Entry, write_session

app = typer.Typer(help="Work with a real modem.", no_args_is_help=True, add_completion=False)

# What a recording is asked for, here and in `nce hil record`.
SessionPath = Annotated[
    Path, typer.Option("--output", "-o", callback=in_a_folder, help="The file for the session.")
]
Minutes = Annotated[
    float | None, typer.Option(min=0, help="Stop after so many minutes. Default: at Ctrl-C.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")]
Unmasked = Annotated[
    bool, typer.Option("--unmasked", help="Keep keys, PINs, messages and numbers readable.")
]

MOST_BYTES = 16_000_000  # of a session
LINE_POLL_S = 0.25


class RecordingBoard:
    """A board that records its line: `keep` gets each piece as it passes."""

    def __init__(self, board: Any, keep: Callable[[Entry], object]) -> None:
        self._board = board
        self._keep = keep
        self.power_key = board.power_key
        self.port = getattr(board, "port", "")
        self.rtscts = getattr(board, "rtscts", False)
        self.baudrate = getattr(board, "baudrate", None)
        self._size = 0
        self._start_s: float | None = None

    @property
    def is_full(self) -> bool:
        """Whether the session has reached its limit."""
        return self._size > MOST_BYTES

    async def open_uart(self, *baudrate: int) -> tuple[Any, Any]:
        """The board's line, with the recorder in between."""
        reader, writer = await self._board.open_uart(*baudrate)
        if self._start_s is None:
            self._start_s = asyncio.get_running_loop().time()
        return _Reader(reader, self), _Writer(writer, self)

    def note(self, direction: Any, data: bytes) -> None:
        """Keep a piece, unless there is too much."""
        self._size += len(data)
        if data and self._size <= MOST_BYTES and self._start_s is not None:
            at_ms = int((asyncio.get_running_loop().time() - self._start_s) * 1000)
            self._keep(Entry(at_ms, direction, data))


class SessionFile:
    """The pieces of a session in a file, each as soon as it may be shown.

    A program that is killed loses only the lines that are not whole. When the file takes no more,
    `error` says why and `on_error` is called; what was written stays.
    """

    def __init__(
        self, file: TextIO, is_masked: bool, on_error: Callable[[], object] | None = None
    ) -> None:
        self.pieces = 0
        self.error: OSError | None = None
        self._on_error = on_error
        self._file = file
        self._masker = SessionMasker() if is_masked else None

    def keep(self, entry: Entry) -> None:
        """Write a piece, or hold it until the lines in it are whole and masked."""
        self._write([entry] if self._masker is None else self._masker.add(entry))

    def close(self) -> None:
        """Write what is held; the session is over."""
        if self._masker is not None:
            self._write(self._masker.rest())

    def _write(self, entries: list[Entry]) -> None:
        if not entries or self.error is not None:
            return
        try:
            self._file.write(write_session(entries))
            self._file.flush()
            self.pieces += len(entries)
        except OSError as error:
            self.error = error
            if self._on_error is not None:
                self._on_error()


class _Reader:
    def __init__(self, reader: Any, board: RecordingBoard) -> None:
        self._reader, self._board = reader, board

    async def read(self, size: int) -> bytes:
        data: bytes = await self._reader.read(size)
        self._board.note("rx", data)
        return data


class _Writer:
    def __init__(self, writer: Any, board: RecordingBoard) -> None:
        self._writer, self._board = writer, board

    def write(self, data: bytes) -> None:
        self._board.note("tx", bytes(data))
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def wait_closed(self) -> None:
        await self._writer.wait_closed()


@app.callback()
def modem() -> None:
    """Work with a real modem."""


@app.command(
    epilog="""Exit status: 0 recorded until Ctrl-C or --minutes, whatever the modem said; 1 the
file took no more; 2 wrong usage, or a file that cannot be written; 3 no such port; 4 the port is
forbidden; 5 another program has the port; 9 the port cannot be opened for another reason, or
went away."""
)
def log(
    port: PortName,
    output: SessionPath,
    baud: Baud = 115_200,
    apn: Apn = "iot.1nce.net",
    family: FamilyName = None,
    power_line: PowerLine = None,
    rtscts: RtsCts = False,
    minutes: Minutes = None,
    overwrite: Overwrite = False,
    unmasked: Unmasked = False,
) -> None:
    """Detect and attach a modem, and record every byte of it until Ctrl-C.

    Asterisks replace keys, PINs, short messages, ICCID, IMSI, IMEI and numbers, so that you can
    share the file and still play it back; `--unmasked` keeps them.
    """
    board = serial_board(port, baud, power_line, rtscts)
    file = opened_file(output, overwrite)
    stop = asyncio.Event()
    session = SessionFile(file, is_masked=not unmasked, on_error=stop.set)
    recording = RecordingBoard(board, session.keep)
    status = exit_codes.DONE
    try:
        status = asyncio.run(record(recording, stop, apn, family, minutes))
    except KeyboardInterrupt:
        pass  # where the loop takes no signals (Windows): the session ends as it does at Ctrl-C
    finally:
        session.close()
        closed_file(file, session)
        kind = "not masked" if unmasked else "masked"
        typer.echo(f"{session.pieces} pieces in {output} ({kind})", err=True)
        if not session.pieces and output.is_file() and not output.stat().st_size:
            output.unlink()
    if session.error is not None:
        refuse(f"{output} takes no more: {session.error.strerror}; the rest is lost", 1)
    if status:
        raise typer.Exit(status)


def opened_file(output: Path, overwrite: bool) -> TextIO:
    """The file, opened before the session, which would be lost otherwise."""
    is_new = not overwrite and (not output.exists() or output.is_file())
    try:
        return output.open("x" if is_new else "w", encoding="utf-8")
    except FileExistsError:
        refuse(f"{output} is there already; name another file, or give --overwrite")
    except OSError as error:
        refuse(f"{output} cannot be written: {error.strerror}")


def closed_file(file: TextIO, session: SessionFile) -> None:
    try:
        file.close()
    except OSError as error:
        session.error = session.error or error


async def record(
    board: RecordingBoard,
    stop: asyncio.Event,
    apn: str,
    family: str | None,
    minutes: float | None,
) -> int:
    """Attach, print the report, and stay on the line until `stop`; returns the exit status."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            break
    status = exit_codes.DONE

    async def stay(modem: Modem, report: Report) -> None:
        nonlocal status
        typer.echo(render(report))
        if report.step in exit_codes.PORT_PROBLEMS:
            status = exit_codes.status_of(report.step)
            return
        typer.echo("Recording; press Ctrl-C to stop.", err=True)
        while modem.link.is_open and not board.is_full:
            await asyncio.sleep(LINE_POLL_S)
        if board.is_full:
            typer.echo(f"{MOST_BYTES} bytes are recorded, which is the most", err=True)
            return
        typer.echo("the port went away", err=True)
        status = exit_codes.PORT_FAILED

    examining = asyncio.ensure_future(examine_board(board, apn=apn, family=family, on_report=stay))
    stopping = asyncio.ensure_future(stop.wait())
    limit_s = None if minutes is None else minutes * 60
    await asyncio.wait((examining, stopping), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not examining.done():
        examining.cancel()
    await asyncio.gather(examining, stopping, return_exceptions=True)
    if not examining.cancelled() and examining.exception() is not None:
        raise examining.exception()  # type: ignore[misc]
    return status
