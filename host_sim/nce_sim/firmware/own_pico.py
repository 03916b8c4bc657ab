"""Somebody's own firmware on the emulated Raspberry Pi Pico (`pico`), in virtual time.

    own = OwnPico(stock_image(), world, modem, Path("main.py"), bounds)     # in a VirtualLoop
    own.start()
    async for line in own.lines(): ...
    own.status
    await own.kill()

The image has this project's packages frozen, and `board` with them. On the flash is their code:
their file as `main.py`, and what stands beside it. A reset, a starved watchdog and a deep sleep
start it again. It has ended when the board shows its prompt; its status then is 1 after a
traceback, else 0.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from nce_sim.clock import VirtualLoop
from nce_sim.firmware.bounded import Bounds
from nce_sim.firmware.own_rom import MAIN, own_files
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed, compile_file
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.wire.line import ModemLine
from nce_sim.world import World

if TYPE_CHECKING:
    from nce_sim.firmware.pico import EmulatedPico

# What `make pico` leaves, in a clone, with the fast core beside it.
IMAGE = Path("build/pico/frozen.bin")
FAST_CORE = "thumb.so"
# In the folder of `--flash`: the file system alone.
FLASH = "pico.img"
BOOT = Path("boot.py")
# A board's host finds its console 0.2 s after the start, and what is printed before is lost.
WAIT = "import time\ntime.sleep_ms(300)\n"
# What MicroPython shows when the program has ended (shared/runtime/pyexec.c).
PROMPT = re.compile(rb"MicroPython [^\n]*\r\nType \"help\(\)\" for more information\.\r\n>>> $")
# The same, after the traceback of what ended it.
FAILED = re.compile(
    rb"Traceback \(most recent call last\):\r\n(?:  [^\n]*\n)+[^\n]*\n" + PROMPT.pattern
)
KEPT_BYTES = 4_096


def stock_image() -> Path:
    """MicroPython for the emulated Pico: of the working folder, or of this checkout."""
    return IMAGE if IMAGE.is_file() else SOURCE_ROOT / IMAGE


class PicoConsole:
    """What a board prints, as a stream that ends at its prompt."""

    def __init__(self) -> None:
        self.stream = asyncio.StreamReader()
        self._last = b""
        self._has_ended = asyncio.Event()

    def hear(self, data: bytes) -> None:
        """Take what the board prints."""
        if self._has_ended.is_set():
            return
        self.stream.feed_data(data)
        self._last = (self._last + data)[-KEPT_BYTES:]
        if PROMPT.search(self._last):
            self._has_ended.set()
            self.stream.feed_eof()

    @property
    def status(self) -> int:
        """1 after a traceback."""
        return 1 if FAILED.search(self._last) else 0

    async def ended(self) -> None:
        """Wait for the prompt."""
        await self._has_ended.wait()


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
        self._console = PicoConsole()
        self.status = 0
        self._pico = pico_with(image, world, modem, own_code(file), self._flash)
        self._pico.on_said = self._console.hear

    def start(self) -> None:
        """Power the board on: from now on it makes the time pass."""
        self._pico.power_on()
        _loop().pass_time_by(self._pico.pass_time)

    async def lines(self) -> AsyncGenerator[str, None]:
        """The lines of its console, to its end; see `Bounds.lines` for what it raises."""
        console = self._console
        async with aclosing(self._bounds.lines(console.ended, console.stream)) as lines:
            async for line in lines:
                yield line
        self.status = console.status

    async def kill(self) -> None:
        """Take its power away, and keep its flash; twice is harmless."""
        from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET

        if not self._pico.is_on:
            return
        _loop().pass_time_by(None)
        self._pico.cut_power()
        if self._flash is not None:
            self._flash.write_bytes(self._pico.flash[FILESYSTEM_OFFSET:])


def pico_with(
    image: Path,
    world: World,
    modem: ModemLine,
    code: dict[str, bytes],
    flash: Path | None = None,
) -> EmulatedPico:
    """A board with this code, and the file system of the file `flash`, if it is there."""
    try:
        from nce_sim.firmware.pico import EmulatedPico
        from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET, filesystem_of
    except ImportError as error:
        raise FirmwareFailed(f"{error}: pip install 'nce-iot[pico]'") from error
    if not image.is_file():
        raise FirmwareFailed(
            f"there is no image {image}; `make pico` builds it, --image names another"
        )
    core = image.with_name(FAST_CORE)
    try:
        before = flash.read_bytes() if flash is not None and flash.is_file() else None
        disk = filesystem_of(code, before, map(_other, code))
        return EmulatedPico(
            world,
            modem,
            image.read_bytes(),
            disk,
            FILESYSTEM_OFFSET,
            fast_core=core if core.is_file() else None,
        )
    except (OSError, ValueError) as error:
        raise FirmwareFailed(f"the flash cannot be made: {error}") from error


def own_code(file: Path) -> dict[str, bytes]:
    """What goes onto the flash of the file and what stands beside it. FirmwareFailed."""
    try:
        files = own_files(file.absolute())
        code = dict(_compiled(path, source) for path, source in files.items())
    except (TreeFailed, OSError) as error:
        raise FirmwareFailed(str(error)) from error
    code.setdefault(BOOT.name, WAIT.encode())
    return code


def _compiled(path: Path, source: Path) -> tuple[str, bytes]:
    """A name on the flash, and its content; what does not compile fails on the board."""
    if path.suffix == ".py" and path not in (MAIN, BOOT):  # those start by these names alone
        with tempfile.TemporaryDirectory(prefix="nce-pico-") as folder:
            target = Path(folder) / "module.mpy"
            try:
                compile_file(source, target, path, level=0)  # tracebacks have line numbers
            except TreeFailed:
                pass
            else:
                return path.with_suffix(".mpy").as_posix(), target.read_bytes()
    return path.as_posix(), source.read_bytes()


def _other(name: str) -> str:
    """The same module as source or compiled: an older run may have left it."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{'mpy' if suffix == 'py' else 'py'}"


def _loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("an emulated Pico runs in virtual time: nce_sim.clock.run_virtual")
    return loop
