"""Somebody's own firmware on the emulated Cortex-M3 (`emulated`).

    bounds = Bounds(deadline_s=60, console_bytes=1_000_000)
    own = OwnEmulated(stock_image(), Path("main.py"), bounds)
    await own.start(port.address, power_key)
    async for line in own.lines(): ...
    own.status
    await own.kill()

Its code is a ROMFS (`own_rom`). Its flash is blank at the start, or that of a folder, where the
next run finds it. A reset, a starved watchdog and a deep sleep start it again, within the bounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from nce_sim.firmware.bounded import Bounds
from nce_sim.firmware.emulated import EmulatedBoard, blank_flash
from nce_sim.firmware.own_rom import own_romfs
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.firmware.watched import FirmwareFailed

# What `make boards` leaves, in a clone.
IMAGE = Path("build/qemu/firmware.elf")
# In the folder of `--flash`.
FLASH = "flash.img"
FLASH_BYTES = 512 * 1024
# One that wakes once a minute wakes as often in a week; time and console end one that only resets.
MOST_STARTS = 10_000


def stock_image() -> Path:
    """MicroPython for the emulator: of the working folder, or of this checkout."""
    return IMAGE if IMAGE.is_file() else SOURCE_ROOT / IMAGE


class OwnEmulated(EmulatedBoard):
    """One run of a person's file; FirmwareFailed when its image or its code cannot be had."""

    has_own_session = True  # Ctrl-C is for the world, which then ends the emulator

    def __init__(
        self,
        image: Path,
        file: Path,
        bounds: Bounds,
        *,
        heap_bytes: int,
        flash: Path | None = None,
        is_alone: bool = False,
    ) -> None:
        if not image.is_file():
            raise FirmwareFailed(
                f"there is no image {image}; `make boards` builds it, --image names another"
            )
        self._made = tempfile.TemporaryDirectory(prefix="nce-run-")
        self._bounds = bounds
        self.status = 0  # at the end of `lines`; negative: the signal that ended the emulator
        scratch = Path(self._made.name)
        try:
            super().__init__(
                image,
                romfs=own_romfs(file.absolute(), scratch, is_alone),
                flash=_flash(scratch if flash is None else flash.absolute()),
                heap_bytes=heap_bytes,
                most_starts=MOST_STARTS,
                deadline_s=bounds.deadline_s,
                silence_s=bounds.deadline_s,
            )
        except BaseException:
            self._made.cleanup()
            raise

    async def kill(self) -> None:
        """End the emulator, and remove what was made for it."""
        await super().kill()
        self._made.cleanup()

    async def _lines_of_a_run(self, deadline: float) -> AsyncGenerator[str, None]:
        process, console = self._started()
        async with aclosing(self._bounds.lines(process.wait, console.stream)) as lines:
            async for line in lines:
                yield line
        self._status = process.returncode or 0

    def _ended(self, status: int) -> None:
        self.status = status

    def _last_words(self) -> str:
        return "its console says more"  # all of that has been told


def _flash(folder: Path) -> Path:
    flash = folder / FLASH
    try:
        return flash if flash.is_file() else blank_flash(flash, FLASH_BYTES)
    except OSError as error:
        raise FirmwareFailed(f"the flash cannot be made: {error}") from error
