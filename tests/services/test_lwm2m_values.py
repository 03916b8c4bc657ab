"""The LwM2M service: values of clients, from passive reports, notifications, Send and actions."""

import json

import pytest
from sqlalchemy import select

from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.services.controller.states import SEND_WHEN_ACTIVE
from nce_sim.services.inspector.tables import HISTORY
from nce_sim.services.lwm2m.outbound import NoReply, Reply
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.storage import Work
from support.lwm2m_rules import OURS, QUERY, Bench

THEIRS = 8_000_002
CONTENT, CHANGED = 0x45, 0x44
TLV, SENML_JSON, SENML_CBOR = 11542, 110, 112
# OMA LwM2M TS 1.0, 6.4.3, by hand: instance 0 with 5700 = 21.5 in 32 bits; and with 5850 = true.
TEMPERATURE = bytes.fromhex("07 00 e4 16 44 41 ac 00 00")
LIGHT = bytes.fromhex("04 00 e1 16 da 01")
FLOAT = bytes.fromhex("e4 16 44 41 ac 00 00")


@pytest.fixture
def bench():
    bench = Bench()
    with bench.backend:
        yield bench


def senml(*records):
    return json.dumps(records).encode()


def temperature(value, number, path="/3303/0/5700"):
    """A notification of a temperature."""
    return Reply(CONTENT, SENML_JSON, senml({"n": path, "v": value}), number)


# -- passive reporting -------------------------------------------------------------------------


def test_a_client_is_read_when_it_registers_and_when_it_updates():
    bench = Bench(is_passive=True)
    with bench.backend:
        device = bench.client()
        device.says("GET", "/3303", Reply(CONTENT, TLV, TEMPERATURE))
        device.says("GET", "/3311", Reply(CONTENT, TLV, LIGHT))
        device.says("GET", "/6", Reply(0x84))
        bench.bootstrap(device)
        bench.register(device)
        asked = [("GET", "/6"), ("GET", "/3303"), ("GET", "/3311")]
        assert device.asked == asked, "all but 1, 2 and 3"
        assert [one.accept for one in device.requests] == [SENML_CBOR] * 3
        assert bench.history(device) == [{"/3303/0/5700": 21.5}, {"/3311/0/5850": True}]
        assert bench.state(device) == {"message": {"/3303/0/5700": 21.5, "/3311/0/5850": True}}, (
            "the state is all that is known"
        )
        bench.update(device)
        assert device.asked == asked * 2
        assert len(bench.history(device)) == 4
        bench.activate(is_passive=False)
        bench.update(device)
        assert device.asked == asked * 2


def test_a_client_that_is_silent_is_left_in_peace():
    bench = Bench(is_passive=True)
    with bench.backend:
        device = bench.client()
        bench.bootstrap(device)
        bench.register(device)
        assert device.asked == [("GET", "/6")]
        bench.update(device)
        assert device.asked == [("GET", "/6")] * 2


def test_what_cannot_be_read_is_logged_and_the_next_object_is_read():
    bench = Bench(is_passive=True)
    with bench.backend:
        device = bench.client()
        device.says("GET", "/6", Reply(CONTENT, TLV, b"\xff"))
        device.says("GET", "/3303", Reply(CONTENT, 9999, b"?"))
        device.says("GET", "/3311", Reply(CONTENT, TLV, LIGHT))
        bench.bootstrap(device)
        bench.register(device)
        assert bench.history(device) == [{"/3311/0/5850": True}]
        names = [name for name, _ in bench.logs(device)]
        assert names == ["LwM2M[PayloadError]"] * 2
        assert bench.logs(device)[1][1].startswith("/6: ")


def test_a_client_is_asked_in_a_format_that_it_knows():
    bench = Bench(is_passive=True)
    with bench.backend:
        for links, accept in (
            (b"</3303/0>", TLV),
            (b'</>;rt="oma.lwm2m";ct=110,</3303/0>', SENML_JSON),
            (b'</>;rt="oma.lwm2m";ct="0 1542",</3303/0>', 1542),
            (b'</>;rt="oma.lwm2m";ct="112 110",</3303/0>', SENML_CBOR),
        ):
            device = bench.client()
            bench.bootstrap(device)
            bench.register(device, QUERY, links)
            assert [one.accept for one in device.requests] == [accept]
        stubborn = bench.client()
        stubborn.says("GET", "/3303", Reply(0x86), Reply(CONTENT, TLV, TEMPERATURE))
        bench.bootstrap(stubborn)
        bench.register(stubborn, QUERY, b"</3303/0>")
        assert [one.accept for one in stubborn.requests] == [TLV, None]
        assert bench.history(stubborn) == [{"/3303/0/5700": 21.5}]


def test_objects_below_another_root_are_asked_for_there():
    bench = Bench(is_passive=True)
    with bench.backend:
        device = bench.client()
        device.says("GET", "/lwm2m/3303", Reply(CONTENT, TLV, TEMPERATURE))
        bench.bootstrap(device)
        bench.register(device, QUERY, b'</lwm2m>;rt="oma.lwm2m",</lwm2m/3303/0>')
        assert bench.history(device) == [{"/3303/0/5700": 21.5}]


# -- Send --------------------------------------------------------------------------------------


def test_send_is_a_message(bench):
    device = bench.registered()
    pack = senml(
        {"bn": "/3/0/", "n": "9", "v": 80},
        {"n": "0", "vs": "ours"},
        {"n": "11/0", "v": 0},
        {"n": "13", "v": 1726151810},
    )
    assert bench.send(device, SENML_JSON, pack).code == CHANGED
    flat = {"/3/0/9": 80, "/3/0/0": "ours", "/3/0/11/0": 0, "/3/0/13": 1726151810000}
    assert bench.history(device) == [flat]
    # The same by hand in CBOR (RFC 8428, 6): [{-2: "/3303/0/", 0: "5700", 2: 56.9462890625}]
    cbor = bytes.fromhex("81 a3 21 68 2f333330332f302f 00 64 35373030 02 fa 4263c900")
    assert bench.send(device, SENML_CBOR, cbor).code == CHANGED
    assert bench.history(device)[1] == {"/3303/0/5700": 56.9462890625}
    assert bench.state(device) == {"message": {**flat, "/3303/0/5700": 56.9462890625}}


def test_integrations_hear_of_it_as_1nce_writes_it(bench):
    events = []
    bench.backend.integrator.subscribe(events.append)
    device = bench.registered()
    bench.send(device, SENML_JSON, senml({"n": "/6/0/0", "v": 50.5}, {"n": "/6/0/1", "v": 7}))
    lifecycle, telemetry, location = events
    whose = {"iccid": device.iccid, "ip": device.host, "imsi": device.sim.imsi}
    assert [event["device"] for event in events] == [whose] * 3
    assert lifecycle["lifecycle"] == {
        "type": "DEVICE_FIRST_TIME_REGISTERED",
        "message": f"New Device successfully registered for the first time - {device.iccid}",
    }
    assert (telemetry["type"], telemetry["source"]) == ("TELEMETRY_DATA", "LWM2M")
    assert telemetry["payload"] == {"type": "JSON", "value": {"/6/0/0": 50.5, "/6/0/1": 7}}
    assert location["location"] == {"source": "GPS", "coordinates": ["7.0", "50.5"]}


def test_messages_are_counted_told_and_dropped_after_a_week(bench):
    device = bench.registered()
    bench.send(device, SENML_JSON, senml({"n": "/3303/0/5700", "v": 21.5}))
    [told] = bench.world.timeline.records(kind="uplink")
    assert (told.fields["protocol"], told.fields["payload"]) == (
        "LWM2M",
        b'{"/3303/0/5700":21.5}',
    )
    assert bench.backend.counters.messages == 1
    bench.world.advance(7 * 86_400_000 + 2 * 3_600_000)
    assert bench.backend.storage.read(select(HISTORY)) == []


def test_values_of_several_times_are_several_messages(bench):
    device = bench.registered()
    pack = senml(
        {"bn": "/3303/0/5700", "bt": 1764500000, "v": 22, "t": 60},
        {"v": 21, "t": 0},
    )
    assert bench.send(device, SENML_JSON, pack).code == CHANGED
    assert bench.history(device) == [{"/3303/0/5700": 21.0}, {"/3303/0/5700": 22.0}]
    assert bench.state(device) == {"message": {"/3303/0/5700": 22.0}}, "the newest is the state"


def test_object_6_feeds_the_locator(bench):
    device = bench.registered()
    now_s = bench.backend.wall_ms() // 1000
    pack = senml({"bn": "/6/0/", "n": "0", "v": 50.94}, {"n": "1", "v": 6.96})
    bench.send(device, SENML_JSON, pack)
    pack = senml(
        {"bn": "/6/0/", "n": "0", "v": 51.0}, {"n": "1", "v": 7}, {"n": "5", "v": now_s - 60}
    )
    bench.send(device, SENML_JSON, pack)
    positions = bench.backend.locator.positions.listed(OURS, device.iccid).items
    found = {(one.longitude, one.latitude) for one in positions}
    assert found == {(6.96, 50.94), (7.0, 51.0)}
    assert (now_s - 60) * 1000 in {one.sampled_ms for one in positions}
    assert {one.source for one in positions} == {"GPS"}


def test_send_is_refused_with_the_reason(bench):
    stranger = bench.client()
    assert bench.send(stranger, SENML_JSON, b"[]").code == 0x84
    device = bench.registered()
    assert bench.send(device, TLV, TEMPERATURE).code == 0x8F
    assert bench.send(device, None, b"[]").code == 0x8F
    assert bench.send(device, SENML_JSON, b"[{").code == 0x80
    [(name, text)] = bench.logs(device)
    assert (name, text[:5]) == ("LwM2M[PayloadError]", "Send:")
    assert bench.history(device) == []


# -- actions -----------------------------------------------------------------------------------


def test_a_read_has_the_flat_json_as_its_result(bench):
    device = bench.registered()
    device.says("GET", "/3303/0/5700", Reply(CONTENT, TLV, FLOAT))
    request = bench.act(device, Lwm2mAction("read", "/3303/0/5700"))
    assert bench.result(request) == (
        "SUCCEEDED",
        {"code": "205", "payload": '{"/3303/0/5700":21.5}', "errorMessage": ""},
    )
    assert bench.history(device) == [{"/3303/0/5700": 21.5}]
    device.says("GET", "/3303/0/5701", Reply(CONTENT, None, b"Cel"))
    request = bench.act(device, Lwm2mAction("read", "/3303/0/5701"))
    assert bench.result(request)[1]["payload"] == '{"/3303/0/5701":"Cel"}'


def test_reads_may_stay_out_of_the_telemetry():
    bench = Bench(settings=Lwm2mSettings(reads_are_telemetry=False))
    with bench.backend:
        device = bench.registered()
        device.says("GET", "/3303/0/5700", Reply(CONTENT, TLV, FLOAT))
        request = bench.act(device, Lwm2mAction("read", "/3303/0/5700"))
        assert bench.result(request)[0] == "SUCCEEDED"
        assert bench.history(device) == []


FAILURES = (
    (Reply(0x84), {"code": "404", "errorMessage": "The device responded 4.04"}),
    (NoReply("no answer"), {"errorMessage": "The device did not respond: no answer"}),
    (Reply(CONTENT, TLV, b"\xff"), {"code": "205", "errorMessage": ...}),
    (Reply(CONTENT, 9999, b"?"), {"code": "205", "errorMessage": ...}),
)


def test_what_a_client_refuses_or_garbles_is_a_failure(bench):
    device = bench.registered()
    for reply, expected in FAILURES:
        device.says("GET", "/3303/0/5700", reply)
        status, result = bench.result(bench.act(device, Lwm2mAction("read", "/3303/0/5700")))
        assert status == "FAILED"
        assert set(result) == set(expected)
        assert all(value in (..., result[name]) for name, value in expected.items())
        assert result["errorMessage"]
    assert bench.history(device) == []


# By OMA's TLV, by hand: the identifier of two octets and the value by its type.
WRITES = (
    ("/3311/0/5850", "true", "e1 16da 01"),
    ("/3311/0/5851", "50", "e1 16db 32"),
    ("/3311/0/5706", "#ff0000", "e7 164a 23666630303030"),
    ("/3303/0/5750", "kitchen", "e7 1676 6b69746368656e"),
    ("/5/0/0", "AQID", "c3 00 010203"),
    ("/3/0/13", "1726151810000", "c4 0d 66e2fc82"),
)


def test_data_becomes_a_value_of_the_resources_type(bench):
    device = bench.client()
    bench.bootstrap(device)
    bench.register(device, QUERY, b"</3/0>")
    for path, data, octets in WRITES:
        device.says("PUT", path, Reply(CHANGED))
        request = bench.act(device, Lwm2mAction("write", path, data))
        assert bench.result(request) == ("SUCCEEDED", {"code": "204", "errorMessage": ""})
        sent = device.requests[-1]
        assert (sent.method, sent.content_format) == ("PUT", TLV)
        assert sent.payload == bytes.fromhex(octets), path


def test_a_client_that_knows_text_alone_is_written_text(bench):
    device = bench.registered()
    for path, data, number, octets in (
        ("/3311/0/5851", "50", 0, b"50"),
        ("/5/0/0", "AQID", 42, b"\x01\x02\x03"),
    ):
        device.says("PUT", path, Reply(0x8F), Reply(CHANGED))
        request = bench.act(device, Lwm2mAction("write", path, data))
        assert bench.result(request)[0] == "SUCCEEDED"
        assert device.requests[-2].content_format == SENML_CBOR
        assert (device.requests[-1].content_format, device.requests[-1].payload) == (
            number,
            octets,
        )


def test_data_of_a_wrong_type_is_logged_and_never_sent(bench):
    device = bench.registered()
    for path, data in (
        ("/3311/0/5850", "perhaps"),
        ("/3311/0/5851", "half"),
        ("/5/0/0", "no base64!"),
        ("/3303/0/5601", ""),
    ):
        action = Lwm2mAction("write", path, data, attempts=3)
        status, result = bench.result(bench.act(device, action))
        assert status == "FAILED"
        assert path in result["errorMessage"]
    assert device.requests == []
    names = [name for name, _ in bench.logs(device)]
    assert names == ["LwM2M[DataTypeError]"] * 4
    assert "/3311/0/5850" in bench.logs(device)[3][1]


def test_a_resource_is_executed(bench):
    device = bench.registered()
    device.says("POST", "/3/0/4", Reply(CHANGED))
    request = bench.act(device, Lwm2mAction("execute", "/3/0/4"))
    assert bench.result(request) == ("SUCCEEDED", {"code": "204", "errorMessage": ""})
    assert device.requests[-1].payload == b""


WRONG = (
    (Lwm2mAction("read", "3/0/0"), "'3/0/0' is no path"),
    (Lwm2mAction("read", "/3/0/0/0/0"), "is no path"),
    (Lwm2mAction("read", "/"), "has 0 numbers; read takes 1 to 4"),
    (Lwm2mAction("write", "/3/0", "1"), "has 2 numbers; write takes 3 to 4"),
    (Lwm2mAction("execute", "/3/0/4/0"), "has 4 numbers; execute takes 3"),
    (Lwm2mAction("write", "/3/0/14"), "data is missing"),
    (Lwm2mAction("execute", "/3/0/4", "0"), "data is for the action write alone"),
    (Lwm2mAction("read", "/65535/0/0"), "has a number above 65534"),
)


def test_an_address_that_is_none_is_refused(bench):
    device = bench.registered()
    for action, text in WRONG:
        with pytest.raises(Invalid, match=text):
            bench.act(device, action)


def test_what_waits_is_sent_when_the_client_registers_or_updates(bench):
    device = bench.client()
    device.says("GET", "/3303/0/5700", Reply(CONTENT, TLV, FLOAT))
    action = Lwm2mAction("read", "/3303/0/5700", mode=SEND_WHEN_ACTIVE)
    with pytest.raises(Conflict, match="Device is not registered to any LwM2M server"):
        bench.act(device, Lwm2mAction("read", "/3303/0/5700"))
    first = bench.act(device, action)
    bench.bootstrap(device)
    assert bench.result(first) == ("SCHEDULED", None), "a bootstrap is no registration"
    bench.register(device)
    assert bench.result(first)[0] == "SUCCEEDED"
    second = bench.act(device, action)
    assert bench.result(second) == ("SCHEDULED", None)
    bench.update(device)
    assert bench.result(second)[0] == "SUCCEEDED"


def test_an_action_under_way_is_done_in_the_next_world(tmp_path):
    path = str(tmp_path / "world.db")
    bench = Bench(path)
    with bench.backend:
        device = bench.registered()
        controller = bench.backend.controller
        with bench.backend.storage.unit() as work:
            action = Lwm2mAction("read", "/3303/0/5700")
            accepted = controller.create(OURS, device.iccid, action, work)
        assert bench.result(accepted.request_id) == ("IN_PROGRESS", None)
    again = Bench(path, is_active=False)  # the database knows that it is
    with again.backend:
        client = again.client()
        assert client.iccid == device.iccid
        client.says("GET", "/3303/0/5700", Reply(CONTENT, TLV, FLOAT))
        again.world.advance(1_000)
        assert again.result(accepted.request_id)[0] == "SUCCEEDED"


# -- observations ------------------------------------------------------------------------------


def observed(bench, device, path="/3303/0/5700"):
    """Begin to observe; the token of it."""
    device.says("GET", path, temperature(20, 1, path))
    request = bench.act(device, Lwm2mAction("observe-start", path))
    assert bench.result(request)[0] == "SUCCEEDED"
    asked = device.requests[-1]
    assert asked.observe == 0
    assert len(asked.token) == 8
    return asked.token


def test_an_observation_brings_each_value_once(bench):
    device = bench.registered()
    token = observed(bench, device)
    assert [one.path for one in bench.lwm2m.clients(OURS)[0].observations] == [(3303, 0, 5700)]
    for value, number in ((21, 2), (22, 3), (22, 3), (20.5, 2), (23, 4)):
        assert bench.notify(device, token, temperature(value, number))
    assert [one["/3303/0/5700"] for one in bench.history(device)] == [20, 21, 22, 23]
    assert bench.state(device) == {"message": {"/3303/0/5700": 23}}
    # RFC 7641, 3.4: after 128 s, or half the numbers later, any number is news.
    bench.world.advance(129_000)
    assert bench.notify(device, token, temperature(24, 1))
    assert bench.notify(device, token, temperature(25, (1 << 23) - 1))
    assert bench.notify(device, token, temperature(26, (1 << 24) - 5))
    assert bench.notify(device, token, temperature(27, 3))
    assert [one["/3303/0/5700"] for one in bench.history(device)][4:] == [24, 25, 26, 27]


def test_stale_notifications_may_be_kept():
    bench = Bench(settings=Lwm2mSettings(drops_stale_notifications=False))
    with bench.backend:
        device = bench.registered()
        token = observed(bench, device)
        for value, number in ((22, 3), (21, 2)):
            assert bench.notify(device, token, temperature(value, number))
        assert [one["/3303/0/5700"] for one in bench.history(device)] == [20, 22, 21]


def test_nobody_takes_a_notification_of_an_unknown_token_or_of_another(bench):
    device, other = bench.registered(), bench.registered()
    token = observed(bench, device)
    assert not bench.notify(device, bytes(8), temperature(1, 2))
    assert not bench.notify(other, token, temperature(1, 2))
    assert bench.history(other) == []
    assert bench.lwm2m.observed(other.client, token) is None
    asked = bench.lwm2m.observed(device.client, token)
    assert (asked.method, asked.path, asked.token) == ("GET", ("3303", "0", "5700"), None)


def test_an_observation_ends(bench):
    device = bench.registered()
    token = observed(bench, device)
    request = bench.act(device, Lwm2mAction("observe-end", "/3303/0/5700"))
    assert bench.result(request)[0] == "SUCCEEDED"
    assert (device.requests[-1].observe, device.requests[-1].token) == (1, token)
    assert not bench.notify(device, token, temperature(21, 9))
    request = bench.act(device, Lwm2mAction("observe-end", "/3303/0/5700"))
    text = "/3303/0/5700 is not observed; start with observe-start"
    assert bench.result(request) == ("FAILED", {"errorMessage": text})


@pytest.mark.parametrize("last", [Reply(0x84, None, b"", 7), Reply(0x84), temperature(9, None)])
def test_the_client_ends_an_observation(bench, last):
    device = bench.registered()
    token = observed(bench, device)
    assert bench.notify(device, token, last)
    assert bench.lwm2m.clients(OURS)[0].observations == ()
    assert not bench.notify(device, token, temperature(21, 8))


def test_observations_end_with_their_registration(bench):
    device = bench.registered()
    token = observed(bench, device)
    bench.update(device)
    assert bench.notify(device, token, temperature(21, 2)), "an update keeps them"
    bench.register(device)
    assert not bench.notify(device, token, temperature(22, 3))
    token = observed(bench, device)
    bench.world.advance(301_000)
    assert not bench.notify(device, token, temperature(23, 4))


def test_a_client_that_registers_again_amid_an_action_answers_it_but_observes_nothing(bench):
    device = bench.registered()
    device.says("GET", "/3303/0/5700", temperature(20, 1))
    controller = bench.backend.controller
    with bench.backend.storage.unit() as work:
        action = Lwm2mAction("observe-start", "/3303/0/5700")
        accepted = controller.create(OURS, device.iccid, action, work)
    bench.register(device)
    assert bench.result(accepted.request_id)[0] == "SUCCEEDED"
    assert bench.history(device) == [{"/3303/0/5700": 20}]
    assert bench.lwm2m.clients(OURS)[0].observations == ()


def test_a_client_that_does_not_observe_is_told_of(bench):
    device = bench.registered()
    device.says("GET", "/3303/0/5700", temperature(20, None))
    request = bench.act(device, Lwm2mAction("observe-start", "/3303/0/5700"))
    status, result = bench.result(request)
    assert status == "SUCCEEDED", "2.05"
    assert result["errorMessage"] == "The device does not observe this: it answered as to a read"
    assert bench.lwm2m.clients(OURS)[0].observations == ()


def test_observations_are_bounded():
    bench = Bench(settings=Lwm2mSettings(most_observations=2))
    with bench.backend:
        device = bench.registered()
        first = observed(bench, device)
        observed(bench, device, "/3303/0/5601")
        device.says("GET", "/3303/0/5602", temperature(20, 1, "/3303/0/5602"))
        request = bench.act(device, Lwm2mAction("observe-start", "/3303/0/5602"))
        text = "2 observations of the device are the most; end one first"
        assert bench.result(request) == ("FAILED", {"errorMessage": text})
        assert observed(bench, device) == first, "the same path keeps its token"


def test_observations_outlive_a_world_and_what_comes_again_is_known(db):
    bench = Bench(db)
    with bench.backend:
        device = bench.registered()
        token = observed(bench, device)
        assert bench.notify(device, token, temperature(21, 2))
    again = Bench(db)
    with again.backend:
        client = again.client()
        assert again.notify(client, token, temperature(21, 2)), "its ACK was lost by the kill"
        assert again.notify(client, token, temperature(22, 3))
        values = [one["/3303/0/5700"] for one in again.history(client)]
        assert values == [20, 21, 22]
        assert again.state(client) == {"message": {"/3303/0/5700": 22}}


def test_a_notification_that_is_rolled_back_counts_as_new(bench):
    device = bench.registered()
    token = observed(bench, device)
    work = Work()
    assert bench.lwm2m.notified(device.client, token, temperature(21, 2), work)
    work.rolled_back()
    assert bench.notify(device, token, temperature(21, 2))
    assert [one["/3303/0/5700"] for one in bench.history(device)] == [20, 21]


def test_what_is_rolled_back_is_in_no_state(bench):
    device = bench.registered()
    work = Work()
    bench.lwm2m.sent(device.client, SENML_JSON, senml({"n": "/3/0/9", "v": 80}), work)
    work.rolled_back()
    bench.send(device, SENML_JSON, senml({"n": "/3303/0/5700", "v": 21}))
    assert bench.state(device) == {"message": {"/3303/0/5700": 21}}


# -- whose it is -------------------------------------------------------------------------------


def test_a_state_that_is_too_large_is_logged_and_the_last_one_stays(bench):
    device = bench.registered()
    for number in range(20):
        pack = senml({"n": f"/3303/{number}/5750", "vs": "x" * 500})
        assert bench.send(device, SENML_JSON, pack).code == CHANGED
    assert 0 < len(bench.state(device)["message"]) < 20
    assert {name for name, _ in bench.logs(device)} == {"DeviceShadow[PayloadTooLarge]"}
    assert len(bench.history(device)) == 20


def test_organisations_see_and_reach_their_own_clients_alone(bench):
    ours = bench.registered()
    world = bench.world
    theirs = bench.client()
    world.account.subscription(theirs.sim).organisation_id = THEIRS
    assert bench.bootstrap(theirs).answer.code == 0x81, "their endpoint is not active"
    bench.activate(THEIRS)
    bench.backend.agreements._accepted.add(THEIRS)
    bench.bootstrap(theirs)
    assert bench.register(theirs).code == 0x41
    assert bench.listed() == [ours.iccid]
    assert bench.listed(THEIRS) == [theirs.iccid]
    controller = bench.backend.controller
    with pytest.raises(NotFound):
        bench.run(
            lambda work: controller.create(OURS, theirs.iccid, Lwm2mAction("read", "/3/0/0"), work)
        )
    bench.send(theirs, SENML_JSON, senml({"n": "/3303/0/5700", "v": 1}))
    inspector = bench.backend.inspector
    assert inspector.telemetry(OURS, theirs.iccid) == {}
    assert set(inspector.telemetry(THEIRS, theirs.iccid)) == {"LWM2M"}
    assert bench.update(ours, client=theirs.client, location=ours.location).code == 0x84


def test_a_sim_that_changes_hands_has_no_client_any_more(bench):
    device = bench.registered()
    token = observed(bench, device)
    bench.world.account.subscription(device.sim).organisation_id = THEIRS
    bench.activate(THEIRS)
    bench.backend.agreements._accepted.add(THEIRS)
    assert not bench.lwm2m.is_registered(device.iccid)
    assert bench.listed() == bench.listed(THEIRS) == []
    assert not bench.notify(device, token, temperature(21, 2))
    assert bench.update(device).code == 0x84
    assert bench.register(device).code == 0x41
    assert bench.listed(THEIRS) == [device.iccid]


def test_what_was_asked_for_one_customer_is_not_told_to_the_next(bench):
    device = bench.registered()
    device.says("GET", "/3303/0/5700", temperature(20, 1))
    controller = bench.backend.controller
    with bench.backend.storage.unit() as work:
        action = Lwm2mAction("observe-start", "/3303/0/5700")
        controller.create(OURS, device.iccid, action, work)
    bench.world.account.subscription(device.sim).organisation_id = THEIRS
    bench.world.advance(1_000)
    assert len(device.requests) == 1
    assert bench.history(device) == []
