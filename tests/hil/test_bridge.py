"""`nce hil bridge`: a simulated modem at a serial port, for which a pty stands; scripts."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tty
from contextlib import contextmanager

import pytest
import serial
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.clock import run_virtual
from nce_sim.control.client import ask
from nce_sim.control.faults import FAULTS
from nce_sim.control.script import ScriptMistake, play, read_script
from nce_sim.control.verb import Reach
from nce_sim.modem.faults.catalogue import CATALOGUE, STREAM_CATALOGUE
from nce_sim.world import World

NCE = "import sys; from nce_cli import main; sys.exit(main())"
SCRIPT = """
# A hole, and a modem that restarts in the middle of sending.
{"at_s": 30, "verb": "coverage", "arguments": {"state": "off"}}
{"at_s": 90.5, "verb": "coverage", "arguments": {"state": "on"}}
{"at_s": 10, "verb": "fault", "arguments": {"name": "reset", "command": "+QISEND", "count": 2}}
{"at_s": 91, "verb": "power", "arguments": {"modem": 7, "state": "off"}}
"""


def test_a_script_happens_at_its_times_and_tells_what_is_refused():
    async def main(clock):
        world = World(1, clock)
        modem = world.add_modem(world.add_sim())
        clock.advance(5_000)
        changes = []
        world.operator.cells[0].watch(lambda cell: changes.append(clock.now_ms()))
        told = []
        await play(Reach(world), read_script(SCRIPT), told.append)
        return changes, told, modem.faults.unmet

    changes, told, unmet = run_virtual(main)
    assert changes == [35_000, 95_500]
    assert unmet == ("2 more +QISEND, received",)
    assert told == [
        "script line 5: fault name=reset command=+QISEND count=2",
        "script line 3: coverage state=off",
        "script line 4: coverage state=on",
        "script line 6: power modem=7 state=off: refused: there is no modem 7; the world has 1, "
        "counted from 1",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: it is not JSON"),
        ('{"verb": "status"}', "line 2: a step is"),
        ('{"at_s": -1, "verb": "status"}', "line 2: at_s is -1; it is a number of seconds"),
        ('{"at_s": NaN, "verb": "status"}', "line 2: at_s is nan"),
        ('{"at_s": 1, "verb": "explode"}', "line 2: unknown verb 'explode'; choose one of status"),
        ('{"at_s": 1, "verb": "coverage"}', "line 2: state is missing"),
        (
            '{"at_s": 1, "verb": "fault", "arguments": {"name": "rust"}}',
            "line 2: name is 'rust', not one of boot noise",
        ),
    ],
)
def test_a_wrong_line_is_refused_before_anything_happens(line, words):
    with pytest.raises(ScriptMistake, match=words):
        read_script(f"\n{line}\n")


def test_each_fault_of_the_catalogue_has_a_name_of_its_own():
    assert len(FAULTS) == len(CATALOGUE) + len(STREAM_CATALOGUE)


def test_a_busy_port_is_refused_with_its_status():
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    with serial.Serial(path, exclusive=True):
        result = CliRunner().invoke(app, ["hil", "bridge", "--port", path])
    os.close(master)
    os.close(slave)
    assert result.exit_code == 5, result.output
    assert "another program has it" in result.output


def test_a_wrong_script_is_wrong_usage(tmp_path):
    script = tmp_path / "wrong.jsonl"
    script.write_text('{"at_s": 1, "verb": "coverage"}\n')
    result = CliRunner().invoke(
        app, ["hil", "bridge", "--port", "/dev/ttyNONE", "--script", str(script)]
    )
    assert result.exit_code == 2
    assert "line 1: state is missing" in " ".join(result.output.split())


@contextmanager
def bridge(*options):
    """The command beside a pty: its process, what it says of itself, and the board's end."""
    master, slave = os.openpty()
    tty.setraw(slave)
    command = (sys.executable, "-c", NCE, "hil", "bridge", "--json", "--port", os.ttyname(slave))
    with subprocess.Popen(
        (*command, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline()), master
        finally:
            process.kill()
            os.close(master)
            os.close(slave)


async def heard_until(descriptor, end):
    """What the board hears, up to the words `end`."""
    loop, heard, more = asyncio.get_running_loop(), bytearray(), asyncio.Event()

    def read():
        heard.extend(os.read(descriptor, 1024))
        more.set()

    loop.add_reader(descriptor, read)
    try:
        async with asyncio.timeout(30):
            while end not in heard:
                more.clear()
                await more.wait()
    finally:
        loop.remove_reader(descriptor)
    return bytes(heard)


@pytest.mark.slow
def test_a_board_at_a_port_meets_what_script_and_control_channel_do(tmp_path):
    script = tmp_path / "reset.jsonl"
    script.write_text('{"at_s": 6, "verb": "fault", "arguments": {"name": "reset"}}\n')
    with bridge("--script", str(script)) as (process, told, board):

        async def main():
            await heard_until(board, b"\r\nRDY\r\n")
            os.write(board, b"AT+CGMM\r")
            assert b"BG95-M3" in await heard_until(board, b"OK\r\n")
            await heard_until(board, b"\r\nRDY\r\n")  # the reset of the script
            ask(told["control"]["socket"], "power", {"modem": 1, "state": "cut"})
            state = ask(told["control"]["socket"], "status", {})["modems"][0]["power"]
            assert state == "off"

        asyncio.run(main())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "script line 1: fault name=reset" in process.stderr.read()
