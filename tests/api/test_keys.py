"""Pre-shared keys, in the words of 1NCE's document."""

import re

import pytest

from support.api import in_world
from support.neighbour import neighbour, own_sim

KEYS = "/v1/integrate/devices"


@pytest.mark.parametrize("name", ["psk", "presharedkey"])
@in_world
async def test_a_key_is_set_and_read(place, name):
    sim = own_sim(place)
    body = {"secretKey": "0011223344556677", "protocol": "COAP", "format": "HEX"}
    answer = await place.post(f"{KEYS}/{sim.iccid}/{name}", json=body)
    assert answer.status_code == 200
    found = answer.json()
    assert re.fullmatch(r"2026-01-01T00:00:00\.\d{3}Z", found["createdAt"])
    assert found == {
        **body,
        "deviceId": sim.iccid,
        "identity": sim.iccid,
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
    }
    assert place.backend.authenticator.psk(sim.iccid) == bytes.fromhex(body["secretKey"])
    assert (await place.get(f"{KEYS}/{sim.iccid}/psk/COAP")).json() == found
    for protocol in ("LWM2M", "UDP", "HTTP"):
        assert (await place.get(f"{KEYS}/{sim.iccid}/psk/{protocol}")).status_code == 404
    text = {"secretKey": "0011223344556677", "protocol": "LWM2M"}
    assert (await place.post(f"{KEYS}/{sim.iccid}/psk", json=text)).json()["format"] == "STRING"


WRONG = (
    {"secretKey": "short"},
    {"secretKey": "x" * 257},
    {"secretKey": "zz112233", "format": "HEX"},
    {"secretKey": "with,comma"},
    {"protocol": "UDP"},
    {"format": "BASE64"},
    {"more": 1},
)


@in_world
async def test_a_wrong_key_is_400_and_is_not_repeated(place):
    sim = own_sim(place)
    for row in WRONG:
        body = {"secretKey": "long enough", "protocol": "COAP", **row}
        answer = await place.post(f"{KEYS}/{sim.iccid}/psk", json=body)
        assert answer.status_code == 400, row
        assert body["secretKey"] not in answer.text
    assert place.backend.authenticator.psk(sim.iccid) is None


@pytest.mark.parametrize("name", ["psk", "presharedkey"])
@in_world
async def test_many_keys_are_set_a_little_later(place, name):
    sim, another = own_sim(place), own_sim(place)
    keys = [
        {"deviceId": sim.iccid, "secretKey": "the first of many", "protocol": "COAP"},
        {"deviceId": another.iccid, "secretKey": "zz112233", "protocol": "COAP", "format": "HEX"},
    ]
    answer = await place.post(f"{KEYS}/{name}/jobs", json=keys)
    assert (answer.status_code, answer.content) == (202, b"")
    found = (await place.get(f"{KEYS}/{name}/jobs")).json()
    assert (found["page"], found["pageAmount"]) == (1, 1)
    [job] = found["items"]
    assert (job["status"], job["amount"], job["failed"], job["done"]) == ("IN_PROGRESS", 2, 0, 0)
    place.world.advance(2_000)
    await place.backend.write(lambda work: None)
    [job] = (await place.get(f"{KEYS}/{name}/jobs")).json()["items"]
    assert (job["status"], job["amount"], job["failed"], job["done"]) == ("DONE", 2, 1, 1)
    assert place.backend.authenticator.psk(sim.iccid) == b"the first of many"
    for wrong in ([], [{**keys[0], "secretKey": "x" * 129}], {"deviceId": sim.iccid}):
        assert (await place.post(f"{KEYS}/{name}/jobs", json=wrong)).status_code == 400


@pytest.mark.slow
@in_world
async def test_5000_keys_fit_into_a_request(place):
    sim = own_sim(place)
    key = {"deviceId": sim.iccid, "secretKey": "x" * 128, "protocol": "LWM2M", "format": "STRING"}
    assert (await place.post(f"{KEYS}/psk/jobs", json=[key] * 5_000)).status_code == 202
    assert (await place.post(f"{KEYS}/psk/jobs", json=[key] * 5_001)).status_code == 400
    place.world.advance(2_000)
    await place.backend.write(lambda work: None)
    [job] = (await place.get(f"{KEYS}/psk/jobs")).json()["items"]
    assert job["done"] == 5_000


@in_world
async def test_customers_set_and_read_their_own_keys_alone(place):
    theirs = await neighbour(place)
    body = {"secretKey": "their own key", "protocol": "COAP"}
    path = f"{KEYS}/{theirs.sim.iccid}/psk"
    assert (await theirs.client.post(path, json=body)).status_code == 200
    assert (await place.get(path + "/COAP")).status_code == 404
    assert (await place.post(path, json={**body, "secretKey": "our own key"})).status_code == 404
    keys = [{"deviceId": theirs.sim.iccid, **body, "secretKey": "our own key"}]
    assert (await place.post(f"{KEYS}/psk/jobs", json=keys)).status_code == 202
    place.world.advance(2_000)
    await place.backend.write(lambda work: None)
    [job] = (await place.get(f"{KEYS}/psk/jobs")).json()["items"]
    assert (job["failed"], job["done"]) == (1, 0)
    assert place.backend.authenticator.psk(theirs.sim.iccid) == b"their own key"
    assert (await theirs.client.get(f"{KEYS}/psk/jobs")).json()["items"] == []


@in_world
async def test_keys_are_in_no_record(place):
    sim = own_sim(place)
    body = {"secretKey": "a most secret key", "protocol": "COAP"}
    await place.post(f"{KEYS}/{sim.iccid}/psk", json=body)
    await place.get(f"{KEYS}/{sim.iccid}/psk/COAP")
    recorded = "".join(f"{one} {one.fields}" for one in place.world.timeline.records())
    assert body["secretKey"] not in recorded
    assert f"/{sim.iccid}/psk" not in recorded
