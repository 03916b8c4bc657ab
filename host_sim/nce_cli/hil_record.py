"""`nce hil record`: this computer between a board and its real modem, writing down what passes.

    nce hil record --port /dev/ttyUSB1 --board /dev/ttyUSB0 -o session.jsonl

`--port` leads to the modem, `--board` to the board's UART; `pty` makes a pseudo-terminal for a
firmware on this computer. The file is that of `nce modem log`: masked, and flushed piece by piece.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

import typer

from nce_cli import exit_codes
from nce_cli.doctor import Baud, PortName, PowerLine, RtsCts, serial_board
from nce_cli.messages import refuse
from nce_cli.modem_log import (
    Minutes,
    Overwrite,
    RecordingBoard,
    SessionFile,
    SessionPath,
    Unmasked,
    closed_file,
    opened_file,
)
from nce_cli.port_problem import refuse_port

READ_BYTES = 4096


def record(
    port: PortName,
    output: SessionPath,
    board: Annotated[
        str, typer.Option(help="The port of the board's UART, its URL, or pty for a new one.")
    ] = "pty",
    baud: Baud = 115_200,
    power_line: PowerLine = None,
    rtscts: RtsCts = False,
    minutes: Minutes = None,
    overwrite: Overwrite = False,
    unmasked: Unmasked = False,
) -> None:
    """Pass everything on between a board and its modem, and record it until Ctrl-C.

    Asterisks replace keys, PINs, short messages, ICCID, IMSI, IMEI and numbers; the session can be
    played back all the same. Both lines keep the rate of --baud.
    """
    line = serial_board(port, baud, power_line, rtscts)
    file = opened_file(output, overwrite)
    stop = asyncio.Event()
    session = SessionFile(file, is_masked=not unmasked, on_error=stop.set)
    recording = RecordingBoard(line, session.keep)
    relay = Relay(recording, baud, stop, minutes)
    status = exit_codes.DONE
    try:
        status = asyncio.run(relay.run(board))
    except (OSError, ValueError) as error:
        refuse_port(port if relay.is_joined_to_the_board else board, error)
    finally:
        session.close()
        closed_file(file, session)
        typer.echo(f"{session.pieces} pieces in {output}", err=True)
        if not session.pieces and output.is_file() and not output.stat().st_size:
            output.unlink()
    if session.error is not None:
        refuse(f"{output} takes no more: {session.error.strerror}; the rest is lost", 1)
    if status:
        gone = board if relay.is_board_gone else port
        refuse(f"{gone} went away; check its cable and supply", status)


class RealModem:
    """A real modem as a line to which a port joins a board."""

    def __init__(self, board: RecordingBoard) -> None:
        self.send_to_host: Callable[[bytes], None] = _to_nobody
        self._board = board
        self._to_write: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self) -> None:
        """Pass on both ways until the modem's port is gone."""
        reader, writer = await self._board.open_uart()
        writing = asyncio.ensure_future(self._write_on(writer))
        try:
            while data := await reader.read(READ_BYTES):
                self.send_to_host(data)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            writer.close()
            await writer.wait_closed()

    def receive_from_host(self, data: bytes) -> None:
        """Take bytes of the board."""
        self._to_write.put_nowait(data)

    def press_power_key(self) -> None:
        """The board presses PWRKEY."""
        if self._board.power_key is not None:
            self._board.power_key(True)

    def release_power_key(self) -> None:
        """The board releases PWRKEY."""
        if self._board.power_key is not None:
            self._board.power_key(False)

    async def _write_on(self, writer: Any) -> None:
        while True:
            writer.write(await self._to_write.get())
            await writer.drain()


def _to_nobody(data: bytes) -> None:
    """Output of a modem without a board."""


class Relay:
    """A board and a modem, joined until `stop`, the limit, or the end of a port."""

    def __init__(
        self, recording: RecordingBoard, baud: int, stop: asyncio.Event, minutes: float | None
    ) -> None:
        self.is_joined_to_the_board = False
        self.is_board_gone = False
        self._recording = recording
        self._baud = baud
        self._stop = stop
        self._limit_s = None if minutes is None else minutes * 60

    async def run(self, board: str) -> int:
        """Join them; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        modem, gone = RealModem(self._recording), asyncio.Event()
        async with AsyncExitStack() as closing:
            shown = await self._join(modem, board, gone, closing)
            self.is_joined_to_the_board = True
            serving = loop.create_task(modem.serve())
            waits = [serving, *(loop.create_task(event.wait()) for event in (self._stop, gone))]
            typer.echo(f"The board's line is {shown}; press Ctrl-C to stop.", err=True)
            await asyncio.wait(waits, timeout=self._limit_s, return_when=asyncio.FIRST_COMPLETED)
            self.is_board_gone = gone.is_set()
            is_gone = self.is_board_gone or serving.done()
            for task in waits:
                task.cancel()
            ended = await asyncio.gather(*waits, return_exceptions=True)
            if isinstance(ended[0], Exception):
                raise ended[0]
        is_well = self._stop.is_set() or not is_gone
        return exit_codes.DONE if is_well else exit_codes.PORT_FAILED

    async def _join(
        self, modem: RealModem, board: str, gone: asyncio.Event, closing: AsyncExitStack
    ) -> str:
        """Join the board to the modem's line; the name of its end."""
        if board == "pty":
            from nce_sim.ports.pty import PtyPort

            pty = PtyPort(modem)
            closing.callback(pty.close)
            return pty.path
        if "://" in board:
            from nce_sim.ports.remote_serial import RemoteSerialPort

            remote = await RemoteSerialPort.open(modem, board, self._baud, ended=gone)
            closing.push_async_callback(remote.close)
            return board
        from nce_sim.ports.serial_device import SerialPort

        closing.callback(SerialPort(modem, board, self._baud, ended=gone).close)
        return board
