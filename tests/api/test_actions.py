"""The Device Controller and the Device Integrator's endpoints over 1NCE's Management API."""

import re

from nce_sim.wire.datagram import Address, Datagram
from support.api import in_world

ACTIONS = "/v1/integrate/devices/actions"
REQUESTS = ACTIONS + "/requests"
ENDPOINTS = "/v1/integrate/devices/endpoints"

# As 1NCE's examples have them.
UDP = {
    "payload": "Data to send to the device",
    "payloadType": "STRING",
    "port": 3000,
    "requestMode": "SEND_NOW",
}
COAP = {**UDP, "path": "/example?param1=query_param_example", "requestType": "POST"}
LWM2M = {
    "action": "write",
    "resourceAddress": "/3311/0/5850",
    "data": "Data to send to the device",
    "requestMode": "SEND_WHEN_ACTIVE",
}


def device_of(place):
    """A SIM with a session; what comes down is kept, and each CoAP request answered with 2.04."""
    sim = place.world.add_sim()
    got = []

    def take(datagram):
        got.append(datagram.payload)
        if datagram.source.port == 5683:
            reply = b"\x68\x44" + datagram.payload[2:12]
            session.send(Datagram(datagram.destination, datagram.source, reply))

    session = place.world.core.open_session(sim, take)
    return sim.iccid, session, got


def one(device_id, protocol):
    return f"/v1/integrate/devices/{device_id}/actions/{protocol}"


@in_world
async def test_an_action_is_sent_and_asked_about(place):
    device_id, _, got = device_of(place)
    for protocol, body in (("UDP", UDP), ("COAP", COAP)):
        accepted = await place.post(one(device_id, protocol), json=body)
        assert accepted.status_code == 202, accepted.text
        assert set(accepted.json()) == {"id", "message"}
        assert re.fullmatch("[0-9A-Za-z]{27}", accepted.json()["id"])
        assert f"successfuly scheduled for device {device_id}." in accepted.json()["message"]
        place.world.advance(5_000)
        found = await place.get(f"{REQUESTS}/{accepted.json()['id']}")
        assert found.status_code == 200
        item = found.json()
        assert (item["status"], item["protocol"]) == ("SUCCEEDED", protocol)
        assert item["requestData"]["payload"] == body["payload"]
        assert item["sendAttempts"] == 1
        assert ("resultData" in item) == (protocol == "COAP")
    assert got[0] == b"Data to send to the device"
    assert b"\xb7example\x10\x3d\x0dparam1=query_param_example\xffData" in got[1]


@in_world
async def test_lists_bulk_and_cancelling(place):
    first, second = device_of(place)[0], device_of(place)[0]
    body = {**UDP, "requestMode": "SEND_WHEN_ACTIVE", "deviceIds": [first, second, "unknown"]}
    bulk = await place.post(ACTIONS + "/UDP", json=body)
    assert bulk.status_code == 202
    assert bulk.json()["rejectedDevices"] == ["unknown"]
    ids = {row["deviceId"]: row["requestId"] for row in bulk.json()["acceptedRequests"]}
    assert set(ids) == {first, second}

    active = (await place.get(REQUESTS + "/active", params={"pageSize": 1})).json()
    assert (active["page"], active["pageAmount"], len(active["items"])) == (1, 2, 1)
    wanted = {"deviceId": first, "protocol": "UDP", "status": "SCHEDULED"}
    [item] = (await place.get(REQUESTS, params=wanted)).json()["items"]
    assert item["id"] == ids[first]

    cancelled = await place.delete(f"{REQUESTS}/{ids[first]}")
    assert cancelled.json() == {"id": ids[first], "status": "CANCELLED"}
    assert (await place.delete(f"{REQUESTS}/{ids[first]}")).status_code == 404
    all_of_it = await place.delete(f"/v1/integrate/devices/{second}/actions/requests")
    assert all_of_it.json() == [{"id": ids[second], "status": "CANCELLED"}]
    archived = (await place.get(REQUESTS + "/archived", params={"sort": "created"})).json()
    assert [row["id"] for row in archived["items"]] == [ids[first], ids[second]]


@in_world
async def test_lwm2m_is_refused_until_its_endpoint_is_active(place):
    device_id = device_of(place)[0]
    now = await place.post(one(device_id, "LWM2M"), json={**LWM2M, "requestMode": "SEND_NOW"})
    assert now.status_code == 409
    assert now.json() == {
        "statusCode": 409,
        "statusText": "Conflict",
        "errors": [{"message": "Device is not registered to any LwM2M server."}],
    }
    assert (await place.post(one(device_id, "LWM2M"), json=LWM2M)).status_code == 409
    await place.patch(ENDPOINTS + "/LWM2M", json={"active": True, "settings": []})
    for path in (one(device_id, "LWM2M"), f"/v1/devices/{device_id}/actions"):
        accepted = await place.post(path, json=LWM2M)
        assert accepted.status_code == 202
        assert accepted.json()["message"] == (
            f"Action write for resource /3311/0/5850 successfuly scheduled for device {device_id}."
        )
    bulk = await place.post(ACTIONS + "/LWM2M", json={**LWM2M, "deviceIds": [device_id]})
    assert bulk.status_code == 202
    assert len(bulk.json()["acceptedRequests"]) == 1


WRONG = (
    ("UDP", {**UDP, "port": 0}, 400),
    ("UDP", {**UDP, "payloadType": "HEX"}, 400),
    ("UDP", {**UDP, "sendAttempts": 2}, 400),
    ("UDP", {**UDP, "payload": "x" * 509}, 400),
    ("UDP", {"payload": "x"}, 400),
    ("COAP", {**COAP, "path": "a b"}, 400),
    ("COAP", {**COAP, "sendAttempts": 6}, 400),
    ("COAP", {**COAP, "payload": "%", "payloadType": "BASE64"}, 400),
    ("SMS", UDP, 404),
)


@in_world
async def test_a_wrong_action_is_refused(place):
    device_id = device_of(place)[0]
    for protocol, body, status in WRONG:
        refused = await place.post(one(device_id, protocol), json=body)
        assert refused.status_code == status, body
        assert refused.json()["statusCode"] == status
    assert (await place.get(REQUESTS)).json()["items"] == []


@in_world
async def test_what_is_unknown_is_not_found(place):
    for method, path in (
        ("get", REQUESTS + "/2lBaYUVBRHjCRdhj2XSLvnNQfR3"),
        ("delete", REQUESTS + "/2lBaYUVBRHjCRdhj2XSLvnNQfR3"),
        ("delete", "/v1/integrate/devices/8988228066600000000/actions/requests"),
        ("get", ENDPOINTS + "/SMS"),
    ):
        answer = await getattr(place, method)(path)
        assert (answer.status_code, answer.json()["statusText"]) == (404, "Not Found"), path
    unknown = await place.post(one("8988228066600000000", "UDP"), json=UDP)
    assert unknown.status_code == 404
    for query in ("page=0", "page=51", "pageSize=0", "sort=id", "status=DONE", "protocol=SMS"):
        assert (await place.get(f"{REQUESTS}?{query}")).status_code == 400, query


# -- endpoints -------------------------------------------------------------------------------


@in_world
async def test_the_endpoints_are_1nces(place):
    found = (await place.get(ENDPOINTS)).json()
    assert (found["page"], found["pageAmount"]) == (1, 1)
    assert found["items"] == [
        {
            "protocol": "COAP",
            "active": True,
            "domain": "coap.os.1nce.com",
            "ipAddresses": ["10.60.2.219"],
            "port": 5683,
            "securePort": 5684,
        },
        {
            "protocol": "UDP",
            "active": True,
            "domain": "udp.os.1nce.com",
            "ipAddresses": ["10.60.2.239"],
            "port": 4445,
        },
        {
            "protocol": "LWM2M",
            "active": False,
            "domain": "lwm2m.os.1nce.com",
            "ipAddresses": ["10.60.2.240"],
            "port": 5683,
            "securePort": 5684,
        },
    ]
    assert (await place.get(ENDPOINTS + "/COAP")).json() == {**found["items"][0], "settings": []}


@in_world
async def test_the_only_setting_is_lwm2ms(place):
    passive = {"name": "LWM2M_PASSIVE_REPORTING", "state": "ENABLED"}
    changed = await place.patch(ENDPOINTS + "/LWM2M", json={"settings": [passive]})
    assert changed.status_code == 200
    [setting] = changed.json()["settings"]
    assert passive.items() <= setting.items()
    assert changed.json()["active"] is False
    assert (await place.get(ENDPOINTS + "/LWM2M")).json() == changed.json()
    for protocol, body in (
        ("COAP", {"settings": [passive]}),
        ("LWM2M", {"settings": [{**passive, "state": "ON"}]}),
        ("LWM2M", {"active": True}),
        ("LWM2M", {"settings": [], "port": 1}),
    ):
        assert (await place.patch(f"{ENDPOINTS}/{protocol}", json=body)).status_code == 400


@in_world
async def test_an_inactive_endpoint_refuses_devices(place):
    sim = place.world.add_sim()
    got = []
    session = place.world.core.open_session(sim, lambda datagram: got.append(datagram.payload))
    host = place.world.core.address_of(sim)

    def speak(service, payload):
        session.send(Datagram(Address(host, 40_000), service, payload))
        place.world.advance(5_000)

    def post(mid):
        speak(Address("10.60.2.219", 5683), b"\x40\x02" + bytes([1, mid]) + b"\xff1")
        return got[-1]

    def udp():
        speak(Address("10.60.2.239", 4445), b"1")
        return place.backend.inspector.message_count()

    assert (post(1), udp()) == (b"\x60\x44\x01\x01", 2)
    for protocol in ("COAP", "UDP"):
        body = {"active": False, "settings": []}
        assert (await place.patch(f"{ENDPOINTS}/{protocol}", json=body)).json()["active"] is False
    assert (post(2), udp()) == (b"\x60\x81\x01\x02", 2)
    assert place.backend.udp.counters["dropped: the endpoint is not active"] == 1
    for protocol in ("COAP", "UDP"):
        await place.patch(f"{ENDPOINTS}/{protocol}", json={"active": True, "settings": []})
    assert (post(3), udp()) == (b"\x60\x44\x01\x03", 4)
