"""A session between a board and a modem, recorded in between, and played back to the board."""

import asyncio
import json
import os
import re
import subprocess
import time
import tty

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from nce_cli.doctor import serial_board
from nce_cli.hil_record import Relay
from nce_cli.modem_log import RecordingBoard, SessionFile
from nce_cli.replay import replay
from nce_modem.serial_board import SerialBoard
from nce_sim.clock import LoopClock, VirtualClock
from nce_sim.ports.pty import PtyPort
from nce_sim.record.replay import Entry, Replay, read_session, write_session
from nce_sim.world import World
from support.running_world import NCE

PIN = "4711"
TALK = ("AT+CGMR", f'AT+CPIN="{PIN}"', "AT+CIMI", "AT")


async def talk(path):
    """What a board hears when it says all of it."""
    reader, writer = await SerialBoard(path).open_uart()
    heard = b""
    for line in TALK:
        writer.write(line.encode() + b"\r")
        await writer.drain()
        start = len(heard)
        while re.search(rb"(OK|ERROR.*)\r\n$", heard[start:]) is None:
            heard += await asyncio.wait_for(reader.read(256), 10)
    writer.close()
    return heard


def record_session(path, capsys, is_masked=True):
    """Talk through the recorder; the world's SIM, and what was heard."""

    async def main():
        world = World(1, LoopClock())
        sim = world.add_sim()
        modem = world.add_modem(sim)
        modem.power_on()
        port = PtyPort(modem)
        await asyncio.sleep(modem.personality.boot_ms / 1000 + 0.5)
        with path.open("w") as file:
            session = SessionFile(file, is_masked=is_masked)
            stop = asyncio.Event()
            board = RecordingBoard(serial_board(port.path, 115_200, None, False), session.keep)
            relay = asyncio.create_task(Relay(board, 115_200, stop, None).run("pty"))
            said = ""
            while "press Ctrl-C" not in said:
                await asyncio.sleep(0.02)
                said += capsys.readouterr().err
            heard = await talk(said.split(" is ")[1].split(";")[0])
            stop.set()
            assert await relay == 0
            session.close()
        port.close()
        return sim, heard

    return asyncio.run(main())


def test_a_masked_session_answers_the_board_that_sends_its_real_secrets(tmp_path, capsys):
    path = tmp_path / "session.jsonl"
    sim, heard = record_session(path, capsys)
    pieces = [json.loads(line) for line in path.read_text().splitlines()]
    text = b"".join(bytes.fromhex(piece["hex"]) for piece in pieces).decode()
    assert "AT+CGMR" in text
    assert PIN not in text
    assert sim.imsi not in text

    async def main():
        played = asyncio.get_running_loop().create_future()
        session = Replay(read_session(path.read_text()), LoopClock())
        session.on_end = lambda: played.done() or played.set_result(session.deviation)
        port = PtyPort(session)
        again = await talk(port.path)
        assert await asyncio.wait_for(played, 10) is None
        port.close()
        return again

    again = asyncio.run(main())
    assert len(again) == len(heard)
    assert again.replace(b"*", b"") != b""


def test_asterisks_stand_for_any_byte_and_the_rest_does_not():
    entries = [Entry(0, "tx", b'AT+CPIN="****"\r'), Entry(5, "rx", b"OK\r\n")]
    for sent, is_as_recorded in ((b'AT+CPIN="1234"\r', True), (b'AT+CPWD="1234"\r', False)):
        clock = VirtualClock()
        session, ends = Replay(entries, clock), []
        session.on_end = lambda ends=ends: ends.append(1)
        session.receive_from_host(sent)
        clock.advance(100)
        assert (session.deviation is None) == is_as_recorded
        assert ends == [1]


@pytest.mark.parametrize("command", [("hil", "replay"), ("sim", "replay")])
def test_both_commands_play_a_session_to_its_end(command, tmp_path, monkeypatch):
    path = tmp_path / "boot.jsonl"
    path.write_text(write_session([Entry(0, "rx", b"\r\nRDY\r\n")]))
    monkeypatch.setattr("nce_cli.replay.LAST_READ_S", 0)
    result = CliRunner().invoke(app, [*command, str(path), "--pty"])
    assert result.exit_code == 0, result.output
    assert "A recorded modem answers at /dev/" in result.output
    assert "The session is over." in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "holds no session"), ("{}\n", "line 1 is no session entry")],
)
def test_a_file_that_is_no_session_is_wrong_usage(text, words, tmp_path):
    path = tmp_path / "none.jsonl"
    path.write_text(text)
    result = CliRunner().invoke(app, ["hil", "replay", str(path)])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_a_missing_port_is_told_with_its_status(tmp_path):
    path = tmp_path / "boot.jsonl"
    path.write_text(write_session([Entry(0, "rx", b"RDY\r\n")]))
    for arguments in (
        ["hil", "replay", str(path), "--port", "/dev/ttyNONE"],
        ["hil", "record", "--port", "/dev/ttyNONE", "-o", str(tmp_path / "out.jsonl")],
        ["hil", "bridge", "--port", "/dev/ttyNONE"],
    ):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 3, result.output
        assert "/dev/ttyNONE cannot be opened" in result.output
    assert not (tmp_path / "out.jsonl").exists()
    assert replay.__doc__


def test_the_port_that_went_away_is_named(tmp_path):
    near, far = os.openpty()
    tty.setraw(far)
    path, output = os.ttyname(far), tmp_path / "session.jsonl"
    recording = subprocess.Popen(
        [*NCE, "hil", "record", "--port", path, "--output", str(output)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 30
        while not (output.exists() and output.stat().st_size):
            assert time.monotonic() < end, "nothing is recorded"
            os.write(near, b"\r\nRDY\r\n")  # what comes before the port is open is dropped
            time.sleep(0.1)
        os.close(far)
        os.close(near)
        errors = recording.communicate(timeout=30)[1]
    finally:
        recording.kill()
        recording.communicate()
    assert recording.returncode == 9
    assert f"{path} went away; check its cable" in errors
