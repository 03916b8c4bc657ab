"""The three ways in, typed as a newcomer would: files and commands of a page, in an empty folder.

What the network would bring is put there: `pip install` is an environment with the built wheel
and what its extras name. What a test has not is left out, and `LEFT_OUT` says why.
"""

import re
import shutil
import subprocess
import time

import pytest

from nce_sim.firmware.process import Interpreter
from support.clean_environment import CleanEnvironment, build_wheel
from support.emulated_boards import board_image
from support.portable_runs import ROOT
from truth.pages import page_of
from truth.tools import SHELLS

pytestmark = pytest.mark.slow

LIMIT_S = 400
QUARTER_OF_AN_HOUR_S = 900
INSTALL = re.compile(r"^pip install 'nce-iot\[([\w,]+)\]'(?: (.*))?$", re.M)
LEFT_OUT = {
    "pip install ": "the network; the environment has it",
    "python3 -m venv ": "the environment is made before",
    "nce board run pico_sim7080g ": "a board",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def script_of(page):
    """The page as one script: its files, as they stand, and its commands."""
    parts = ["set -eu"]
    for block in page.blocks:
        if block.file_name:
            parts.append(f"cat > {block.file_name} <<'END OF FILE'\n{block.text}END OF FILE")
        elif block.language in SHELLS:
            assert block.language == "sh", block.where
            commands = block.text.splitlines()
            parts += [each for each in commands if not each.startswith(tuple(LEFT_OUT))]
    return "\n".join(parts) + "\n"


def put_programs(python):
    """What pip would put beside Python: pytest, and MicroPython's program."""
    pytest_program = python.with_name("pytest")
    pytest_program.write_text(f'#!/bin/sh\nexec "{python}" -m pytest "$@"\n')
    pytest_program.chmod(0o755)
    python.with_name("micropython").symlink_to(Interpreter.find("micropython").command[0])


def walk(name, folder, wheel):
    """Type the page in the folder; what was printed, and the seconds that it took."""
    page = page_of(ROOT / name)
    extras, others = INSTALL.search("".join(block.text for block in page.blocks)).groups()
    clean = CleanEnvironment(folder / ".venv", wheel, extras.split(","), (others or "").split())
    put_programs(clean.python)
    start = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", script_of(page)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    took_s = time.monotonic() - start
    print(f"{name}: {took_s:.0f} s\n{done.stdout}")
    assert done.returncode == 0, done.stdout
    assert took_s < QUARTER_OF_AN_HOUR_S
    return done.stdout


@pytest.fixture(autouse=True)
def as_a_newcomer(monkeypatch, tmp_path_factory):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setenv("COLUMNS", "100")


def test_without_hardware(tmp_path, wheel):
    printed = walk("docs/first_simulated_test.md", tmp_path, wheel)
    assert "3 passed" in printed
    assert "delivered up to 42" in printed
    assert "│ 2a" in printed


def test_with_hardware_in_the_loop(tmp_path, wheel):
    printed = walk("docs/first_hardware_test.md", tmp_path, wheel)
    assert re.findall(r"\d passed(?:, \d skipped)?", printed) == [
        "2 passed",
        "2 passed",
        "1 passed, 1 skipped",
    ]
    assert (tmp_path / "report.html").stat().st_size > 1000


def test_flash_a_board(tmp_path, wheel):
    pytest.importorskip("littlefs")
    image = board_image("firmware.elf")  # skips where there are no tools
    (tmp_path / "build/qemu").mkdir(parents=True)
    shutil.copy(image, tmp_path / "build/qemu")  # what `make boards` leaves
    printed = walk("docs/first_board.md", tmp_path, wheel)
    assert "2 messages arrived at 1NCE OS." in printed
    for said in ("start of the blueprint coap", "secured by DTLS", "records are delivered"):
        assert said in printed
    assert "filesystem.uf2" in printed
    assert "INTERVAL_S = 60 " in (tmp_path / "config.py").read_text()
