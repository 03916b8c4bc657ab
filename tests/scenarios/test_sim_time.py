"""The calendar of `nce sim up`: the computer's, another, or on from the database's last record."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
import serial

from support.running_world import endpoint_twin, open_world, socket_at

A_TEST_TAKES = timedelta(seconds=60)
POST = b"\x40\x02\x00\x07\xffhello"  # RFC 7252, 3: CON POST, MID 7


def begun(world):
    return datetime.fromisoformat(world.description["time"])


def post(world):
    """Deliver a message as the first SIM, by literal bytes."""
    with socket_at(world.description["sims"][0]["twin"]) as line:
        line.sendto(POST, endpoint_twin(world.description, 5683))
        assert line.recv(100)[:4] == b"\x60\x44\x00\x07"  # ACK 2.04


def received_ms(path):
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT received_ms FROM history ORDER BY number").fetchall()
    connection.close()
    return [at_ms for (at_ms,) in rows]


def test_a_world_begins_now():
    started = datetime.now(UTC)
    with open_world() as world:
        assert started - timedelta(seconds=1) <= begun(world) <= started + A_TEST_TAKES


@pytest.mark.slow
@pytest.mark.parametrize("command", [("sim", "up"), ("sim", "modem")])
def test_a_modem_has_the_time_that_was_asked_for(command):
    with open_world("--start", "2031-05-06T07:08:09Z", command=command) as world:
        pty = world.description.get("pty") or world.description["sims"][0]["pty"]
        with serial.Serial(pty, 115200, timeout=30) as line:
            line.read_until(b"QIND: SMS DONE\r\n")
            line.write(b'ATE0;+CGDCONT=1,"IP","iot.1nce.net";+CEREG=1;+CFUN=0;+CFUN=1\r')
            line.read_until(b"+CEREG: 5\r\n")
            line.write(b"AT+CCLK?\r")
            answer = line.read_until(b"OK\r\n")
    assert b'+CCLK: "31/05/06,07:0' in answer


def test_a_reopened_world_goes_on_after_its_last_record(tmp_path):
    database = str(tmp_path / "world.db")
    with open_world("--db", database, "--start", "2041-01-01T00:00:00.500Z") as world:
        assert world.description["time"].startswith("2041-01-01T00:00:0")
        post(world)
        world.end()
    [first_ms] = received_ms(database)
    with open_world("--db", database) as world:
        assert begun(world).timestamp() * 1000 > first_ms
        assert begun(world) - datetime.fromtimestamp(first_ms / 1000, UTC) < A_TEST_TAKES
        post(world)
        world.end()
    times = received_ms(database)
    assert len(times) == 2
    assert times[1] > times[0]


@pytest.mark.slow
def test_a_database_that_lay_for_a_while_goes_on_today(tmp_path):
    database = str(tmp_path / "world.db")
    with open_world("--db", database, "--start", "2020-01-01") as world:
        post(world)
        world.end()
    with open_world("--db", database) as world:
        assert begun(world).timestamp() >= time.time() - A_TEST_TAKES.total_seconds()


@pytest.mark.slow
def test_a_start_before_the_last_record_is_refused(tmp_path):
    database = str(tmp_path / "world.db")
    with open_world("--db", database, "--start", "2041-01-01") as world:
        post(world)
        world.end()
        done = world.nce("sim", "up", "--db", database, "--start", "2040-01-01")
        assert (done.returncode, done.stdout) == (1, "")
        assert "records up to 2041-01-01T00:00" in done.stderr
        done = world.nce("sim", "up", "--start", "yesterday")
        assert done.returncode == 2
        assert "yesterday" in done.stderr
