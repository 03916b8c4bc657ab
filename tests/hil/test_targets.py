"""One test on every target: the project beside this file, run by a pytest of its own on each.

A serial port's modem is `nce sim modem --pty` in another process, and a real board is MicroPython
with its console at a pty (`support.board_at_a_pty`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from nce_sim.pytest_plugin.target_table import CAPABILITIES, KINDS, TargetMistake, read
from support.emulated_boards import board_image
from support.emulated_picos import pico_firmware

pytest_plugins = ["pytester"]

WITHOUT = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:anyio")
PROJECT = Path(__file__).with_name("project")
LIMIT_S = 400
NCE = "import sys; from nce_cli import main; sys.exit(main())"
# Target -> tests that pass there, and tests that are skipped and say why. "alone" is a board whose
# modem is nowhere, so that one test alone makes sense.
OUTCOMES = {
    "pty": (4, 2),
    "micropython": (5, 1),
    "qemu": (5, 1),
    "pico": (6, 0),
    "serial": (3, 3),
    "board": (3, 3),
    "alone": (1, 0),
}


@contextmanager
def program(*arguments, **options):
    """A program in the background; the line of JSON that it prints first."""
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def run_project(*options):
    """The tests of the project, with options of the plugin."""
    command = (sys.executable, "-m", "pytest", "-v", "-rs", *WITHOUT, "-c", "pytest.ini")
    return subprocess.run(
        (*command, *options),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def run_on(target, folder):
    """The same on a target, with what stands for its hardware."""
    if target == "serial":
        with program(sys.executable, "-c", NCE, "sim", "modem", "--pty", "--json") as modem:
            return run_project(f"--nce-target=serial:{modem['pty']}")
    if target in ("board", "alone"):
        main = str(PROJECT / "board_main.py")
        stand_in = (sys.executable, "-m", "support.board_at_a_pty", main)
        flash = folder / target
        flash.mkdir()
        found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with program(*stand_in, cwd=flash, env=found) as board:
            bridge = f"--nce-bridge={board['uart']}"
            options = ("-k", "starts_again") if target == "alone" else (bridge,)
            return run_project(f"--nce-target=board:{board['console']}", *options)
    return run_project(f"--nce-target={target}")


@pytest.mark.slow
def test_one_test_passes_on_every_target_or_says_what_the_target_lacks(tmp_path, figure):
    board_image("firmware.elf")  # built first; skips where the emulator is not
    pico_firmware()  # as this
    with ThreadPoolExecutor(len(OUTCOMES)) as pool:
        done_on = pool.map(lambda target: run_on(target, tmp_path), OUTCOMES)
        runs = dict(zip(OUTCOMES, done_on, strict=True))
    wrong = []
    for target, done in runs.items():
        summary = done.stdout.splitlines()[-1]
        figure(f"--nce-target={target}: {summary.strip('= ')}")
        passed = re.search(r"(\d+) passed", summary)
        told = re.findall(r"needs \w+, which --nce-target=\S+ does not have: ", done.stdout)
        if done.returncode or (int(passed[1]), len(told)) != OUTCOMES[target]:
            wrong.append(f"{target}\n{done.stdout}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_same_test_passes_in_virtual_time(pytester):
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True)
    pytester.runpytest(*WITHOUT).assert_outcomes(passed=6)


@pytest.mark.parametrize(
    "text", [f"{kind}:/dev/x" if KINDS[kind].has_port else kind for kind in KINDS]
)
def test_every_reason_is_of_a_capability_that_tests_may_need(text):
    assert set(read(text).cannot) <= set(CAPABILITIES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("serial:",), "use sim, pty"),
        (("sim:1",), "use sim, pty"),
        (("board",), "use sim, pty"),
        (("pty", "/dev/x"), "--nce-bridge=/dev/x is for --nce-target=board:PORT"),
        (("sim", "", "a.elf"), "--nce-image=a.elf is for --nce-target=qemu or pico"),
    ],
)
def test_a_target_that_is_none_is_refused(given, words):
    with pytest.raises(TargetMistake, match=words):
        read(*given)


def test_a_bridge_gives_a_real_board_a_simulated_network():
    alone, bridged = read("board:/dev/x"), read("board:/dev/x", "/dev/y")
    assert not alone.has("coverage")
    assert bridged.has("world")
    assert bridged.has("coverage")
    assert bridged.has("modem_reset")
    assert not bridged.has("flash")
