"""`nce sim up`: an open world, met by other people's programs, ended by Ctrl-C."""

import asyncio
import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import aiocoap
import serial

NCE = Path(sys.executable).with_name("nce")
TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


@contextmanager
def open_world(*options):
    """The process, and the description it printed first."""
    process = subprocess.Popen(
        [str(NCE), "sim", "up", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def events_of(process):
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    return [json.loads(line) for line in output.splitlines()]


async def post(twin, endpoint, payload):
    context = await aiocoap.Context.create_server_context(
        None, bind=(twin, 0), transports=["udp6"]
    )
    try:
        message = aiocoap.Message(
            code=aiocoap.POST, uri=f"coap://{endpoint}/?t=tank", payload=payload
        )
        return await asyncio.wait_for(context.request(message).response, 20)
    finally:
        await context.shutdown()


def test_a_third_party_client_is_the_sim_of_its_twin(tmp_path):
    template, database = tmp_path / "t.json", tmp_path / "world.db"
    template.write_text(json.dumps(TEMPLATE))
    with open_world("--sims", "2", "--template", str(template), "--db", str(database)) as (
        process,
        description,
    ):
        coap = description["endpoints"][0]["twin"]
        assert [sim["twin"] for sim in description["sims"]] == ["127.160.0.1", "127.160.0.2"]
        response = asyncio.run(post("127.160.0.2", coap, b"\x2a"))
        assert response.code == aiocoap.CHANGED
        stranger = asyncio.run(post("127.161.0.9", coap, b"\x2a"))
        assert stranger.code == aiocoap.UNAUTHORIZED
        uplinks = [event for event in events_of(process) if event["kind"] == "uplink"]
    assert [(event["topic"], event["decoded"]) for event in uplinks] == [("tank", True)]
    assert process.returncode == 0
    assert database.stat().st_size > 0


def test_its_modem_answers_on_the_pty():
    with (
        open_world() as (_, description),
        serial.Serial(description["sims"][0]["pty"], 115200, timeout=10) as line,
    ):
        line.read_until(b"QIND: SMS DONE\r\n")
        line.write(b"ATE0\r")
        line.read_until(b"OK\r\n")
        line.write(b"AT+QCCID\r")
        answer = line.read_until(b"OK\r\n").decode()
    assert description["sims"][0]["iccid"] in answer


def test_a_second_world_says_that_the_addresses_are_taken():
    with open_world():
        second = subprocess.run(
            [str(NCE), "sim", "up"], capture_output=True, text=True, timeout=60, check=False
        )
    assert second.returncode == 1
    assert "127.60.2.219" in second.stdout


def test_a_wrong_template_is_refused(tmp_path):
    template = tmp_path / "t.json"
    template.write_text('{"sense": [{"asset": "a"}]}')
    done = subprocess.run(
        [str(NCE), "sim", "up", "--template", str(template)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "value" in done.stdout
