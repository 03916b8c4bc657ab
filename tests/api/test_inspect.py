"""The Device Inspector's operations, in the words of 1NCE's document."""

import base64

from support.api import in_world
from support.neighbour import neighbour, own_sim, uplink

DAY_MS = 86_400_000
# Worlds begin on 2026-01-01T00:00:00Z.
LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'


@in_world
async def test_devices_are_listed_with_their_addresses(place):
    sims = [own_sim(place) for _ in range(12)]
    found = (await place.get("/v1/inspect/devices")).json()
    assert (found["page"], found["pageAmount"]) == (1, 2)
    assert found["items"][0] == {
        "id": sims[0].iccid,
        "iccid": sims[0].iccid,
        "imsi1": sims[0].imsi,
        "ip": "10.160.0.1",
    }
    found = (await place.get("/v1/inspect/devices?page=2&sort=-ip&pageSize=5")).json()
    assert [item["ip"] for item in found["items"]] == [f"10.160.0.{n}" for n in (7, 6, 5, 4, 3)]
    found = (await place.get(f"/v1/inspect/devices?q=iccid:{sims[3].iccid}")).json()
    assert [item["iccid"] for item in found["items"]] == [sims[3].iccid]
    one = await place.get(f"/v1/inspect/devices/{sims[3].iccid}")
    assert one.json() == found["items"][0]


@in_world
async def test_a_wrong_list_of_devices_is_400(place):
    for query in (
        "page=0",
        "page=51",
        "pageSize=51",
        "sort=label",
        "q=label:x",
        "q=iccid",
        "q=iccid:1,iccid:2",
    ):
        answer = await place.get(f"/v1/inspect/devices?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["statusText"] == "Bad Request"


@in_world
async def test_history_is_paged_by_tokens(place):
    sim = own_sim(place)
    for number in range(5):
        await uplink(place, sim, b"%d" % number, topic="gps")
        place.world.advance(1_000)
    path = f"/v1/inspect/devices/{sim.iccid}/history"
    first = (await place.get(path, params={"pageSize": 2})).json()
    assert first["items"][0] == {
        "time": "2026-01-01T00:00:04.000Z",
        "payload": base64.b64encode(b"4").decode(),
        "iccid": sim.iccid,
        "deviceId": sim.iccid,
        "protocol": "COAP",
        "topic": "gps",
    }
    second = await place.get(path, params={"pageSize": 2, "nextToken": first["nextToken"]})
    assert set(second.json()) == {"items", "nextToken"}
    again = await place.get(path, params={"pageSize": 2, "nextToken": first["firstToken"]})
    assert again.json()["items"] == first["items"]
    last = await place.get(path, params={"pageSize": 2, "nextToken": second.json()["nextToken"]})
    assert set(last.json()) == {"items"}
    wrong = await place.get(path, params={"nextToken": first["nextToken"], "protocol": "UDP"})
    assert wrong.status_code == 400
    assert (await place.get(path, params={"pageSize": 26})).status_code == 400


@in_world
async def test_history_of_all_devices_has_no_topic_and_is_in_the_zone_of_the_query(place):
    one, another = own_sim(place), own_sim(place)
    await uplink(place, one, b"a", topic="gps")
    place.world.advance(60_000)
    await uplink(place, another, b"b", "UDP")
    found = (await place.get("/v1/inspect/devices/history")).json()["items"]
    assert [item["iccid"] for item in found] == [another.iccid, one.iccid]
    assert not any("topic" in item for item in found)
    for query, expected in (
        ({"iccid": one.iccid}, [one]),
        ({"deviceId": one.iccid}, [one]),
        ({"deviceId": one.iccid, "iccid": another.iccid}, []),
        ({"protocol": "UDP"}, [another]),
        ({"startDateTime": "2026-01-01T00:00:30Z"}, [another]),
        ({"endDateTime": "2026-01-01T00:00:30"}, [one]),
        ({"endDateTime": "2025-12-31"}, []),
    ):
        found = (await place.get("/v1/inspect/devices/history", params=query)).json()["items"]
        assert [item["iccid"] for item in found] == [sim.iccid for sim in expected], query
    found = await place.get("/v1/inspect/devices/history?startDateTime=2026-01-01T01:00:30+01:00")
    assert [item["time"] for item in found.json()["items"]] == ["2026-01-01T01:01:00.000+01:00"]
    for query in ("startDateTime=now", "endDateTime=2026-13-01", "protocol=HTTP", "iccid=1"):
        answer = await place.get(f"/v1/inspect/devices/history?{query}")
        assert answer.status_code == 400, query


@in_world
async def test_insights_and_statistics_count(place):
    sim = own_sim(place)
    own_sim(place)
    for protocol in ("COAP", "UDP", "COAP"):
        await uplink(place, sim, b"x", protocol)
    place.world.advance(DAY_MS)
    await place.sign_in()
    await uplink(place, sim, b"x")
    expected = [
        {"time": "2026-01-02T00:00:00.000Z", "protocol": "COAP", "amount": 1},
        {"time": "2026-01-01T00:00:00.000Z", "protocol": "COAP", "amount": 2},
        {"time": "2026-01-01T00:00:00.000Z", "protocol": "UDP", "amount": 1},
    ]
    for path in ("/v1/inspect/devices", f"/v1/inspect/devices/{sim.iccid}"):
        found = (await place.get(path + "/history/insights")).json()
        assert found == {"items": expected, "interval": "1d"}
        found = (await place.get(path + "/history/insights?interval=1h&protocol=UDP")).json()
        assert found == {"items": expected[2:], "interval": "1h"}
        assert (await place.get(path + "/history/insights?interval=1w")).status_code == 400
    found = (await place.get("/v1/devices/stats")).json()
    assert found == {"totalDevices": 2, "activatedDevices": 1}


@in_world
async def test_telemetry_is_the_last_state(place):
    place.backend.add_template("tank", LEVEL, ("COAP",))
    sim = own_sim(place)
    await uplink(place, sim, b"\x2a", topic="tank")
    await uplink(place, sim, b"\x00", "UDP")
    path = f"/v1/inspect/devices/{sim.iccid}/telemetry"
    assert (await place.get(path)).json() == {
        "id": sim.iccid,
        "state": {
            "COAP": {"message": {"level": 42}, "topic": "tank"},
            "UDP": {"message": "AA=="},
        },
    }
    found = (await place.get(path + "?protocol=UDP")).json()
    assert found["state"] == {"UDP": {"message": "AA=="}}
    assert (await place.get("/v1/inspect/devices/1/telemetry")).status_code == 400


@in_world
async def test_text_that_is_no_unicode_is_escaped_everywhere(place):
    level = '{"asset": "b\\ud800", "value": {"byte": 0, "type": "uint"}}'
    odd = '{"sense": [{"asset": "a", "value": "\\ud800"}, %s]}' % level
    await place.backend.write(
        lambda work: place.backend.energy_saver.templates.create(
            place.organisation_id, "odd", odd, ("COAP",), "ACTIVE", work=work
        )
    )
    sim = own_sim(place)
    await uplink(place, sim, b"\x01")
    answer = await place.get(f"/v1/inspect/devices/{sim.iccid}/telemetry")
    assert answer.text.count("\\ud800") == 2
    [item] = (await place.get("/v1/inspect/devices/history")).json()["items"]
    assert item["payload"].count("\\ud800") == 2
    await uplink(place, sim, b"")
    [log, _] = (await place.get("/v1/administrationLogs")).json()["items"]
    assert log["description"].startswith("Asset path:b\\ud800")
    body = {"template": odd, "payload": "AQ=="}
    tested = await place.post("/v1/optimize/messages/test", json=body)
    assert tested.json()["translatedPayload"].count("\\ud800") == 2
    body["template"] = odd.replace('"byte": 0', '"byte": 7')
    refused = await place.post("/v1/optimize/messages/test", json=body)
    assert (refused.status_code, "b\\ud800" in refused.json()["errors"][0]["message"]) == (
        400,
        True,
    )


@in_world
async def test_customers_see_their_own_devices_and_messages_alone(place):
    theirs = await neighbour(place)
    ours = own_sim(place)
    await uplink(place, theirs.sim, b"theirs")
    await uplink(place, ours, b"ours")
    for client, own, foreign in (
        (place.client, ours, theirs.sim),
        (theirs.client, theirs.sim, ours),
    ):
        for path in ("/v1/inspect/devices", "/v1/inspect/devices/history"):
            found = (await client.get(path)).json()["items"]
            assert [item["iccid"] for item in found] == [own.iccid]
        found = (await client.get("/v1/devices/stats")).json()
        assert found == {"totalDevices": 1, "activatedDevices": 1}
        path = f"/v1/inspect/devices/{foreign.iccid}"
        assert (await client.get(path)).status_code == 404
        assert (await client.get(path + "/telemetry")).json()["state"] == {}
        for rest in ("/history", "/history/insights"):
            assert (await client.get(path + rest)).json()["items"] == []
        found = await client.get(f"/v1/inspect/devices?q=iccid:{foreign.iccid}")
        assert found.json()["items"] == []
