"""The way from an empty folder to a board that delivers, as the README tells it.

The commands are those of the page, run one by one. Two of them need what a test has not: the
address of the project is this tree, and what `make boards` asks root and the network for is put
there: an environment with the built wheel, and the image.
"""

import shutil
import subprocess

import pytest

from support.clean_environment import CleanEnvironment, build_wheel
from support.emulated_boards import board_image
from support.portable_runs import ROOT
from truth.commands import calls_of
from truth.pages import page_of

FIRST, LAST = "git clone ADDRESS nce-iot", "nce board run qemu"
MOST_COMMANDS = 9
LIMIT_S = 300

pytestmark = pytest.mark.slow


def commands_of_the_readme():
    """The commands of the block that begins with the clone, without their comments."""
    commands = [call.command for call in calls_of(page_of(ROOT / "README.md"))]
    start = commands.index(FIRST)
    end = next(at for at, command in enumerate(commands) if command.startswith(LAST))
    return [command.partition("  #")[0].strip() for command in commands[start : end + 1]]


def put_what_make_boards_leaves(clone, tmp_path):
    wheel = build_wheel(tmp_path)
    CleanEnvironment(clone / ".venv", wheel, ("sim", "micropython", "boards"))
    (clone / "build" / "qemu").mkdir(parents=True)
    shutil.copy(board_image("firmware.elf"), clone / "build" / "qemu")


def run(command, folder, activation):
    """Run a command as in one shell: a folder and an environment that were entered stay."""
    script = f"set -e\n{activation}\n{command}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def test_the_readme_leads_from_an_empty_folder_to_delivered_telemetry(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    pytest.importorskip("littlefs")
    board_image("firmware.elf")  # skips where there are no tools
    commands = commands_of_the_readme()
    assert len(commands) <= MOST_COMMANDS
    folder, activation, printed = tmp_path / "empty", "", ""
    folder.mkdir()
    for command in commands:
        if command == FIRST:
            run(command.replace("ADDRESS", str(ROOT)), folder, "")
        elif command.startswith("cd "):
            folder /= command.split()[1]
        elif command == "make boards":
            put_what_make_boards_leaves(folder, tmp_path)
        elif command.startswith(". "):
            activation = command
        else:
            printed = run(command, folder, activation)
    assert "[board]" in printed
    assert "secured by DTLS with coap.os.1nce.com" in printed
    assert '"battery_level"' in printed
    assert "2 messages arrived at 1NCE OS." in printed
    assert "INTERVAL_S = 60 " in (folder / "config.py").read_text()
