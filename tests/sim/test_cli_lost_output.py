"""What a command prints goes nowhere: a full disk, a reader that has gone, a poor encoding."""

import json
import os
import subprocess

import pytest

from support.running_world import NCE, environment, private_folder, run_nce

TIMEOUT_S = 60
FULL = "Failed: the output cannot be written: No space left on device"
TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}

# By click, by rich, by print, at once and at the end, from an event loop.
PRINTING = [
    ("--version",),
    ("bcl", "--help"),
    ("bcl", "lint", "--rules"),
    ("bcl", "decode", "template.json", "2a"),
    ("board", "list", "--json"),
    ("sim", "run", "hello.py", "--cpython"),
]


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    (tmp_path / "hello.py").write_text("print('hello')\n", encoding="utf-8")
    return tmp_path


def spoken(desk, command, output, **more):
    """Exit status and what went to stderr, stdout being `output`."""
    done = subprocess.run(
        [*NCE, *command],
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=desk,
        env=environment(desk) | more,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_a_full_disk_is_told_in_one_line(desk, command):
    with open("/dev/full", "w", encoding="utf-8") as full:
        status, errors = spoken(desk, command, full)
    assert (status, errors.splitlines()[-1]) == (1, FULL)
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_a_reader_that_has_gone_is_no_news(desk, command):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        status, errors = spoken(desk, command, writing)
    finally:
        os.close(writing)
    assert status == 1
    assert errors in ("", "Interrupted.\n")


def test_a_character_that_the_terminal_lacks_is_escaped(desk):
    template = {"sense": [{"asset": "größe", "value": {"byte": 0, "type": "uint"}}]}
    (desk / "template.json").write_text(json.dumps(template), encoding="utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = ("bcl", "explain", "template.json", "2a")
    status, errors = spoken(desk, command, subprocess.PIPE, **ascii_only)
    assert (status, errors) == (0, "")


def test_a_world_whose_console_has_gone_answers_and_then_ends_in_order():
    """A message was stored and never acknowledged, for the error came out of storing it."""
    with private_folder() as folder:
        world = subprocess.Popen(
            [*NCE, "sim", "up", "--json", "--twins", "off"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(folder),
        )
        try:
            assert world.stdout.readline()
            world.stdout.close()
            sent = run_nce(folder, "sim", "message", "1", "--text", "hi")
            assert (sent.returncode, sent.stderr) == (0, "")
            assert world.wait(TIMEOUT_S) == 1
            assert world.stderr.read() == "Closed.\n"
        finally:
            world.kill()
            world.wait()
            world.stderr.close()
