"""Heap that each package takes on MicroPython, from `.mpy`, and the size of the files."""

import re
import subprocess
import sys
from pathlib import Path

from nce_sim.firmware.tree import compile_tree
from support.portable_runs import ROOT

TREE = ROOT / "build" / "mpy"
PROBE = """
import gc
def live():
    gc.collect()
    return gc.mem_alloc()
before = live()
for name in (%s):
    __import__(name)
    now = live()
    print("%%s %%d" %% (name, now - before))
    before = now
"""
# In the order in which a firmware needs them; each pays only for what is not loaded yet.
STEPS = (
    ("asyncio", "asyncio (frozen)"),
    ("nce_bcl.template", "nce_bcl, to load a template"),
    ("nce_bcl.straight_encode", "nce_bcl, to encode besides"),
    ("nce_modem.modem", "nce_modem with one family"),
    ("nce.coap.client", "nce: CoAP client"),
    ("nce.dtls.session", "nce: DTLS client"),
    ("nce.authenticate", "nce: authenticate"),
    ("nce.device", "nce: Device"),
)
PACKAGES = ("nce_bcl", "nce_modem", "nce")


def heap_of(modules):
    """Bytes that importing each of `modules`, in this order, adds to the live heap."""
    names = ", ".join(repr(name) for name in modules) + ","
    done = subprocess.run(
        [str(Path(sys.executable).with_name("micropython")), "-X", "heapsize=2m", "-c",
         PROBE % names],
        cwd=TREE,
        env={"MICROPYPATH": ".frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )  # fmt: skip
    return {name: int(size) for name, size in re.findall(r"^(\S+) (-?\d+)$", done.stdout, re.M)}


def rows():
    sizes = compile_tree(ROOT, TREE)
    heap = heap_of([name for name, _ in STEPS])
    note = "64-bit interpreter; about half on a 32-bit board"
    table = [(f"heap: {what}", heap[name], "B", note) for name, what in STEPS]
    table.append(("heap: all of it", sum(heap.values()), "B", note))
    for package in PACKAGES:
        size = sum(size for path, size in sizes.items() if path.startswith(package + "/"))
        table.append((f"flash: {package}", size, "B", ".mpy, all modules"))
    return table
