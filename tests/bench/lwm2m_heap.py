"""Heap of the LwM2M client on MicroPython from `.mpy`, with eight objects registered, read and
observed: alone over UDP, and with a modem and DTLS, from files and in ROMFS. The budgets are those
of the test."""

import asyncio
import tempfile
from pathlib import Path

import test_lwm2m_heap as measured

from nce_sim.firmware.tree import compile_tree
from support.portable_runs import ROOT

TREE = ROOT / "build" / "mpy"
NOTE = "the most at any second; 64-bit interpreter, about half on a 32-bit board"


def rows():
    compile_tree(ROOT, TREE)
    table = []
    for what, (live, place, room) in measured.CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            output, _stored = asyncio.run(live(TREE, Path(folder), place, room.heap))
        if "peak" not in measured.figures(output):
            raise SystemExit(f"the client did not live to its end: {output}")
        note = f"{NOTE}; budget {room.live:,}, in a heap of {room.heap // 1024} KiB"
        table.append((f"heap: LwM2M {what}", measured.most_live(output), "B", note))
    return table
