"""`nce sim run --pico`: a person's own file on the emulated Raspberry Pi Pico, in virtual time."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.clock import NothingScheduled, VirtualClock, run_virtual
from nce_sim.firmware.pico_code import Prompt
from nce_sim.scenarios.own_firmware import ENDED, ENOUGH
from nce_sim.world import World
from support.emulated_picos import FOLDER, RecordingLine, pico_firmware, pico_of
from support.running_world import NCE, environment, private_folder

TEMPLATE = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
LIMIT_S = 240
# A record an hour; the first life sleeps until the second, and the flash keeps the count.
PROGRAM = (
    """
import asyncio
from board import Board
from levels import LEVELS
from nce import Device
from nce_bcl import Template
from nce_modem import Modem

TEMPLATE = %s
board = Board()
try:
    with open("count") as file:
        count = int(file.read())
except OSError:
    count = 0
print("record\\x1b[31m", count)


async def main():
    async with Device(Modem(board), Template(TEMPLATE), topic="tank") as device:
        await device.send({"level": LEVELS[count]})


try:
    import broken
except SyntaxError:
    asyncio.run(main())
with open("count", "w") as file:
    file.write(str(count + 1))
board.deep_sleep(3_600_000)
"""
    % TEMPLATE
)
BANNER = (
    b'MicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico\r\nType "help()" for more information.'
)


def run_on_pico(file, *arguments):
    """The command, and the objects that it printed."""
    with private_folder() as folder:
        done = subprocess.run(
            [*NCE, "sim", "run", file, "--pico", "--image", FOLDER / "frozen.bin", "--json",
             *arguments],
            capture_output=True, text=True, timeout=LIMIT_S, env=environment(folder), check=False,
        )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_firmware_on_the_pico_sleeps_for_hours_and_finds_its_flash_again(tmp_path):
    pico_firmware()
    project, flash = tmp_path / "project", tmp_path / "flash"
    (project / "lib").mkdir(parents=True)
    flash.mkdir()
    (project / "mine.py").write_text(PROGRAM)
    (project / "board.py").write_text("raise RuntimeError('the real board')")
    (project / "broken.py").write_text("def (")
    (project / "lib/levels.py").write_text("LEVELS = (7, 8, 9)")
    (project / "template.json").write_text(TEMPLATE)
    fault = {"name": "reset", "command": "+QISEND", "count": 1}
    script, timeline = tmp_path / "script.jsonl", tmp_path / "run.jsonl"
    script.write_text(json.dumps({"at_s": 3600, "verb": "fault", "arguments": fault}))
    given = ("--template", f"coap={project / 'template.json'}", "--flash", flash)
    done, told = run_on_pico(
        project / "mine.py", *given, "--until", "2", "--deadline-s", "7200",
        "--coverage", "off@3590,on@3700", "--script", script, "--timeline", timeline,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    end = told[-1]
    assert end["how"] == ENOUGH
    assert [one["value"] for one in end["messages"]] == [{"level": 7}, {"level": 8}]
    lines = [one["line"] for one in told if one["kind"] == "console"]
    assert lines == ["record\\x1b[31m 0", "record\\x1b[31m 1"]
    assert [one["text"].split()[3] for one in told if one["kind"] == "step"] == [
        "coverage", "fault", "coverage"
    ]  # fmt: skip
    last = json.loads(timeline.read_text().splitlines()[-1])
    assert last["at_ms"] > 3_700_000
    # Another run: the power was cut before the count was written, so that record comes again.
    (project / "lib/levels.py").write_text("LEVELS = (17, 18, 19)")
    done, told = run_on_pico(project / "mine.py", *given, "--until", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told[-1]["messages"][0]["value"] == {"level": 18}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("print(1)", [], 0),
        ("print(1)\nlen(1)", [], 1),
        ("import time\nwhile True:\n    time.sleep(10)", ["--deadline-s", "1000"], 124),
        ("while True: print()", ["--console-bytes", "5000"], 1),
    ],
)
def test_the_exit_status_says_how_it_ended(tmp_path, program, arguments, status):
    pico_firmware()
    (tmp_path / "main.py").write_text(program)
    done, told = run_on_pico(tmp_path / "main.py", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    if program.startswith("print"):
        assert told[0] == {"kind": "console", "line": "1"}
        assert (told[-1]["how"], told[-1]["status"]) == (ENDED, status)
    else:
        assert done.stderr.startswith("Failed: ")


@pytest.mark.slow
def test_ctrl_c_ends_a_busy_board(tmp_path):
    pico_firmware()
    (tmp_path / "main.py").write_text("print('busy')\nwhile True: pass")
    timeline = tmp_path / "run.jsonl"
    with private_folder() as folder:
        process = subprocess.Popen(
            [*NCE, "sim", "run", tmp_path / "main.py", "--pico", "--image", FOLDER / "frozen.bin",
             "--deadline-s", "100000", "--timeline", timeline],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(folder),
        )  # fmt: skip
        assert process.stdout.readline() == "busy\n"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert errors.strip() == "Interrupted."
    assert "Traceback" not in output
    assert timeline.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--image", "none.bin"], 1, "no image none.bin; `make pico` builds it"),
        (["--heap-kib", "200"], 2, "a Pico has the heap of its image"),
        (["--name", "mine"], 2, "other commands do not reach a world in virtual time"),
        (["--qemu"], 2, "give one of them"),
    ],
)
def test_what_a_pico_cannot_do_is_told(tmp_path, arguments, status, told):
    (tmp_path / "main.py").write_text("")
    with private_folder() as folder:
        done = CliRunner(env=environment(folder)).invoke(
            app, ["sim", "run", str(tmp_path / "main.py"), "--pico", *arguments]
        )
    assert done.exit_code == status
    assert told in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("printed", "ends", "status"),
    [
        (b"1\r\n" + BANNER + b"\r\n>>> ", True, 0),
        (b"1\r\n" + BANNER + b"\r\n", False, 0),
        (b"1\r\n>>> ", False, 0),
        (
            b'Traceback (most recent call last):\r\n  File "main.py", line 2, in <module>\r\n'
            b"ZeroDivisionError: divide by zero\r\n" + BANNER + b"\r\n>>> ",
            True,
            1,
        ),
        (
            b'Traceback (most recent call last):\r\n  File "main.py", line 2, in <module>\r\n'
            b"OSError: 5\r\ngoes on\r\n" + BANNER + b"\r\n>>> ",
            True,
            0,
        ),
    ],
)
def test_the_prompt_is_the_end_of_a_program(printed, ends, status):
    for size in (1, 7, 1_000):
        prompt = Prompt()
        pieces = [printed[start : start + size] for start in range(0, len(printed), size)]
        found = [prompt.feed(piece) for piece in pieces]
        assert found[-1] == ends
        assert not any(found[:-1])
        assert prompt.status == status


@pytest.mark.slow
def test_a_deadline_of_the_loop_is_kept_to_the_millisecond():
    """The board that has the time stops for it, although it has nothing to do then."""
    firmware = pico_firmware()

    async def main(clock):
        world = World(seed=1, clock=clock)
        pico = pico_of(world, RecordingLine(world), firmware, {})
        pico.power_on()
        asyncio.get_running_loop().pass_time_by(pico.pass_time)
        for duration_ms in (500, 7, 1, 33):
            before_ms = clock.now_ms()
            await asyncio.sleep(duration_ms / 1000)
            assert duration_ms <= clock.now_ms() - before_ms <= duration_ms + 1

    run_virtual(main)


def test_something_else_passes_the_time_of_a_loop():
    """As a board does: to the next deadline at most, and without one for as long as it likes."""
    clock = VirtualClock()
    asked = []

    def pass_time(due_ms):
        asked.append(due_ms)
        clock.advance_to(
            clock.now_ms() + 40 if due_ms is None else min(due_ms, clock.now_ms() + 40)
        )

    async def main(clock):
        loop = asyncio.get_running_loop()
        loop.pass_time_by(pass_time)
        await asyncio.sleep(0.1)
        end_ms = clock.now_ms()
        assert 100 <= end_ms <= 101  # in slices, a deadline may be rounded up
        assert [due_ms <= end_ms for due_ms in asked] == [True, True, True]
        heard = asyncio.Event()
        clock.call_in_passing(70, heard.set)
        await heard.wait()
        assert clock.now_ms() == end_ms + 80
        assert asked[3:] == [None, None]
        loop.pass_time_by(None)
        await asyncio.Event().wait()

    with pytest.raises(NothingScheduled):
        run_virtual(main, clock)
