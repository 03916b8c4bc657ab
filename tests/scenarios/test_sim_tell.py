"""A running world is told something from another command line; programs on its ptys notice."""

import json
import os
import re
import signal
from datetime import datetime
from pathlib import Path

import pytest
import serial
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.control.client import ask as ask_world
from nce_sim.control.place import ControlError
from nce_sim.firmware.tree import SOURCE_ROOT
from support.running_world import open_world, private_folder, run_nce

TIMEOUT_S = 30
MODEM = ("sim", "modem")


@pytest.fixture(scope="module")
def shared_world():
    with open_world("--twins", "off") as world:
        yield world


def ask(line, command, end=b"\r\nOK\r\n"):
    """What comes up to `end`, by a program that knows nothing but its serial port."""
    line.write(command + b"\r")
    answer = line.read_until(end)
    assert answer.endswith(end), answer
    return answer


@pytest.fixture(scope="module")
def on_the_air():
    """A world and the serial line of its modem, which is registered."""
    with (
        open_world() as world,
        serial.Serial(world.description["sims"][0]["pty"], 115200, timeout=TIMEOUT_S) as line,
    ):
        line.read_until(b"QIND: SMS DONE\r\n")
        ask(line, b"ATE0")
        ask(line, b'AT+CGDCONT=1,"IP","iot.1nce.net";+CEREG=1;+CFUN=0;+CFUN=1')
        assert line.read_until(b"+CEREG: 5\r\n").endswith(b"+CEREG: 5\r\n")
        yield world, line


def test_an_sms_from_the_command_line_is_read_by_a_program_on_the_pty(on_the_air):
    world, line = on_the_air
    ask(line, b"AT+CMGF=1;+CNMI=2,1")
    sent = world.nce("sim", "sms", "1", "Guten Morgen!", "--from", "+4917012345", "--json")
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["status"] == "buffered"
    assert b"+CMTI: " in line.read_until(b",0\r\n")
    listed = ask(line, b'AT+CMGL="ALL"')
    assert b'"REC UNREAD","+4917012345"' in listed
    assert b"\r\nGuten Morgen!\r\n" in listed
    # By the SIM's own number too, and in another alphabet.
    sent = world.nce("sim", "sms", world.description["sims"][0]["iccid"], "доброе")
    assert sent.stdout.startswith("SMS 2 to SIM 898822*")
    line.read_until(b"+CMTI: ")
    line.read_until(b"\r\n")
    assert "доброе".encode("utf-16-be").hex().upper().encode() in ask(line, b'AT+CMGL="ALL"')


def test_coverage_and_sims_are_switched_and_the_modem_notices(on_the_air):
    world, line = on_the_air
    assert world.nce("sim", "coverage", "off").stdout == "Coverage is off in 1 cell(s)\n"
    assert line.read_until(b"+CEREG: 2\r\n").endswith(b"+CEREG: 2\r\n")
    assert world.nce("sim", "disable", "1").stdout.endswith("is disabled\n")
    status = world.nce("sim", "status").stdout
    assert re.search(r"10\.\d+\.0\.1 +│ no +│ no", status), status
    assert world.description["sims"][0]["iccid"] not in status


@pytest.mark.slow
def test_a_modem_on_a_pty_is_switched_on_by_its_key_and_again_after_powering_down():
    with (
        open_world("--pty", "--off", command=MODEM) as world,
        serial.Serial(world.description["pty"], 115200, timeout=0.2) as line,
    ):
        line.write(b"AT\r")
        assert line.read(10) == b""
        line.timeout = TIMEOUT_S
        for _ in range(2):
            pressed = world.nce("sim", "key", "--json")
            assert json.loads(pressed.stdout)["power"] == "booting"
            assert line.read_until(b"QIND: SMS DONE\r\n").endswith(b"DONE\r\n")
            ask(line, b"AT+QPOWD", b"POWERED DOWN\r\n")
        world.nce("sim", "power", "1", "on")
        assert line.read_until(b"RDY\r\n").endswith(b"RDY\r\n")
        assert world.nce("sim", "power", "1", "off").stdout == "Modem 1: power shutting down\n"
        assert line.read_until(b"POWERED DOWN\r\n").endswith(b"DOWN\r\n")


@pytest.mark.slow
def test_of_several_worlds_one_is_named_and_a_killed_one_is_forgotten():
    with private_folder() as folder:
        none = run_nce(folder, "sim", "status")
        assert (none.returncode, none.stdout) == (1, "")
        assert "`nce sim up`" in none.stderr
        with (
            open_world("--twins", "off", folder=folder) as first,
            open_world("--name", "tank", "--twins", "off", folder=folder) as second,
        ):
            unclear = run_nce(folder, "sim", "status")
            assert (unclear.returncode, unclear.stdout) == (1, "")
            assert "--world: tank, world-1" in unclear.stderr
            for world in ("tank", second.description["control"]["socket"]):
                done = run_nce(folder, "sim", "disable", "1", "--world", world, "--json")
                assert done.returncode == 0, done.stderr
            enabled = [
                json.loads(run_nce(folder, "sim", "status", "--json", "--world", name).stdout)[
                    "sims"
                ][0]["is_enabled"]
                for name in ("world-1", "tank")
            ]
            assert enabled == [True, False]
            refused = run_nce(folder, "sim", "up", "--name", "tank", "--twins", "off")
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "a world called tank is running already" in refused.stderr

            second.process.send_signal(signal.SIGKILL)
            second.process.wait(TIMEOUT_S)
            assert os.path.lexists(second.description["control"]["socket"])
            assert run_nce(folder, "sim", "status").returncode == 0  # the only one again
            assert not os.path.lexists(second.description["control"]["socket"])
            assert first.process.poll() is None
        assert os.listdir(os.path.dirname(first.description["control"]["socket"])) == ["lock"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("sms", "3", "x"), 1, "there is no SIM 3; the world has 1"),
        (("sms", "1", "x" * 161), 1, "text has 161 characters"),
        (("sms", "1"), 2, "Missing argument"),
        (("key", "2"), 1, "there is no modem 2"),
        (("key", "--hold-ms", "60001"), 2, "60000"),
        (("power", "1", "up"), 2, "up"),
        (("coverage", "maybe"), 2, "maybe"),
        (("coverage", "off", "--cell", "4"), 1, "there is no cell 4"),
        (("track", "no such.gpx"), 1, "no such.gpx' is no file; give the whole path"),
        (("track", "x.gpx", "--modem", "2"), 1, "there is no modem 2; the world has 1"),
        (("switch-profile", "1"), 1, "has one profile"),
        (("answer-case", "3", "Reset it."), 1, "there is no case 3"),
        (("open-account", "Second", "nobody"), 1, "'nobody'"),
        (("towers", "no such.csv"), 1, "no such.csv' is no file; give the whole path"),
        (("stay", "-90.1", "0"), 1, "latitude is -90.1; -90 to 90 are allowed"),
        (("stay", "nan", "0"), 1, "latitude is nan; -90 to 90 are allowed"),
        (("stay", "north", "0"), 2, "Invalid value for 'latitude'"),
        (("sky", "cloudy"), 2, "cloudy"),
        (("status", "--world", "nobody"), 1, "no world called 'nobody'"),
        (("status", "--world", "/none/there.sock"), 1, "no world answers at /none/there.sock"),
    ],
)
def test_what_is_refused_is_said_on_stderr(shared_world, monkeypatch, arguments, code, words):
    monkeypatch.setenv("XDG_RUNTIME_DIR", shared_world.folder)
    done = CliRunner().invoke(app, ["sim", *arguments])
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in done.stderr


def test_a_modem_is_put_somewhere_and_its_receiver_says_so(shared_world, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", shared_world.folder)
    monkeypatch.chdir(SOURCE_ROOT / "firmware")
    told = (
        (("track", "data/gps_track.csv", "--loop"),
         "Modem 1 is on a track of 114 points and 199.999 s, which then begins again\n"),
        (("stay", "-33.86882", "-151.20929", "--altitude-m", "42.5"),
         "Modem 1 stays at -33.86882, -151.20929, 42.5 m\n"),
        (("sky", "indoors"), "Modem 1 is indoors\n"),
        (("sky", "outdoors", "--json"), '{"modem": 1, "is_outdoors": true}\n'),
    )  # fmt: skip
    for arguments, printed in told:
        done = CliRunner().invoke(app, ["sim", *arguments])
        assert (done.exit_code, done.stdout) == (0, printed), done.stderr


def test_the_card_the_signal_and_the_air_are_changed_and_told_of(
    shared_world, monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", shared_world.folder)

    def told(*words):
        done = CliRunner().invoke(app, ["sim", *words])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    for arguments, printed in (
        (("signal", "-118", "--cell", "1"), "1 cell(s) are heard at -118 dBm\n"),
        (("signal", "-94", "--cell", "1"), "1 cell(s) are heard at -94 dBm\n"),
        (("link", "--latency-ms", "20", "--jitter-ms", "5", "--loss-percent", "2.5"),
         "Cell 1: 20 to 25 ms one way, 2.5 % lost\n"),
        (("link", "--cell", "1"), "Cell 1: 10 to 100 ms one way, 0 % lost\n"),
        (("rebind-nat", "1"), "0 binding(s) are forgotten\n"),
        (("card", "out"), "The SIM of modem 1 is out\n"),
        (("card", "in", "--sim", "1"), "The SIM of modem 1 is in\n"),
        (("card", "out"), "The SIM of modem 1 is out\n"),
        (("card", "in", "--json"), '{"modem": 1, "state": "in"}\n'),
    ):  # fmt: skip
        assert told(*arguments) == printed
    assert "  card: SIM out\n" in told("timeline", "--last-s", "60")
    assert re.search(r"  modem +SIM in\n", told("exchange"))
    assert "network.apn = iot.1nce.net\n" in told("settings")
    file = tmp_path / "run.pcap"
    assert re.fullmatch(r"\d+ packet\(s\) in .*run\.pcap\n", told("capture", str(file)))
    assert file.read_bytes()[:4] == bytes.fromhex("d4c3b2a1")  # pcap, little-endian


def test_another_customer_is_opened_with_credentials_and_an_owner(shared_world, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", shared_world.folder)
    done = CliRunner().invoke(app, ["sim", "open-account", "Second", "ada@second.example"])
    pattern = r"Account \d+: API credentials \d+_\w+ \S+, portal user ada@second.example \S+\n"
    assert re.fullmatch(pattern, done.stdout), done.output


def test_a_world_that_is_stopped_does_not_keep_the_caller_waiting_for_ever(shared_world):
    path = Path(shared_world.description["control"]["socket"])
    shared_world.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(ControlError, match="does not answer within 1 s"):
            ask_world(path, "status", {}, patience_s=1)
    finally:
        shared_world.process.send_signal(signal.SIGCONT)
    assert ask_world(path, "status", {})["sims"]


def test_time_and_the_account_of_a_sim_are_at_hand(shared_world):
    def told(*words):
        done = shared_world.nce("sim", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "0 B and 250 SMS left" in told("exhaust", "1")
    assert "500000000 B and 500 SMS left" in told("top-up", "1")
    assert "limits: data 1000" in told("limit", "1", "data", "1000")
    before = json.loads(told("time", "--json"))
    after = json.loads(told("time", "--advance-s", "300", "--speed", "2", "--json"))
    passed = datetime.fromisoformat(after["time"]) - datetime.fromisoformat(before["time"])
    assert passed.total_seconds() >= 300
    assert after["speed"] == 2
    assert "(enabled, expired)" in told("expire", "1")
    assert json.loads(told("extend", "1", "--json"))["is_expired"] is False
    refused = shared_world.nce("sim", "lock", "1", "x")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "'x' is no IMEI" in refused.stderr
