"""What a sealed or opened record costs on MicroPython: garbage in bytes, or instructions.

per_record("seal", 54)                # bytes
per_record("open", 54, "valgrind")    # instructions, sealing included
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from nce_sim.firmware.tree import compile_tree
from support.portable_runs import ROOT

RECORDS = 500

PROBE = """
import gc, sys
from nce.dtls.record import Records, headers_of
from nce.dtls.suites import PSK_AES_128_CCM_8
records = Records()
back = Records()
block = bytes(range(40))
records.protect(PSK_AES_128_CCM_8, block)
back.protect(PSK_AES_128_CCM_8, block[16:32] + block[:16] + block[36:] + block[32:36])
data = bytes(%d)
gc.collect()
if sys.argv[3] == "keep":
    gc.disable()
count = int(sys.argv[1])
opened = sys.argv[2] == "open"
sealed = 0
before = gc.mem_alloc()
for number in range(count):
    datagram = records.seal(1, 23, data)
    if opened:
        back.open(datagram, headers_of(datagram)[0])
print("heap", gc.mem_alloc() - before)
"""


def _run(count, way, size, valgrind):
    command = [str(Path(sys.executable).with_name("micropython")), "-X"]
    command.append("heapsize=128k" if valgrind else "heapsize=64m")
    if valgrind:
        command[:0] = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    rest = "collect" if valgrind else "keep"
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "probe.py"
        script.write_text(PROBE % size)
        done = subprocess.run(
            [*command, str(script), str(count), way, rest],
            cwd=ROOT / "build" / "mpy",
            env={**os.environ, "MICROPYPATH": f"{ROOT / 'build' / 'mpy'}:.frozen"},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    if valgrind:
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])
    return int(re.search(r"heap (\d+)", done.stdout)[1])


def per_record(way, size, valgrind=None):
    """The cost of one record of `size` bytes of data: the difference of two runs.

    Bytes are counted with collection off; instructions as on a board, in 128 KiB and with it on:
    what leaves garbage pays for it.
    """
    compile_tree(ROOT, ROOT / "build" / "mpy")
    few, more = (_run(times * RECORDS, way, size, valgrind) for times in (1, 2))
    return (more - few) // RECORDS
