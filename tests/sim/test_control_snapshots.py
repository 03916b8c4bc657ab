"""States of a running world: what goes back, what stays, what is refused."""

import asyncio
import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta

import httpx
import pytest

from nce_sim.control.parameters import taken
from nce_sim.control.script import read_script
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS
from nce_sim.scenarios.open_api import ApiPlace
from nce_sim.scenarios.open_world import OpenWorld, OpenWorldFailed
from nce_sim.scenarios.snapshots import MOST_SNAPSHOTS
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.api import QUICK

TIMEOUT_S = 20
ATTACH = b'ATE0;+CGDCONT=1,"IP","iot.1nce.net";+CFUN=0;+CFUN=1\r'
UDP = Address("10.60.2.239", 4445)


def play(scene, **options):
    """Run `scene(open_world)` beside a world without twins."""

    async def main():
        world = OpenWorld(twins="off", backend=QUICK, **options)
        await world.start()
        try:
            return await asyncio.wait_for(scene(world), TIMEOUT_S)
        finally:
            await world.close()

    return asyncio.run(main())


async def tell(world, verb, **arguments):
    return await VERBS[verb].run(world.reach, taken(VERBS[verb].parameters, arguments))


async def send(world, payload):
    """Let the first SIM send a message, as its twin does; until it is stored."""
    inside = world.parts()[0]
    inside.core.set_twin(lambda datagram: None)
    sim = inside.sims[0]
    source = Address(inside.core.address_of(sim), 40000)
    count = len(values(world))
    inside.core.send(Datagram(source, UDP, payload))
    for _ in range(500):
        if len(values(world)) > count:
            return
        await asyncio.sleep(0.005)
    raise TimeoutError(payload)


def values(world):
    inside, backend, _ = world.parts()
    return [item.value for item in backend.inspector.history(inside.sims[0].iccid)][::-1]


@pytest.mark.parametrize("in_file", [False, True])
def test_messages_time_and_sims_go_back(in_file, tmp_path):
    async def scene(world):
        await send(world, b"before")
        first = world.parts()[0]
        kept = await tell(world, "snapshot", name="lunch")
        await tell(world, "time", advance_s=600)
        await send(world, b"after")
        await tell(world, "disable", sim="1")
        await tell(world, "exhaust", sim="2")
        await tell(world, "trouble", endpoint="udp", kind="slow", delay_ms=5)
        first.issue_sim()
        back = await tell(world, "restore", name="lunch")
        inside, backend, _ = world.parts()
        assert inside is not first
        passed = datetime.fromisoformat(back["time"]) - datetime.fromisoformat(kept["time"])
        assert timedelta(0) <= passed < timedelta(seconds=2)
        assert [sim.iccid for sim in inside.sims] == [sim.iccid for sim in first.sims[:2]]
        assert [sim.is_enabled for sim in inside.sims] == [True, True]
        assert (await tell(world, "account", sim="2"))["data_bytes_left"] == 500_000_000
        assert list(backend.troubles) == []
        assert values(world) == [b"before"]
        await send(world, b"again")
        return values(world)

    db = str(tmp_path / "world.db") if in_file else None
    assert play(scene, sims=2, db=db) == [b"before", b"again"]


def test_a_world_goes_back_to_its_start_as_often_as_it_is_told():
    async def scene(world):
        seen = []
        for _ in range(3):
            await send(world, b"x")
            seen.append(len(values(world)))
            await tell(world, "rewind")
        listed = (await tell(world, "snapshots"))["snapshots"]
        return seen, [one["name"] for one in listed], world.parts()[0].modems[0].imei

    seen, names, _ = play(scene)
    assert (seen, names) == ([1, 1, 1], ["start"])


def test_counts_that_wait_for_their_write_are_in_the_state():
    async def scene(world):
        await tell(world, "exhaust", sim="1")
        await tell(world, "snapshot", name="empty")
        await tell(world, "top-up", sim="1")
        await tell(world, "restore", name="empty")
        return (await tell(world, "account", sim="1"))["data_bytes_left"]

    assert play(scene) == 0


def test_the_random_streams_go_on_where_they_were():
    async def scene(world):
        streams = world.parts()[0].positions()
        world.parts()[0].core._random.random()
        await tell(world, "snapshot", name="a")
        drawn = [world.parts()[0].core._random.random() for _ in range(2)]
        await tell(world, "restore", name="a")
        inside = world.parts()[0]
        modem = inside.modems[0]
        return drawn, [inside.core._random.random() for _ in range(2)], set(streams), modem.imei

    drawn, again, names, _ = play(scene)
    assert drawn == again
    assert {"core", "tcp", "modem 1"} <= names


def test_a_program_keeps_its_pty_and_the_modem_attaches_again():
    async def scene(world):
        port = os.open(world.description()["sims"][0]["pty"], os.O_RDWR | os.O_NOCTTY)
        os.set_blocking(port, False)
        try:
            await until(port, b"APP RDY")
            os.write(port, ATTACH)
            await attached(world)
            await tell(world, "snapshot", name="a")
            await tell(world, "restore", name="a")
            inside = world.parts()[0]
            assert not inside.modems[0].radio.is_registered
            assert b"APP RDY" in await until(port, b"APP RDY")
            os.write(port, b"AT+CGSN\r")
            assert inside.modems[0].imei.encode() in await until(port, b"OK\r\n")
            os.write(port, ATTACH)
            await attached(world)
            assert world.description()["sims"][0]["pty"] == os.ttyname(port)
        finally:
            os.close(port)

    play(scene, speed=50)


async def until(port, text):
    heard, end_s = b"", time.monotonic() + 10
    while text not in heard:
        assert time.monotonic() < end_s, heard
        try:
            heard += os.read(port, 4096)
        except BlockingIOError:
            await asyncio.sleep(0.005)
    return heard


async def attached(world):
    end_s = time.monotonic() + 10
    while not world.parts()[0].modems[0].radio.is_registered:
        assert time.monotonic() < end_s
        await asyncio.sleep(0.005)


def test_the_doors_stay_and_know_the_former_account():
    async def scene(world):
        api, control = world.description()["api"], world.description()["control"]
        async with httpx.AsyncClient(timeout=10) as client:
            client.headers["Authorization"] = f"Bearer {control['token']}"

            async def verb(which, **arguments):
                answer = await client.post(f"{control['url']}/verbs/{which}", json=arguments)
                assert answer.status_code == 200, answer.text
                return answer.json()

            async def token():
                grant = {"grant_type": "client_credentials"}
                by = (api["client_id"], api["client_secret"])
                return await client.post(f"{api['url']}/oauth/token", auth=by, json=grant)

            await verb("snapshot", name="a")
            assert (await token()).status_code == 200
            page = (await client.get(f"{control['url']}/journal")).json()
            # A request of the former world is under way when it ends.
            await verb("trouble", endpoint="api", kind="slow", delay_ms=600_000, count=1)
            waiting = asyncio.ensure_future(token())
            while (await verb("troubles"))["troubles"]:
                await asyncio.sleep(0.005)
            await verb("restore", name="a")
            assert (await waiting).status_code in (200, 503)
            assert (await token()).status_code == 200
            after = (
                await client.get(f"{control['url']}/journal", params={"after": page["next"]})
            ).json()["items"]
            assert [one["number"] for one in after] == [
                page["next"] + 1 + number for number in range(len(after))
            ]
            assert "restored" in [one["kind"] for one in after]
            assert world.description()["control"] == control

    play(scene, api=ApiPlace())


def test_what_waits_for_time_of_the_former_world_is_refused():
    async def scene(world):
        pressing = asyncio.ensure_future(tell(world, "key", hold_ms=60_000))
        await asyncio.sleep(0.02)
        await tell(world, "rewind")
        with pytest.raises(Refused, match="went back to another state"):
            await pressing
        assert world.reach.world is world.parts()[0]

    play(scene)


def test_a_listener_hears_the_world_that_comes_after():
    async def scene(world):
        heard = []
        world.on_record(lambda record: heard.append(record.kind))
        await tell(world, "rewind")
        heard.clear()
        await send(world, b"x")
        return heard

    assert "uplink" in play(scene)


def test_a_database_that_cannot_be_replaced_leaves_the_world_as_it_is(tmp_path):
    db = str(tmp_path / "world.db")

    async def scene(world):
        await tell(world, "snapshot", name="a")
        await send(world, b"kept")
        with closing(sqlite3.connect(db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Refused, match=r"stays as it is: .*locked"):
                await tell(world, "restore", name="a")
        assert values(world) == [b"kept"]
        await send(world, b"more")
        return values(world)

    assert play(scene, db=db) == [b"kept", b"more"]


def test_names_are_known_bounded_and_no_paths():
    async def scene(world):
        with pytest.raises(Refused, match=r"no snapshot '../x'; there are: 'start'"):
            await tell(world, "restore", name="../x")
        await tell(world, "snapshot", name="../x")
        for number in range(MOST_SNAPSHOTS - 2):
            await tell(world, "snapshot", name=str(number))
        with pytest.raises(Refused, match="there are 32 snapshots"):
            await tell(world, "snapshot", name="one more")
        await tell(world, "snapshot", name="../x")
        folder = world._snapshots._folder.name
        assert len(os.listdir(folder)) == MOST_SNAPSHOTS
        return folder

    assert not os.path.exists(play(scene))


def test_a_world_of_modems_alone_has_none():
    async def main():
        with pytest.raises(Refused, match="only a world of `nce sim up`"):
            await VERBS["snapshots"].run(Reach(World(1)), {})

    asyncio.run(main())


SCRIPT = """
{"at_s": 0, "verb": "snapshot", "arguments": {"name": "a"}}
{"at_s": 600, "verb": "disable", "arguments": {"sim": "1"}}
{"at_s": 601, "verb": "restore", "arguments": {"name": "a"}}
{"at_s": 1200, "verb": "exhaust", "arguments": {"sim": "1"}}
"""


def test_a_script_goes_on_after_its_own_restore():
    async def scene(world):
        told = []
        world.play(read_script(SCRIPT), told.append)
        while len(told) < 4:
            await asyncio.sleep(0.005)
        sim = world.parts()[0].sims[0]
        return told, sim.is_enabled, world.parts()[0].clock.now_ms()

    told, is_enabled, now_ms = play(scene, speed=3_000)
    assert [line.split(":")[0] for line in told] == [f"script line {n}" for n in (2, 3, 4, 5)]
    assert is_enabled
    assert now_ms >= 599_000  # after the state's time


def test_a_script_ends_when_somebody_else_restores():
    async def scene(world):
        told = []
        world.play(read_script(SCRIPT), told.append)
        await asyncio.sleep(0.05)
        await tell(world, "rewind")
        while len(told) < 2:
            await asyncio.sleep(0.005)
        return told[1]

    assert play(scene).startswith("the script ends before line 3: the world went back")


def test_a_world_is_exported_at_its_end_and_imported_at_a_start(tmp_path):
    path = str(tmp_path / "world.jsonl")

    async def first(world):
        await send(world, b"from afar")
        return world.parts()[0].sims[0].iccid

    async def second(world):
        await send(world, b"here")
        return world.parts()[0].sims[0].iccid, values(world)

    iccid = play(first, export_to=path)
    db = str(tmp_path / "world.db")
    assert play(second, import_from=path, db=db, seed=2) == (iccid, [b"from afar", b"here"])
    with pytest.raises(OpenWorldFailed, match="has rows already"):
        play(second, import_from=path, db=db)
    (tmp_path / "wrong.jsonl").write_text(json.dumps({"format": "nce-world", "revision": "1"}))
    with pytest.raises(OpenWorldFailed, match="exported at revision '1'"):
        play(second, import_from=str(tmp_path / "wrong.jsonl"))
