"""`nce modem log`: a session with a modem, recorded so that the simulator can play it back.

nce modem log --port /dev/ttyUSB0 -o session.jsonl

The file has a line of JSON for each piece: `{"at_ms": 12, "direction": "rx", "hex": "0d0a"}`; see
`nce_sim.record.replay`, and `nce doctor --log` for what it says.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from nce_cli.doctor import examine_board
from nce_modem.doctor import render
from nce_modem.serial_board import SerialBoard
from nce_sim.cli.messages import in_a_folder, refuse
from nce_sim.record.replay import Entry, write_session

app = typer.Typer(help="Work with a real modem.", no_args_is_help=True, add_completion=False)

MOST_BYTES = 16_000_000  # of a session


class RecordingBoard:
    """A board whose line is noted down: each piece goes to `file` as it passes.

    So a run that is killed, or a full disk, loses no more than the last piece. `pieces` counts
    what was written, `size` its bytes.
    """

    def __init__(self, board: Any, file: TextIO) -> None:
        self._board = board
        self._file = file
        self.pieces = 0
        self.size = 0
        self.power_key = board.power_key
        self._start_s: float | None = None

    async def open_uart(self) -> tuple[Any, Any]:
        """The board's line, with this in between."""
        reader, writer = await self._board.open_uart()
        if self._start_s is None:
            self._start_s = asyncio.get_running_loop().time()
        return _Reader(reader, self), _Writer(writer, self)

    def note(self, direction: Any, data: bytes) -> None:
        """Write a piece, unless there is too much."""
        if not data or self._start_s is None or self.size + len(data) > MOST_BYTES:
            return
        at_ms = int((asyncio.get_running_loop().time() - self._start_s) * 1000)
        self._file.write(write_session((Entry(at_ms, direction, data),)))
        self._file.flush()
        self.pieces += 1
        self.size += len(data)


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
        typer.Option("--output", "-o", callback=in_a_folder, help="Where the session goes."),
    ],
    baud: Annotated[int, typer.Option(help="The port's rate.")] = 115_200,
    apn: Annotated[str, typer.Option(help="The APN to attach with.")] = "iot.1nce.net",
    minutes: Annotated[int, typer.Option(min=1, help="How long to wait for a network.")] = 5,
) -> None:
    """Detect and attach a modem, and record every byte of it.

    The file is not masked: it holds ICCID, IMEI and whatever else was said. Look it through before
    giving it away; `nce doctor --log` makes a masked report of it.
    """
    try:
        file = output.open("w", encoding="ascii")
    except OSError as error:
        refuse(f"{output}: {error.strerror or error}")
    with file:
        board = RecordingBoard(SerialBoard(port, baud), file)
        try:
            report = asyncio.run(examine_board(board, apn=apn, minutes=minutes))
            typer.echo(render(report))
        finally:
            typer.echo(f"{board.pieces} pieces in {output} (not masked)", err=True)
