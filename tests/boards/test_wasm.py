"""MicroPython as WebAssembly, in node: from power-on to decoded telemetry."""

from __future__ import annotations

import asyncio

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.firmware.tree import compile_tree
from nce_sim.ports.tcp import TcpPort
from nce_sim.scenarios.first_light import TEMPLATE, TRACK
from nce_sim.scenarios.report import rows_of
from nce_sim.world import World
from support.portable_runs import ROOT
from support.wasm import micropython_wasm

RUN = ROOT / "tools" / "wasm" / "run.mjs"
LIMIT_S = 120
FIXES = 5
# What a page in a browser would do.
PROGRAM = """
import sys
from board import Board
from blueprints import coap

async def main():
    print("in", sys.implementation[2])
    print("acknowledged in all", await coap.run(Board()))
"""


@pytest.mark.slow
def test_the_firmware_runs_in_node_to_decoded_telemetry(tmp_path):
    folder, tree, program = micropython_wasm(), tmp_path / "tree", tmp_path / "program.py"
    compile_tree(ROOT, tree, board=None)
    rows = rows_of(ROOT / TRACK)[:FIXES]
    track = tree / "data" / "gps_track.csv"
    track.write_text("".join(track.read_text().splitlines(keepends=True)[: 1 + FIXES]))
    program.write_text(PROGRAM)

    async def run():
        world = World(seed=1, clock=LoopClock())
        with Backend(world) as backend:
            backend.add_template("gps", (ROOT / TEMPLATE).read_text(), ("COAP",))
            sim = world.add_sim()
            modem = world.add_modem(sim)
            modem.power_on()
            port = await TcpPort.open(modem)
            process = await asyncio.create_subprocess_exec(
                "node", RUN, folder, tree, str(port.address[1]), program,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            try:
                printed = await asyncio.wait_for(process.stdout.read(), LIMIT_S)
                await asyncio.wait_for(process.wait(), LIMIT_S)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                await port.close()
            history = backend.inspector.history(sim.iccid, protocol="COAP", page_size=None)
        return process.returncode, printed.decode(), [one.value for one in reversed(history)]

    status, printed, decoded = asyncio.run(run())
    assert status == 0, printed
    assert "in JS with Emscripten" in printed
    assert f"acknowledged in all {FIXES}" in printed
    assert decoded == rows
