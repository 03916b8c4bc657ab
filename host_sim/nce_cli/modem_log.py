"""`nce modem log`: a session with a modem, recorded so that the simulator can play it back.

nce modem log --port /dev/ttyUSB0 -o session.jsonl

The file has a line of JSON for each piece: `{"at_ms": 12, "direction": "rx", "hex": "0d0a"}`; see
`nce_sim.record.replay`. `nce doctor --log` explains what happened in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from nce_cli.doctor import examine_board
from nce_cli.masked_session import SessionMasker
from nce_cli.messages import in_a_folder, refuse
from nce_modem.doctor import render
from nce_modem.serial_board import SerialBoard
from nce_sim.record.replay import Entry, write_session

app = typer.Typer(help="Work with a real modem.", no_args_is_help=True, add_completion=False)

MOST_BYTES = 16_000_000  # of a session


class RecordingBoard:
    """A board that records its line: `keep` gets each piece as it passes."""

    def __init__(self, board: Any, keep: Callable[[Entry], object]) -> None:
        self._board = board
        self._keep = keep
        self.power_key = board.power_key
        self._size = 0
        self._start_s: float | None = None

    async def open_uart(self) -> tuple[Any, Any]:
        """The board's line, with the recorder in between."""
        reader, writer = await self._board.open_uart()
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

    A program that is killed loses only the lines that are not whole.
    """

    def __init__(self, file: TextIO, is_masked: bool) -> None:
        self.pieces = 0
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
        if entries:
            self.pieces += len(entries)
            self._file.write(write_session(entries))
            self._file.flush()


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


@app.command()
def log(
    port: Annotated[
        str,
        typer.Option(help="The modem's serial port, or its URL: socket://host:port, rfc2217://…"),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", callback=in_a_folder, help="The file for the session."),
    ],
    baud: Annotated[int, typer.Option(help="The port's rate.")] = 115_200,
    apn: Annotated[str, typer.Option(help="The APN to attach with.")] = "iot.1nce.net",
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for a network.")] = 5,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Keep keys, PINs, messages and numbers readable.")
    ] = False,
) -> None:
    """Detect and attach a modem, and record every byte of it.

    Asterisks replace keys, PINs, short messages, ICCID, IMSI, IMEI and numbers, so that you can
    share the file and still play it back; `--unmasked` keeps them.
    """
    try:
        file = output.open("w", encoding="utf-8")
    except OSError as error:
        # Tried before the session, which would be lost otherwise.
        refuse(f"{output} cannot be written: {error.strerror}")
    with file:
        session = SessionFile(file, is_masked=not unmasked)
        board = RecordingBoard(SerialBoard(port, baud), session.keep)
        try:
            report = asyncio.run(examine_board(board, apn=apn, minutes=minutes))
            typer.echo(render(report))
        finally:
            session.close()
            kind = "not masked" if unmasked else "masked"
            typer.echo(f"{session.pieces} pieces in {output} ({kind})", err=True)
