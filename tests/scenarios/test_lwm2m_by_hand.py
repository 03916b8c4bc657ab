"""A whole client's life at the LwM2M endpoint, its messages written by hand, in virtual time."""

from __future__ import annotations

import json

import cbor2
import pytest

from nce_sim.backend import Backend
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.services.controller.states import SEND_WHEN_ACTIVE
from nce_sim.world import World
from support.hand_coap import FORMAT, OBSERVE, uint
from support.lwm2m_client import HandClient, SecureHandClient
from support.lwm2m_world import act, lwm2m_world, outcome, reported, set_key

CUSTOMERS = b"the customer's key"
STEPS = ["DELETE /0", "DELETE /1", "PUT /0/0", "PUT /0/1", "PUT /1/0", "POST /bs"]
# A temperature of 21.5 in TLV, and as a float of four bytes (LwM2M 1.0, 6.4.3).
TEMPERATURE = bytes.fromhex("e4 1644 41ac0000".replace(" ", ""))


@pytest.fixture(scope="module")
def shared():
    with lwm2m_world() as found:
        yield found


def thermometer(asked):
    """What a client with a temperature answers to reads."""
    if asked.code == "0.01":
        listed = [(FORMAT, uint(11542))]
        if asked.values(OBSERVE) == [b""]:
            listed.append((OBSERVE, b"\x01"))
        return "2.05", listed, TEMPERATURE
    return {"0.02": "2.04", "0.03": "2.04", "0.04": "2.02"}[asked.code], (), b""


def test_from_bootstrap_to_deregistration_without_dtls(shared):
    world, backend = shared
    client = HandClient(world)
    client.answers = thermometer
    assert client.register() == "4.03", "direct registration is refused"
    assert client.ask("GET", "/bspack").code == "4.04"
    assert client.bootstrap("pct=112").code == "2.04"
    assert [one.what for one in client.seen] == STEPS
    written = {one.path: cbor2.loads(one.payload) for one in client.seen if one.payload}
    values = [item.get(2, item.get(3, item.get(4))) for item in written["/0/0"]]
    assert values == ["coap://10.60.2.240:5683", False, 3, 1111]
    location = client.register()
    assert location.startswith("/rd/")
    read = act(backend, client, "read", "/3303/0/5700")
    start = act(backend, client, "observe-start", "/3303/0/5700")
    world.advance(5_000)
    assert [one.what for one in client.seen[6:]] == ["GET /3303/0/5700"] * 2
    assert outcome(backend, client, read).status == "SUCCEEDED"
    assert json.loads(outcome(backend, client, read).result["payload"]) == {"/3303/0/5700": 21.5}
    assert outcome(backend, client, start).status == "SUCCEEDED"
    token = client.seen[-1].token
    mid = client.notify(token, TEMPERATURE, 5, options=[(FORMAT, uint(11542))])
    world.advance(1_000)
    assert client.kind_of_reply(mid) == "ACK"
    assert reported(backend, client)[-1] == {"/3303/0/5700": 21.5}
    assert client.post(location).code == "2.04"
    assert client.ask("DELETE", location).code == "2.02"
    lost = client.notify(token, TEMPERATURE, 6)
    world.advance(1_000)
    assert client.kind_of_reply(lost) == "RST", "nothing is observed any more"


def test_by_dtls_the_fresh_key_opens_and_the_connection_id_follows():
    with lwm2m_world(dtls=DtlsSettings(connection_id_bytes=6)) as (world, backend):
        client = SecureHandClient(world)
        client.answers = thermometer
        set_key(world, backend, client.iccid, CUSTOMERS)
        fresh = bootstrapped(client)
        assert fresh != CUSTOMERS
        assert client.connect(fresh, cid=b"\x07")
        assert client.register().startswith("/rd/")
        client.home = client.home._replace(port=50_000)
        assert client.post("/dp", (), b"[]", [(FORMAT, uint(110))]).code in ("2.04", "4.00")
        read = act(backend, client, "read", "/3303/0/5700")
        world.advance(20_000)
        assert outcome(backend, client, read).status == "SUCCEEDED"


def bootstrapped(client, key=CUSTOMERS):
    """Bootstrap by DTLS; the key of the LwM2M server that it brought."""
    assert client.connect(key)
    client.seen.clear()
    assert client.bootstrap("pct=112").code == "2.04"
    assert [one.what for one in client.seen] == STEPS
    [written] = [one for one in client.seen if one.path == "/0/0"]
    values = {item[0]: item.get(8) or item.get(3) or item.get(2) for item in records(written)}
    assert values["0"] == "coaps://10.60.2.240:5684"
    return values["5"]


def records(asked):
    """SenML records with their names below the base name (RFC 8428, 4.1)."""
    return [{**item, 0: item.get(0, "")} for item in cbor2.loads(asked.payload)]


def test_wherever_a_bootstrap_is_cut_the_device_is_not_locked_out(shared):
    """The client vanishes after so many answers; then it does what its accounts allow."""
    world, backend = shared
    for answered in range(len(STEPS) + 1):
        client = SecureHandClient(world)
        set_key(world, backend, client.iccid, CUSTOMERS)
        client.answers = answering(answered)
        assert client.connect(CUSTOMERS)
        client.bootstrap("pct=112", wait_ms=120_000)
        assert len(backend.lwm2m_endpoint.bootstraps) == 0, "it ended in a bounded time"
        client.answers = thermometer
        # The account of the bootstrap server has the customer's key, before and after.
        fresh = bootstrapped(client)
        assert client.connect(fresh), answered
        assert client.register().startswith("/rd/")


def answering(count):
    """Answers so many requests, and then none."""
    left = [count]

    def answers(asked):
        left[0] -= 1
        return thermometer(asked) if left[0] >= 0 else None

    return answers


def test_after_a_lost_finish_and_a_repeated_bootstrap_the_latest_key_registers(shared):
    world, backend = shared
    client = SecureHandClient(world)
    set_key(world, backend, client.iccid, CUSTOMERS)
    client.answers = thermometer
    first = bootstrapped(client)
    client.answers = lambda asked: None if asked.what == "POST /bs" else thermometer(asked)
    assert client.connect(CUSTOMERS)
    client.seen.clear()
    client.bootstrap("pct=112")
    [written] = [one for one in client.seen if one.path == "/0/0"]
    second = next(item[8] for item in records(written) if item[0] == "5")
    assert first != second
    assert client.connect(second)
    assert client.register().startswith("/rd/")
    world.advance(300_000)
    assert not client.connect(first)
    assert client.connect(second)


def test_a_notification_is_known_after_the_world_began_again(tmp_path):
    db = str(tmp_path / "world.db")
    with lwm2m_world(db) as (world, backend):
        client = HandClient(world)
        client.answers = thermometer
        client.bootstrap()
        location = client.register("lt=86400")
        act(backend, client, "observe-start", "/3303/0/5700")
        world.advance(5_000)
        token, iccid = client.seen[-1].token, client.iccid
    world = World(seed=2)
    with Backend(world, db=db) as backend:
        sim = world.core.sim_of(iccid)
        client = HandClient(world, sim)
        client._mid = 0x5000
        mid = client.notify(token, TEMPERATURE, 9, options=[(FORMAT, uint(11542))])
        world.advance(1_000)
        assert client.kind_of_reply(mid) == "ACK"
        assert reported(backend, client)[-1] == {"/3303/0/5700": 21.5}
        assert client.post(location).code == "2.04"


def test_an_action_for_a_sleeping_client_goes_out_when_it_updates(shared):
    world, backend = shared
    client = HandClient(world)
    client.answers = thermometer
    client.bootstrap()
    location = client.register("b=UQ", "lt=86400")
    world.advance(200_000)
    now = act(backend, client, "read", "/3303/0/5700")
    later = act(backend, client, "read", "/3303/0/5700", mode=SEND_WHEN_ACTIVE)
    world.advance(3_600_000)
    assert client.seen[6:] == []
    client.post(location, wait_ms=5_000)
    assert {outcome(backend, client, one).status for one in (now, later)} == {"SUCCEEDED"}
    assert [one.what for one in client.seen[6:]] == ["GET /3303/0/5700"] * 2


def test_a_location_of_another_sim_is_none(shared):
    world, backend = shared
    client, thief = HandClient(world), HandClient(world)
    for one in (client, thief):
        one.bootstrap()
    location = client.register()
    thief.register("ep=" + client.iccid)
    for method in ("POST", "DELETE"):
        assert thief.ask(method, location).code == "4.04"
    act(backend, client, "observe-start", "/3303/0")
    world.advance(5_000)
    token = client.seen[-1].token
    mid = thief.notify(token, TEMPERATURE, 7)
    world.advance(1_000)
    assert thief.kind_of_reply(mid) == "RST"
    assert client.post(location).code == "2.04"


def test_passive_reporting_reads_what_registered():
    with lwm2m_world() as (world, backend):
        client = HandClient(world)
        client.answers = thermometer
        with backend.storage.unit() as work:
            backend.device_integrator.change(
                world.settings.account.organisation_id,
                "LWM2M",
                settings={"LWM2M_PASSIVE_REPORTING": "ENABLED"},
                work=work,
            )
        client.bootstrap()
        client.register(wait_ms=5_000)
        assert [one.what for one in client.seen[6:]] == ["GET /3303"]
