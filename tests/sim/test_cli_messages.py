"""What `nce` says when it cannot do as it was told: one sentence on stderr, and an exit status."""

import json
import signal
import subprocess
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nce_cli import messages
from nce_cli.app import app
from nce_sim.firmware import process
from nce_sim.firmware.process import FirmwareFailed
from nce_sim.scenarios import first_light

# Arguments, and what stderr says of them.
WRONG_USAGE = (
    (("sim", "up", "--template", "/nonexist"), "'/nonexist' does not"),
    (("sim", "up", "--db", "/nonexist/x.db"), "/nonexist is not a folder"),
    (("sim", "demo", "--db", "/nonexist/x.db"), "/nonexist is not a folder"),
    (("sim", "demo", "--db", "/"), "/ is a folder"),
    (("sim", "demo", "--kill-modem-at", "500"), "no fix 500 to kill the modem at"),
    (("modem", "log", "--port", "/dev/null", "-o", "/nonexist/x"), "/nonexist is not a folder"),
    (("bcl", "translate", "-", "-o", "/nonexist/x.json"), "/nonexist is not a folder"),
    (("bcl", "new", "-", "-o", "/nonexist/x.json"), "/nonexist is not a folder"),
)


def nce(*arguments, columns=200):
    return subprocess.run(
        [sys.executable, "-m", "nce_cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"COLUMNS": str(columns), "PATH": "/nonexist", "PYTHONPATH": ":".join(sys.path)},
    )


@pytest.mark.parametrize(("arguments", "told"), WRONG_USAGE)
def test_a_wrong_argument_is_named_on_stderr_before_any_work(arguments, told):
    done = nce(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# What writes a file, and the exit status when the disk is full.
WRITING = (
    (("sim", "run", "x.py", "--cpython", "--timeline", "/dev/full"), 1),
    (("sim", "run", "x.py", "--cpython", "--pcap", "/dev/full"), 1),
    (("lwm2m", "package", "x.py", "-o", "/dev/full"), 2),
    (("bcl", "new", "samples.jsonl", "-o", "/dev/full"), 2),
    (("board", "image", "-o", "/dev/full"), 1),
    (("board", "config", "--file", "/dev/full", "TOPIC=x"), 2),  # it was read for ever
)


@pytest.mark.parametrize(("arguments", "status"), WRITING)
def test_the_file_that_takes_no_more_is_named(tmp_path, monkeypatch, arguments, status):
    (tmp_path / "x.py").write_text("print(1)\n", encoding="utf-8")
    (tmp_path / "samples.jsonl").write_text('{"level": 42}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = nce(*arguments)
    assert done.returncode == status
    assert done.stderr.splitlines()[-1].startswith("Failed: /dev/full")
    assert "Traceback" not in done.stderr


def test_brackets_in_an_advice_are_text(capsys):
    messages.failed("pip install 'nce-iot[micropython]'")
    shown = capsys.readouterr()
    assert shown.err == "Failed: pip install 'nce-iot[micropython]'\n"
    assert shown.out == ""


def test_a_long_line_is_not_wrapped(capsys):
    messages.say(Console(width=40), "x" * 200)
    assert capsys.readouterr().out == "x" * 200 + "\n"


def test_a_run_that_fails_says_so_on_stderr(tmp_path):
    done = nce("sim", "demo", "--source", str(tmp_path))
    assert done.returncode == 1
    assert "Failed:" in done.stderr
    assert "--source" in done.stderr


def test_options_are_judged_before_anything_is_started():
    options = first_light.Options(interpreter="cpython", kill_modem_at_fix=115)
    run = first_light.first_light(options)
    with pytest.raises(first_light.BadOptions, match="has 114"):
        run.send(None)


@pytest.mark.parametrize("command", [("sim", "run", "x.py"), ("sim", "demo")])
def test_without_micropython_the_remedy_is_an_option_of_this_command(
    tmp_path, monkeypatch, command
):
    (tmp_path / "x.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/nonexist/python")
    monkeypatch.setattr(process.shutil, "which", lambda name: None)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "`nce sim run --cpython`, `nce sim demo --interpreter cpython`" in done.output


def test_a_run_reads_its_track_once(monkeypatch):
    read = []
    rows_of = first_light.rows_of

    def find(*arguments):
        raise FirmwareFailed("no interpreter here")

    monkeypatch.setattr(first_light, "rows_of", lambda path: read.append(path) or rows_of(path))
    monkeypatch.setattr(first_light.Interpreter, "find", find)
    done = CliRunner().invoke(app, ["sim", "demo"])
    assert (done.exit_code, len(read)) == (1, 1), done.output


def test_the_simulated_modem_needs_no_pyserial_for_a_pty(tmp_path):
    (tmp_path / "serial.py").write_text("raise ModuleNotFoundError('no pyserial', name='serial')")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from nce_cli.app import app\n"
        "app(['sim', 'modem', '--pty', '--json'])"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = running.stdout.readline()  # ends when the program does, so it has a bound
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert json.loads(first)["pty"].startswith("/dev/"), errors
    assert running.returncode == 0
