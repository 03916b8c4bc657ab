"""Boards whose firmware runs in the test's process: over a simulated modem, or over a real one.

    board = SimulatedBoard(target, loop, simulated, firmware, flash)    # sim
    board = HostBoard(target, loop, firmware, flash)                    # serial:/dev/ttyUSB0
    await board.start()

Both let the test drive the modem itself, too: `open_uart`, `power_key`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from nce_modem.serial_board import SerialBoard
from nce_sim.ports.pipe import PipeBoard
from nce_sim.pytest_plugin.firmware_life import FirmwareMistake, Life
from nce_sim.pytest_plugin.heard_line import HeardLine
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target


class _InProcess(TargetBoard):
    """What both share: the firmware's life."""

    _file: Path | None
    _flash: Path
    _life: Life | None

    @property
    def flash(self) -> Path:
        """The folder that is the board's flash, and the firmware's working folder."""
        return self._flash

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        await self.stop()
        self._life = Life(firmware_file(self._file), self._wired(), self.console, self._flash)
        self._life.start()

    async def stop(self) -> None:
        """End the firmware; stopping twice is harmless."""
        life, self._life = self._life, None
        if life is not None:
            await life.end()

    async def reset(self) -> None:
        """Restart the board; the modem keeps its power."""
        await self._cut()
        await self.start()

    async def power_cut(self) -> None:
        """Take the power of board and modem away at once; `start` gives it back."""
        if self.modem is not None:
            self.modem.cut_power()
        await self._cut()

    async def _cut(self) -> None:
        life, self._life = self._life, None
        self._unplug()
        if life is not None:
            await life.cut()

    def _wired(self) -> object:
        """The board that the firmware gets."""
        return self

    def _unplug(self) -> None:
        """What the firmware still writes reaches nobody."""
        raise NotImplementedError


class SimulatedBoard(_InProcess, PipeBoard):
    """The target sim: `PipeBoard`, with a firmware in virtual time."""

    def __init__(
        self,
        target: Target,
        loop: asyncio.AbstractEventLoop,
        simulated: Simulated,
        file: Path | None,
        flash: Path,
    ) -> None:
        TargetBoard.__init__(self, target, loop, simulated)
        PipeBoard.__init__(self, simulated.modem)
        self._file, self._flash, self._life = file, flash, None

    async def open_uart(self, baudrate: int | None = None) -> tuple[Any, Any]:
        """The line to the modem; an older one hears nothing from then on."""
        return await PipeBoard.open_uart(self, baudrate)

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        self.restore_power()
        await super().start()

    def _unplug(self) -> None:
        self.cut_power()


class HostBoard(_InProcess):
    """The target serial:PORT: the firmware on this computer, with a real modem."""

    power_key = None

    def __init__(
        self, target: Target, loop: asyncio.AbstractEventLoop, file: Path | None, flash: Path
    ) -> None:
        super().__init__(target, loop, None)
        self._port = SerialBoard(target.port)
        self.baudrate = self._port.baudrate
        self.rtscts = self._port.rtscts
        self.port = target.port
        self._line = self.heard = HeardLine(self.now_s)
        self._writer: Any = None
        self._file, self._flash, self._life = file, flash, None

    async def open_uart(self, baudrate: int | None = None) -> tuple[Any, Any]:
        """The line to the modem; `nce_modem.serial_board.PortError` when the port is not free."""
        reader, self._writer = await self._port.open_uart(baudrate)
        return self._line.joined(reader, self._writer)

    async def stop(self) -> None:
        """End the firmware and give the port back."""
        await super().stop()
        self._unplug()

    def _unplug(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def firmware_file(file: Path | None) -> Path:
    """The firmware of a test; FirmwareMistake when there is none."""
    if file is None:
        raise FirmwareMistake(
            "this test names no firmware: override the fixture `board_firmware` with the path of "
            "a Python file that has `async def run(board)`"
        )
    if not file.is_file():
        raise FirmwareMistake(f"there is no firmware at {file} (the fixture `board_firmware`)")
    return file.absolute()
