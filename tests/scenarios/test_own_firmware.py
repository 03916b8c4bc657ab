"""`nce sim run`: a person's own file in the simulated world; a hostile one ends within bounds."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nce_cli.app import app
from nce_cli.run_own import _coverage
from nce_sim.firmware.console_text import LONGEST_LINE, ConsoleText
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.scenarios.own_firmware import ENDED, ENOUGH, LATE, OwnOptions, OwnRun
from support.portable_runs import ROOT
from support.running_world import NCE, environment, private_folder, run_nce
from truth.commands import calls_of
from truth.pages import page_of
from truth.stage import write_files

TEMPLATE = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
LIMIT_S = 120


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ([b"one\r\ntw", b"o\n"], ["one", "two"]),
        ([b"no end"], ["no end"]),
        ([b"\x1b[2J\x07\n"], ["\\x1b[2J\\x07"]),
        ([b"\xff\xfe\n"], ["\\xff\\xfe"]),
        (["ü".encode()[:1], "ü".encode()[1:] + b"\n"], ["ü"]),
        (["\u202e\u2028x\n".encode()], ["\\u202e\\u2028x"]),
        ([b"a\rb\n"], ["a\\rb"]),
        ([b"\n\n"], ["", ""]),
        ([b"x" * (LONGEST_LINE + 1)], ["x" * LONGEST_LINE, "x"]),
        ([b"x" * (LONGEST_LINE + 1) + b"\n"], ["x" * LONGEST_LINE, "x"]),
        ([b"\xe2\x82"], ["\\xe2\\x82"]),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(data, lines):
    text = ConsoleText()
    found = [line for piece in data for line in text.feed(piece)]
    assert found + text.rest() == lines


def ran(folder, program, **options):
    """The outcome and the console of a program that CPython runs."""
    file = folder / "main.py"
    file.write_text(program)
    console = []
    options = {"interpreter": "cpython", "heap_kib": None, "deadline_s": 20, **options}

    async def in_a_loop():
        run = OwnRun(OwnOptions(file, **options), console.append)
        return await asyncio.wait_for(run.run(), LIMIT_S)

    return asyncio.run(in_a_loop()), console


def test_its_status_is_that_of_the_run(tmp_path):
    outcome, console = ran(tmp_path, "import sys\nprint('hello')\nsys.exit(7)")
    assert (outcome.how, outcome.status, outcome.messages) == (ENDED, 7, [])
    assert console == ["hello"]


def test_the_board_is_that_of_the_run_and_modules_beside_it_are_found(tmp_path):
    (tmp_path / "board.py").write_text("raise RuntimeError('the real board')")
    (tmp_path / "near.py").write_text("WORD = 'near'")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/far.py").write_text("WORD = 'far'")
    (tmp_path / "data.txt").write_text("data")
    program = (
        "from board import Board\nfrom near import WORD\nimport far, nce, sys\n"
        "Board(); Board.from_arguments(sys.argv[1:]); Board().power_key(True)\n"
        "if __name__ == '__main__':\n    print(WORD, far.WORD, open('data.txt').read())"
    )
    outcome, console = ran(tmp_path, program)
    assert (outcome.status, console) == (0, ["near far data"])


def test_its_flash_may_be_elsewhere(tmp_path):
    flash = tmp_path / "flash"
    flash.mkdir()
    program = "import near\nopen('kept', 'w').write(near.WORD)"
    (tmp_path / "near.py").write_text("WORD = 'word'")
    assert ran(tmp_path, program, flash=flash)[0].status == 0
    assert (flash / "kept").read_text() == "word"


def test_one_that_never_ends_is_ended(tmp_path):
    program = (
        "import os, signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.fork()\nos.write(1, b'%d\\n' % os.getpid())\nwhile True: time.sleep(1)"
    )
    began = time.monotonic()
    outcome, console = ran(tmp_path, program, deadline_s=1)
    assert outcome.how == LATE
    assert "had not finished after 1 s" in outcome.why
    assert time.monotonic() - began < LIMIT_S / 2
    assert len(console) == 2
    for number in console:
        assert not is_running(int(number))


def is_running(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # of a container without an init


def test_one_that_closes_its_console_and_runs_on_is_ended(tmp_path):
    program = "import os, time\nos.close(1); os.close(2)\ntime.sleep(1000)"
    assert ran(tmp_path, program, deadline_s=1)[0].how == LATE


@pytest.mark.parametrize("flood", ["'x' * 1000", "''", "chr(27) * 500"])
def test_a_flood_ends_the_run(tmp_path, flood):
    with pytest.raises(FirmwareFailed, match="printed more than 50,000 bytes"):
        ran(tmp_path, f"while True: print({flood})", console_bytes=50_000)


def test_a_signal_that_ends_it_is_told(tmp_path):
    outcome, _ = ran(tmp_path, "import os\nos.kill(os.getpid(), 11)")
    assert (outcome.how, outcome.status) == (ENDED, -11)


def test_a_template_that_is_none_is_told(tmp_path):
    with pytest.raises(FirmwareFailed, match="the template is refused"):
        ran(tmp_path, "", templates=[(("COAP",), "{}")])


def test_coverage_is_read_as_steps():
    steps = _coverage("off@30, on@90.5")
    assert [(step.at_ms, step.arguments) for step in steps] == [
        (30_000, {"state": "off"}),
        (90_500, {"state": "on"}),
    ]
    assert list(_coverage(None)) == []


@pytest.mark.parametrize("text", ["off", "off@", "away@3", "off@-1", "off@1e9", "off@99999999"])
def test_coverage_that_cannot_be_read_is_wrong_usage(text):
    with pytest.raises(typer.BadParameter, match="is not on@SECONDS or off@SECONDS"):
        _coverage(text)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--micropython", "--cpython"], "not both"),
        (["--template", "mqtt=x.json"], "the protocol is coap or udp"),
        (["--template", "missing.json"], "missing.json"),
        (["--family", "bg1"], "unknown modem"),
        (["--cpython", "--heap-kib", "128"], "128: CPython's heap has no size"),
    ],
)
def test_wrong_usage_has_status_2(tmp_path, arguments, told):
    (tmp_path / "main.py").write_text("")
    done = CliRunner().invoke(app, ["sim", "run", str(tmp_path / "main.py"), *arguments])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


FOR_EVER = """
import asyncio
from board import Board
from levels import LEVELS
from nce import Device
from nce_bcl import Template
from nce_modem import Modem

TEMPLATE = %s


async def main():
    async with Device(Modem(Board()), Template(TEMPLATE), topic="tank") as device:
        while True:
            for level in LEVELS:
                await device.send({"level": level})
                print("sent\\x1b[31m", level)


asyncio.run(main())
""" % (TEMPLATE,)


def project(folder):
    (folder / "main.py").write_text(FOR_EVER)
    (folder / "levels.py").write_text("LEVELS = (7, 8, 9)")
    (folder / "template.json").write_text(TEMPLATE)
    (folder / "board.py").write_text("from machine import Pin")
    return folder / "main.py"


@pytest.mark.slow
def test_firmware_on_micropython_ends_with_what_1nce_os_decoded(tmp_path):
    file = project(tmp_path)
    fault = {"name": "reset", "command": "+QISEND", "count": 6}
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps({"at_s": 0.5, "verb": "fault", "arguments": fault}))
    timeline, pcap = tmp_path / "run.jsonl", tmp_path / "run.pcap"
    with private_folder() as folder:
        done = subprocess.run(
            [*NCE, "sim", "run", file, "--template", f"coap={tmp_path / 'template.json'}",
             "--script", script, "--until", "5", "--json", "--timeline", timeline, "--pcap", pcap],
            capture_output=True, text=True, timeout=LIMIT_S, env=environment(folder), check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    end = told[-1]
    assert (end["kind"], end["how"], end["status"]) == ("end", ENOUGH, 0)
    assert [one["value"] for one in end["messages"]][:3] == [
        {"level": level} for level in (7, 8, 9)
    ]
    assert {(one["protocol"], one["topic"]) for one in end["messages"]} == {("COAP", "tank")}
    assert {"kind": "console", "line": "sent\\x1b[31m 7"} in told
    assert any(one["kind"] == "step" and "fault name=reset" in one["text"] for one in told)
    records = [json.loads(line) for line in timeline.read_text().splitlines()]
    assert {"uplink", "control"} <= {record["kind"] for record in records}
    assert pcap.stat().st_size > 1_000
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_the_page_runs_as_it_stands(tmp_path):
    page = page_of(ROOT / "docs" / "own_firmware.md")
    (call,) = [one for one in calls_of(page) if one.command.startswith("nce sim run ")]
    write_files(page, tmp_path, call.line)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.py", "template.json"]
    with private_folder() as folder:
        done = subprocess.run(
            [*NCE, *shlex.split(call.command)[1:]], cwd=tmp_path,
            capture_output=True, text=True, timeout=LIMIT_S, env=environment(folder), check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (shown,) = [block.text for block in page.blocks if "1NCE OS has" in block.text]
    table = [line for line in shown.splitlines() if line[:1] in "┏┃┡│└"]
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert printed[-len(table) :] == table
    assert "1NCE OS has 2 messages" in done.stdout
    assert {"sent 42", "sent 43"} < set(printed)


@pytest.mark.slow
def test_ctrl_c_ends_firmware_and_world(tmp_path):
    (tmp_path / "main.py").write_text("import os, time\nprint(os.getpid())\ntime.sleep(1000)")
    timeline = tmp_path / "run.jsonl"
    with private_folder() as folder:
        process = subprocess.Popen(
            [*NCE, "sim", "run", tmp_path / "main.py", "--cpython", "--timeline", timeline],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(folder),
        )  # fmt: skip
        firmware = int(process.stdout.readline())
        status = run_nce(folder, "sim", "status", "--json")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=LIMIT_S)
        assert os.listdir(folder) in ([], ["nce"])
    assert status.returncode == 0, status.stderr
    assert process.returncode == 130
    assert errors.strip() == "Interrupted."
    assert "Traceback" not in output
    assert not is_running(firmware)
    assert timeline.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("import sys; sys.exit(3)", ["--cpython"], 3),
        ("import sys; sys.exit(3)", ["--micropython"], 3),
        ("import time; time.sleep(100)", ["--cpython", "--deadline-s", "1"], 124),
        ("import os; os.kill(os.getpid(), 9)", ["--cpython"], 137),
        ("kept = []\nwhile True: kept.append(bytearray(10**6))", ["--cpython"], 1),
        ("while True: print()", ["--cpython", "--console-bytes", "5000"], 1),
    ],
)
def test_the_exit_status_says_how_it_ended(tmp_path, program, arguments, status):
    (tmp_path / "main.py").write_text(program)
    with private_folder() as folder:
        done = subprocess.run(
            [*NCE, "sim", "run", tmp_path / "main.py", *arguments],
            capture_output=True, text=True, timeout=LIMIT_S, env=environment(folder), check=False,
        )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Failed: ")
