"""`nce sim up`: an open world, met by other people's programs, ended by Ctrl-C."""

import asyncio
import json

import aiocoap
import serial
from typer.testing import CliRunner

from nce_cli.app import app
from support.running_world import open_world

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


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
    with open_world("--sims", "2", "--template", str(template), "--db", str(database)) as world:
        coap = world.description["endpoints"][0]["twin"]
        twins = [sim["twin"] for sim in world.description["sims"]]
        net = f"127.{160 + world.description['twins']}.0"
        assert twins == [f"{net}.1", f"{net}.2"]
        response = asyncio.run(post(twins[1], coap, b"\x2a"))
        assert response.code == aiocoap.CHANGED
        stranger = asyncio.run(post(f"{net}.99", coap, b"\x2a"))
        assert stranger.code == aiocoap.UNAUTHORIZED
        lwm2m = [
            one["twin"]
            for one in world.description["endpoints"]
            if one["service"] == "lwm2m.os.1nce.com"
        ]
        assert [one.partition(":")[2] for one in lwm2m] == ["5683", "5684"]
        # It is there, and has no such resource.
        assert asyncio.run(post(twins[1], lwm2m[0], b"")).code == aiocoap.NOT_FOUND
        events = [json.loads(line) for line in world.end().splitlines()]
    uplinks = [event for event in events if event["kind"] == "uplink"]
    assert [(event["topic"], event["decoded"]) for event in uplinks] == [("tank", True)]
    assert world.process.returncode == 0
    assert database.stat().st_size > 0


def test_its_modem_answers_on_the_pty():
    with (
        open_world() as world,
        serial.Serial(world.description["sims"][0]["pty"], 115200, timeout=10) as line,
    ):
        line.read_until(b"QIND: SMS DONE\r\n")
        line.write(b"ATE0\r")
        line.read_until(b"OK\r\n")
        line.write(b"AT+QCCID\r")
        answer = line.read_until(b"OK\r\n").decode()
    assert world.description["sims"][0]["iccid"] in answer


def test_what_cannot_be_opened_is_named_on_stderr(tmp_path, monkeypatch):
    wrong, binary = tmp_path / "wrong.json", tmp_path / "binary"
    wrong.write_text('{"sense": [{"asset": "a"}]}')
    binary.write_bytes(b"\xff\xfe" * 2_000)
    rows = (
        ("--template", wrong, "value"),
        ("--template", binary, "binary cannot be read"),
        ("--db", binary, "is not an SQLite database"),
    )
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for option, path, words in rows:
        done = CliRunner().invoke(app, ["sim", "up", option, str(path)])
        assert (done.exit_code, done.stdout) == (1, ""), done.exception
        assert words in done.stderr
