"""`nce sim run --qemu`: a person's own file on the emulated board."""

from __future__ import annotations

import json
import subprocess

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.firmware.own_rom import own_files
from nce_sim.scenarios.own_firmware import ENDED
from support.emulated_boards import board_image
from support.running_world import NCE, environment, private_folder

TEMPLATE = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
LIMIT_S = 240
# Two lives: the first keeps its level on the flash, the second sends it and ends.
PROGRAM = (
    """
import asyncio
import sys
from board import Board
from levels import LEVEL
from nce import Device
from nce_bcl import Template
from nce_modem import Modem

TEMPLATE = %s
board = Board()
if not board.woke_from_deep_sleep():
    with open("kept", "w") as file:
        file.write(str(LEVEL))
    try:
        import broken
    except SyntaxError:
        print("sleeps\\x1b[31m")
    board.deep_sleep(100)


async def main():
    with open("kept") as file:
        level = int(file.read())
    async with Device(Modem(board, family="bg95"), Template(TEMPLATE), topic="tank") as device:
        await device.send({"level": level})


assert __name__ == "__main__"
asyncio.run(main())
sys.exit(5)
"""
    % TEMPLATE
)


@pytest.mark.slow
def test_firmware_on_the_board_sleeps_sends_and_ends_with_its_status(tmp_path):
    image = board_image("firmware.elf")
    project, flash = tmp_path / "project", tmp_path / "flash"
    (project / "lib").mkdir(parents=True)
    flash.mkdir()
    (project / "mine.py").write_text(PROGRAM)
    (project / "board.py").write_text("raise RuntimeError('the real board')")
    (project / "broken.py").write_text("def (")
    (project / "lib/levels.py").write_text("LEVEL = 42")
    (project / "template.json").write_text(TEMPLATE)
    fault = {"name": "reset", "command": "+QISEND", "count": 1}
    script, timeline = tmp_path / "script.jsonl", tmp_path / "run.jsonl"
    script.write_text(json.dumps({"at_s": 0.5, "verb": "fault", "arguments": fault}))
    with private_folder() as folder:
        done = subprocess.run(
            [*NCE, "sim", "run", project / "mine.py", "--qemu", "--image", image, "--json",
             "--template", f"coap={project / 'template.json'}", "--flash", flash,
             "--script", script, "--timeline", timeline, "--deadline-s", str(LIMIT_S - 40)],
            capture_output=True, text=True, timeout=LIMIT_S, env=environment(folder), check=False,
        )  # fmt: skip
    assert done.returncode == 5, done.stdout + done.stderr
    assert done.stderr == "Failed: the firmware ended with status 5\n"
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"kind": "console", "line": "sleeps\\x1b[31m"} in told
    assert any(one["kind"] == "step" and "fault name=reset" in one["text"] for one in told)
    end = told[-1]
    assert (end["how"], end["status"]) == (ENDED, 5)
    assert [(one["topic"], one["value"]) for one in end["messages"]] == [("tank", {"level": 42})]
    kinds = {json.loads(line)["kind"] for line in timeline.read_text().splitlines()}
    assert {"uplink", "control"} <= kinds
    assert (flash / "flash.img").stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--qemu", "--image", "none.elf"], 1, "no image none.elf; `make boards` builds it"),
        (["--qemu", "--heap-kib", "2000"], 2, "at most 1024"),
        (["--image", "none.elf"], 2, "goes with --qemu or --pico"),
        (["--qemu", "--cpython"], 2, "give one of them"),
    ],
)
def test_what_the_board_cannot_do_is_told(tmp_path, arguments, status, told):
    (tmp_path / "main.py").write_text("")
    with private_folder() as folder:
        done = CliRunner(env=environment(folder)).invoke(
            app, ["sim", "run", str(tmp_path / "main.py"), *arguments]
        )
    assert done.exit_code == status
    assert told in " ".join(done.output.replace("│", " ").split())


def test_what_stands_beside_the_file_comes_before_its_lib(tmp_path):
    files = ["mine.py", "near.py", "both.py", "notes.txt", "package/__init__.py", "package/a.json",
             "folder/b.py", "lib/both/__init__.mpy", "lib/far.mpy", "lib/space/c.mpy",
             "lib/twice.py", "lib/twice.mpy", "lib/board.py", "board.py", "main.py"]  # fmt: skip
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    found = {
        path.as_posix(): source.relative_to(tmp_path).as_posix()
        for path, source in own_files(tmp_path / "mine.py").items()
    }
    names = ["near.py", "mine.py", "both.py", "package/__init__.py", "package/a.json"]
    assert found == {
        "main.py": "mine.py",
        **dict(zip(names, names, strict=True)),
        **{name: f"lib/{name}" for name in ("far.mpy", "space/c.mpy", "twice.py")},
    }
