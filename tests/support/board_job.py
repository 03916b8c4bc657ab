"""The job whose cost on an emulated board is measured: from reset to the last of five fixes.

    job = measure("frozen")             # an image and its folder for ROMFS
    job.run.said["heap_peak"], job.instructions, job.image_bytes

Five fixes of the recorded track by CoAP over DTLS, in real time; `tests/boards` has the budgets,
and `make bench` the figures.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of
from support.emulated_boards import FOLDER, Run, board_image, firmware_tree, put_main, run_board
from support.portable_runs import ROOT

FIXES = 5
KIB = 1024
# Image -> bytes of heap.
HEAPS = {"frozen": 64 * KIB, "firmware": 128 * KIB}

MAIN = """
import asyncio, gc, sys
gc.collect()
print("heap_at_boot=%d" % gc.mem_alloc())
from blueprints import coap
from board import Board
gc.collect()
print("heap_imported=%d" % gc.mem_alloc())
sys.exit(0 if asyncio.run(coap.run(Board())) else 1)
"""


@dataclass(frozen=True)
class Job:
    """What it took; `wanted` is what should have arrived."""

    run: Run
    wanted: list[dict[str, Any]]
    image_bytes: int
    instructions: int


def measure(name: str) -> Job:
    """Run the job on `name`.elf; its data is in ROMFS, or all of the firmware."""
    image = board_image(f"{name}.elf")
    with tempfile.TemporaryDirectory() as scratch:
        rom = Path(scratch) / "rom"
        if name == "firmware":
            shutil.copytree(firmware_tree(), rom)
        track = rom / "data" / "gps_track.csv"
        track.parent.mkdir(parents=True, exist_ok=True)
        lines = (ROOT / TRACK).read_text(encoding="utf-8").splitlines(keepends=True)
        track.write_text("".join(lines[: FIXES + 1]), encoding="utf-8")
        put_main(rom, MAIN)
        count = Path(scratch) / "instructions"
        plugin = f"{FOLDER / 'instructions.so'},out={count}"
        run = asyncio.run(run_board(image, rom, heap_bytes=HEAPS[name], plugin=plugin))
        return Job(run, rows_of(track), bytes_of(image), int(count.read_text()))


def bytes_of(image: Path) -> int:
    """What an image takes of the flash: code, constants and the first values of variables."""
    done = subprocess.run(
        ["arm-none-eabi-size", str(image)], capture_output=True, text=True, check=True, timeout=20
    )
    text, data = done.stdout.splitlines()[1].split()[:2]
    return int(text) + int(data)
