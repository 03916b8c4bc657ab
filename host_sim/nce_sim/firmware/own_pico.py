"""Somebody's own firmware on the emulated Raspberry Pi Pico (`pico`), in virtual time.

    own = OwnPico(image, world, modem, Path("main.py"), bounds)     # in a VirtualLoop
    own.start()
    async for line in own.lines(): ...
    own.status
    await own.kill()

The image has this project's packages frozen, and `board` with them. On the flash is their code:
their file in the folder `own`, which a `main.py` runs, and what stands beside it. A reset, a
starved watchdog and a deep sleep start it again. It has ended when the board shows its prompt; its
status then is 1 after a traceback, else 0.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from nce_sim.clock import VirtualLoop
from nce_sim.firmware.bounded import Bounds
from nce_sim.firmware.own_rom import own_files
from nce_sim.firmware.pico_code import MAIN, Prompt, code_of, pico_with
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.wire.line import ModemLine
from nce_sim.world import World

# In the folder of `--flash`: the file system alone.
FLASH = "pico.img"
OWN = Path("own/main.py")
START = f"execfile({OWN.as_posix()!r})\n"


class OwnPico:
    """One run of a person's file; FirmwareFailed when its image or its code cannot be had."""

    def __init__(
        self,
        image: Path,
        world: World,
        modem: ModemLine,
        file: Path,
        bounds: Bounds,
        *,
        flash: Path | None = None,
    ) -> None:
        self._bounds = bounds
        self._flash = None if flash is None else flash / FLASH
        self._console = asyncio.StreamReader()
        self._prompt = Prompt()
        self._has_ended = asyncio.Event()
        self.status = 0
        try:
            files = own_files(file.absolute())
            files[OWN] = files.pop(MAIN)
            code = code_of(START, files)
        except OSError as error:
            raise FirmwareFailed(str(error)) from error
        self._pico = pico_with(image, world, modem, code, self._flash)
        self._pico.on_said = self._hear

    def start(self) -> None:
        """Power the board on: from now on it makes the time pass."""
        loop = virtual_loop()
        self._pico.power_on()
        loop.pass_time_by(self._pico.pass_time)

    async def lines(self) -> AsyncGenerator[str, None]:
        """The lines of its console, to its end; see `Bounds.lines` for what it raises."""
        async with aclosing(self._bounds.lines(self._has_ended.wait, self._console)) as lines:
            async for line in lines:
                yield line
        self.status = self._prompt.status

    async def kill(self) -> None:
        """Take its power away, and keep its flash; twice is harmless."""
        from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET

        if not self._pico.is_on:
            return
        virtual_loop().pass_time_by(None)
        self._pico.cut_power()
        if self._flash is not None:
            self._flash.write_bytes(self._pico.flash[FILESYSTEM_OFFSET:])

    def _hear(self, data: bytes) -> None:
        if self._has_ended.is_set():
            return
        self._console.feed_data(data)
        if self._prompt.feed(data):
            self._has_ended.set()
            self._console.feed_eof()


def virtual_loop() -> VirtualLoop:
    """The running loop; TypeError when its time is the real one."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("an emulated Pico runs in virtual time: nce_sim.clock.run_virtual")
    return loop
