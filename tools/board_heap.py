"""Measures the heap of blueprints on the emulated Cortex-M3, whose words have 32 bits.

    python tools/board_heap.py              # writes host_sim/nce_sim/firmware/heap_figures.json
    python tools/board_heap.py coap         # of one blueprint; the others' figures stay

Needs `make boards`. Each figure is of a run of `main.py` that delivers records, with records, keys
and log on a flash: what is live after each line that it says, and ten times a second.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path

from nce_sim.firmware.blueprints import NEEDS
from nce_sim.firmware.config_file import changed
from nce_sim.firmware.heap_figures import DATA, HeapFigure, heap_figures
from nce_sim.firmware.littlefs import littlefs_image
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.settings import CONFIG, check
from nce_sim.firmware.slices import Wanted, needed_sources
from nce_sim.firmware.tree import compile_files, sources
from nce_sim.scenarios.emulated_run import EmulatedRun

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "build" / "qemu"
RECORDS = 3
# A receiver takes its time, and this board has no key that wakes a modem from PSM.
FEWER_RECORDS = {"gps": 1, "low_power": 1}
LIMIT_S = 300
KIB = 1024
FLASH_BYTES = 1_441_792  # of a Raspberry Pi Pico
FLASH_BLOCK_BYTES = 4_096
# Way -> image, and a heap in which every blueprint finds room.
WAYS = {
    "frozen": ("frozen.elf", 128 * KIB),
    "romfs": ("firmware.elf", 192 * KIB),
    "files": ("firmware.elf", 320 * KIB),
}

PROGRAM = """
import asyncio, gc
gc.collect()
boot = gc.mem_alloc()
import console, main
from board import Board

peak = delivered = 0
say = console.Console.say

def look():
    global peak
    gc.collect()
    peak = max(peak, gc.mem_alloc())

def heard(self, text):
    global delivered
    say(self, text)
    look()
    if text.endswith("delivered"):
        delivered += int(text.split(" ")[0])
        if delivered >= {records}:
            print("measured boot=%d peak=%d" % (boot, peak))

async def sample():
    while True:
        look()
        await asyncio.sleep(0.1)

async def both():
    sampling = asyncio.create_task(sample())
    await main.run(Board())

console.Console.say = heard
asyncio.run(both())
"""


def configuration(blueprint: str) -> tuple[str, Wanted]:
    """The text of a configuration with a record each 10 s, and what it needs."""
    text = (ROOT / "firmware" / CONFIG).read_text(encoding="utf-8")
    settings = {"BLUEPRINT": blueprint, "INTERVAL_S": "10", **NEEDS[blueprint]}
    for name, value in settings.items():
        text = changed(text, name, value)
    checked = check(ROOT, text)
    if checked.mistakes:
        raise ValueError("; ".join(checked.mistakes))
    return text, Wanted(blueprint, checked.values["TEMPLATE"])


def run_of(blueprint: str, way: str, folder: Path, heap_bytes: int | None = None) -> EmulatedRun:
    """A run of the program in a heap of `heap_bytes`, or that of `WAYS`."""
    text, wanted = configuration(blueprint)
    (folder / CONFIG).write_text(text, encoding="utf-8")
    records = FEWER_RECORDS.get(blueprint, RECORDS)
    (folder / "measured.py").write_text(PROGRAM.format(records=records), encoding="utf-8")
    files = needed_sources(sources(ROOT, "boards/qemu"), wanted)
    own = {Path(name): folder / name for name in (CONFIG, "measured.py")}
    compile_files({**files, **own}, folder / "tree")
    image, heap = WAYS[way]
    run = EmulatedRun(
        IMAGES / image,
        module="measured",
        heap_bytes=heap_bytes or heap,
        limit_s=LIMIT_S,
    )
    if way == "files":
        made = littlefs_image(
            folder / "tree", block_bytes=FLASH_BLOCK_BYTES, total_bytes=FLASH_BYTES
        )
        return dataclasses.replace(run, content=made.image)
    (folder / "rom.img").write_bytes(romfs_image(folder / "tree"))
    return dataclasses.replace(run, romfs=folder / "rom.img")


async def measure(
    blueprint: str, way: str, folder: Path, heap_bytes: int | None = None
) -> HeapFigure:
    """The figure of one run, made in `folder`; FirmwareFailed where the heap is too small."""
    async with aclosing(run_of(blueprint, way, folder, heap_bytes).lines()) as lines:
        async for line in lines:
            if found := re.fullmatch(r"measured boot=(\d+) peak=(\d+)", line):
                return HeapFigure(int(found[1]), int(found[2]))
    raise RuntimeError(f"{blueprint} ended before it had delivered enough records")


def main(blueprints: list[str]) -> int:
    """Measure, and write the figures."""
    if unknown := set(blueprints) - set(NEEDS):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NEEDS)}")
        return 2
    data = {
        name: {way: dataclasses.asdict(figure) for way, figure in ways.items()}
        for name, ways in heap_figures().items()
        if name in NEEDS
    }
    for blueprint in blueprints or NEEDS:
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                figure = asyncio.run(measure(blueprint, way, Path(folder)))
            print(f"{blueprint:12} {way:7} {figure}", flush=True)
            data.setdefault(blueprint, {})[way] = dataclasses.asdict(figure)
            ordered = {name: data[name] for name in NEEDS if name in data}
            DATA.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
