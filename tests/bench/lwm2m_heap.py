"""Heap of the LwM2M client on MicroPython from `.mpy`, with eight objects registered, read and
observed: alone over UDP, and with a modem and DTLS. The budgets are those of the test."""

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
    for what, live, budget in (
        ("client of eight objects", measured.plain, measured.CLIENT_BUDGET),
        ("the same with modem and DTLS", measured.with_a_modem, measured.WHOLE_BUDGET),
    ):
        with tempfile.TemporaryDirectory() as folder:
            output, _stored = asyncio.run(live(TREE, Path(folder)))
        if "peak" not in measured.figures(output):
            raise SystemExit(f"the client did not live to its end: {output}")
        peak = int(measured.figures(output)["peak"].split()[0])
        table.append((f"heap: LwM2M {what}", peak, "B", f"{NOTE}; budget {budget:,}"))
    return table
