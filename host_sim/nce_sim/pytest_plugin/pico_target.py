"""The target pico: the firmware on an emulated Raspberry Pi Pico, in the test's virtual time.

    board = PicoTarget(target, loop, simulated, firmware)
    await board.start()

The image is `build/pico/frozen.bin` of `make pico`, or `--nce-image`, with the portable packages
in it. On the flash are the Python files beside the test's firmware, and a `main.py` that runs its
`run(board)`. The flash stays over power cuts. The board presses the modem's power key itself.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from nce_sim.firmware.own_pico import virtual_loop
from nce_sim.firmware.pico_code import Prompt, code_of, pico_with, stock_image
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.pytest_plugin.firmware_life import FirmwareMistake
from nce_sim.pytest_plugin.host_boards import firmware_file
from nce_sim.pytest_plugin.launchers import MAIN, beside
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target

if TYPE_CHECKING:
    from nce_sim.firmware.pico import EmulatedPico


class PicoTarget(TargetBoard):
    """A board in the emulator: a reset and a power cut take its supply away."""

    def __init__(
        self,
        target: Target,
        loop: asyncio.AbstractEventLoop,
        simulated: Simulated,
        file: Path | None,
    ) -> None:
        super().__init__(target, loop, simulated)
        self._simulated = simulated
        self._file = file
        self._pico: EmulatedPico | None = None
        self._prompt = Prompt()

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        await self.stop()
        if self._pico is None:
            self._pico = self._made(firmware_file(self._file))
        self._prompt = Prompt()
        self.console.starts()
        self._pico.power_on()
        virtual_loop().pass_time_by(self._pico.pass_time)

    async def stop(self) -> None:
        """Take the board's power away; stopping twice is harmless."""
        if self._pico is not None and self._pico.is_on:
            virtual_loop().pass_time_by(None)
            self._pico.cut_power()
            self.console.ends("the board has no power")

    async def reset(self) -> None:
        """Restart the board; the modem keeps its power."""
        await self.start()

    async def power_cut(self) -> None:
        """Take the power of board and modem away at once; `start` gives it back."""
        self._simulated.modem.cut_power()
        await self.stop()

    def _made(self, file: Path) -> EmulatedPico:
        simulated = self._simulated
        module, files = beside(file)
        code = code_of(MAIN.format(module=module), files)
        image = self.target.image or stock_image()
        try:
            pico = pico_with(image, simulated.world, simulated.modem, code)
        except FirmwareFailed as error:
            raise FirmwareMistake(str(error)) from error
        pico.on_said = self._hear
        return pico

    def _hear(self, data: bytes) -> None:
        self.console.feed(data)
        if self._prompt.feed(data):
            self.console.ends("the firmware ended")
