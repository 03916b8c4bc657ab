"""LwM2M over 1NCE's Management API: actions on a registered client, its values, its key."""

import json

from nce_sim.services.lwm2m.outbound import Client, Reply
from support.api import in_world
from support.lwm2m_rules import LINKS, QUERY, Double

DEVICES = "/v1/integrate/devices"
ENDPOINT = DEVICES + "/endpoints/LWM2M"
REQUESTS = DEVICES + "/actions/requests"
# OMA's TLV by hand: resource 5700 of 21.5 in 32 bits.
TEMPERATURE = Reply(0x45, 11542, bytes.fromhex("e4 16 44 41 ac 00 00"), 1)


class Registered:
    """A SIM whose client is registered, and what the client answers."""

    def __init__(self, place):
        self.sim = place.world.add_sim()
        place.world.core.open_session(self.sim, lambda datagram: None)
        host = place.world.core.address_of(self.sim)
        self.client = Client(host, 40_000, False, self.sim.iccid)
        self.requests, self.answers = [], {}
        lwm2m = place.backend.lwm2m
        with place.backend.storage.unit() as work:
            assert lwm2m.bootstrap(self.client, None, None, work).steps
            assert lwm2m.register(self.client, QUERY, LINKS, work).code == 0x41

    @property
    def path(self):
        return f"{DEVICES}/{self.sim.iccid}/actions/LWM2M"


async def with_client(place):
    """The endpoint is active, by the API; a client that has registered."""
    await place.patch(ENDPOINT, json={"active": True, "settings": []})
    double = Double(place.world)
    place.backend.lwm2m.send_by(double)
    client = Registered(place)
    double.devices[client.sim.iccid] = client
    return client


async def finished(place, accepted):
    assert accepted.status_code == 202, accepted.text
    place.world.advance(1_000)
    found = await place.get(f"{REQUESTS}/{accepted.json()['id']}")
    return found.json()


@in_world
async def test_a_client_is_read_now(place):
    client = await with_client(place)
    client.answers["GET", "/3303/0/5700"] = [TEMPERATURE]
    accepted = await place.post(
        client.path, json={"action": "read", "resourceAddress": "/3303/0/5700"}
    )
    assert accepted.json()["message"] == (
        "Action read for resource /3303/0/5700 successfuly scheduled for device "
        f"{client.sim.iccid}."
    )
    item = await finished(place, accepted)
    assert (item["status"], item["protocol"], item["mode"]) == ("SUCCEEDED", "LWM2M", "SEND_NOW")
    assert item["resultData"]["code"] == "205"
    assert json.loads(item["resultData"]["payload"]) == {"/3303/0/5700": 21.5}
    assert item["resultData"]["errorMessage"] == ""
    assert item["requestData"]["resourceAddress"] == "/3303/0/5700"
    inspect = "/v1/inspect/devices/" + client.sim.iccid
    history = (await place.get(inspect + "/history", params={"protocol": "LWM2M"})).json()
    assert [json.loads(one["payload"]) for one in history["items"]] == [{"/3303/0/5700": 21.5}]
    telemetry = (await place.get(inspect + "/telemetry")).json()
    assert telemetry["state"]["LWM2M"] == {"message": {"/3303/0/5700": 21.5}}


@in_world
async def test_what_is_observed_and_ended(place):
    client = await with_client(place)
    client.answers["GET", "/3303/0/5700"] = [TEMPERATURE]
    body = {"action": "observe-start", "resourceAddress": "/3303/0/5700"}
    item = await finished(place, await place.post(client.path, json=body))
    assert item["status"] == "SUCCEEDED"
    item = await finished(
        place, await place.post(client.path, json={**body, "action": "observe-end"})
    )
    assert item["status"] == "SUCCEEDED"
    assert [one.observe for one in client.requests] == [0, 1]


@in_world
async def test_data_of_a_wrong_type_is_in_the_administration_log(place):
    client = await with_client(place)
    body = {"action": "write", "resourceAddress": "/3311/0/5850", "data": "perhaps"}
    item = await finished(place, await place.post(client.path, json=body))
    assert item["status"] == "FAILED"
    assert "/3311/0/5850" in item["resultData"]["errorMessage"]
    logs = (await place.get("/v1/administrationLogs", params={"iccid": client.sim.iccid})).json()
    [log] = [one for one in logs["items"] if one["category"] == "error"]
    assert (log["type"], log["message"]) == ("DEVICE", "LwM2M[DataTypeError]")
    assert client.requests == []


@in_world
async def test_what_is_no_address_is_refused(place):
    client = await with_client(place)
    for body in (
        {"action": "read", "resourceAddress": "temperature"},
        {"action": "execute", "resourceAddress": "/3/0"},
        {"action": "write", "resourceAddress": "/3/0/14"},
    ):
        answer = await place.post(client.path, json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["message"]


@in_world
async def test_some_of_many_are_registered(place):
    client = await with_client(place)
    other = place.world.add_sim()
    body = {
        "deviceIds": [client.sim.iccid, other.iccid],
        "action": "execute",
        "resourceAddress": "/3/0/4",
    }
    answer = (await place.post(DEVICES + "/actions/LWM2M", json=body)).json()
    assert answer["rejectedDevices"] == [other.iccid]
    assert [one["deviceId"] for one in answer["acceptedRequests"]] == [client.sim.iccid]


@in_world
async def test_the_customers_key_stays_beside_the_fresh_ones(place):
    await place.patch(ENDPOINT, json={"active": True, "settings": []})
    sim = place.world.add_sim()
    body = {"secretKey": "the customer's", "protocol": "LWM2M", "format": "STRING"}
    assert (await place.post(f"{DEVICES}/{sim.iccid}/psk", json=body)).status_code == 200
    host = place.world.core.address_of(sim)
    with place.backend.storage.unit() as work:
        client = Client(host, 40_000, True, sim.iccid)
        place.backend.lwm2m.bootstrap(client, None, None, work)
    assert len(place.backend.lwm2m.keys(sim.iccid)) == 2
    found = (await place.get(f"{DEVICES}/{sim.iccid}/psk/LWM2M")).json()
    assert found["secretKey"] == "the customer's"
