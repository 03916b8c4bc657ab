"""The Energy Saver's operations, in the words of 1NCE's document."""

import base64
import json
import re

from support.api import in_world
from support.neighbour import neighbour, own_sim, uplink

TEMPLATES = "/v1/optimize/templates"
LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
TANK = {"name": "tank", "template": LEVEL, "protocolFilter": ["COAP"], "status": "ACTIVE"}


@in_world
async def test_a_template_is_made_changed_and_deleted_and_decodes_meanwhile(place):
    sim = own_sim(place)

    async def last():
        await uplink(place, sim, b"\x2a")
        return (await place.get("/v1/inspect/devices/history")).json()["items"][0]["payload"]

    assert await last() == "Kg=="
    made = await place.post(TEMPLATES, json=TANK)
    assert made.status_code == 201
    found = made.json()
    assert re.fullmatch(r"[A-Za-z0-9_-]{21}", found.pop("id"))
    assert found == TANK
    assert await last() == '{"level":42}'
    assert (await place.get(TEMPLATES)).json() == [made.json()]
    path = f"{TEMPLATES}/{made.json()['id']}"
    changed = await place.patch(path, json={"status": "INACTIVE", "name": "spare"})
    assert changed.status_code == 200
    assert changed.json() == {**made.json(), "status": "INACTIVE", "name": "spare"}
    assert await last() == "Kg=="
    gone = await place.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await place.get(TEMPLATES)).json() == []
    for answer in (await place.delete(path), await place.patch(path, json={"name": "x"})):
        assert answer.status_code == 404
        assert answer.json()["statusCode"] == 404


@in_world
async def test_a_second_active_template_is_409(place):
    await place.post(TEMPLATES, json=TANK)
    second = await place.post(TEMPLATES, json={**TANK, "name": "second"})
    assert second.status_code == 409
    assert second.json()["statusText"] == "Conflict"
    spare = await place.post(TEMPLATES, json={**TANK, "status": "INACTIVE"})
    path = f"{TEMPLATES}/{spare.json()['id']}"
    assert (await place.patch(path, json={"status": "ACTIVE"})).status_code == 409
    both = {"status": "ACTIVE", "protocolFilter": ["UDP"]}
    assert (await place.patch(path, json=both)).status_code == 200


WRONG = (
    {"template": "{}"},
    {"template": "not JSON"},
    {"template": ""},
    {"name": ""},
    {"name": "n" * 65},
    {"protocolFilter": []},
    {"protocolFilter": "COAP"},
    {"protocolFilter": ["LWM2M"]},
    {"status": "DELETED"},
    {"unknown": 1},
    {"template": None},
    {"template": LEVEL + " " * 65_536},
)


@in_world
async def test_a_wrong_template_is_422(place):
    made = (await place.post(TEMPLATES, json=TANK)).json()
    for row in WRONG:
        answer = await place.post(TEMPLATES, json={**TANK, "protocolFilter": ["UDP"], **row})
        assert answer.status_code == 422, row
        assert answer.json()["statusCode"] == 422
        answer = await place.patch(f"{TEMPLATES}/{made['id']}", json=row)
        assert answer.status_code == 422, row
    assert (await place.get(TEMPLATES)).json() == [made]


@in_world
async def test_an_empty_change_or_no_json_is_422(place):
    made = (await place.post(TEMPLATES, json=TANK)).json()
    assert (await place.patch(f"{TEMPLATES}/{made['id']}", json={})).status_code == 422
    blanks = json.dumps({**TANK, "status": "INACTIVE"}).encode() + b" " * 65_536
    for body in (b"{", blanks):
        headers = {"Content-Type": "application/json"}
        answer = await place.post(TEMPLATES, content=body, headers=headers)
        assert answer.status_code == 422


@in_world
async def test_the_tester_counts_decoded_bytes(place):
    async def tested(payload, template=LEVEL):
        body = {"template": template, "payload": payload}
        return await place.post("/v1/optimize/messages/test", json=body)

    answer = await tested("Kg==")
    assert answer.status_code == 200
    # {"level":42} has 12 bytes; 100 * 0.013 * 11 / (0.013 * 12 + 94.084) is 0.1517.
    assert answer.json() == {
        "translatedPayload": '{"level":42}',
        "reducedBytes": 11,
        "energyUsageReduction": 0.15,
    }
    for wrong in (("2a",), ("Kg",), ("é",), ("Kg==", "{}"), ("",)):
        assert (await tested(*wrong)).status_code == 400, wrong
    two = LEVEL.replace('"byte": 0', '"byte": 3')
    answer = await tested("Kg==", two)
    assert answer.status_code == 400
    assert "can't extract [3:4] from 1 bytes" in answer.json()["errors"][0]["message"]


@in_world
async def test_savings_are_those_of_the_messages(place):
    sim, another = own_sim(place), own_sim(place)
    await place.post(TEMPLATES, json=TANK)
    place.world.advance(86_400_000)
    await place.sign_in()
    for one in (sim, sim, another):
        await uplink(place, one, b"\x2a")
    await uplink(place, another, b"\x2a", "UDP")  # no template: nothing saved
    await uplink(place, another, b"")  # not decoded: nothing saved
    found = (await place.get("/v1/optimize/savings")).json()
    assert found == {
        "messagesTranslated": {"value": 3, "delta": 3},
        "averageBytesReducedPerMessage": {"value": 11, "delta": 11},
        "bytesSaved": {"value": 33, "delta": 33},
    }
    place.world.advance(86_400_000)
    await place.sign_in()
    found = (await place.get("/v1/optimize/savings?range=1")).json()
    assert found["messagesTranslated"] == {"value": 0, "delta": -3}
    for query, expected in (
        ("range=7", 3),
        ("range=30&protocol=COAP", 3),
        ("range=7&protocol=UDP", 0),
        (f"range=7&iccid={another.iccid}", 1),
    ):
        found = (await place.get(f"/v1/optimize/savings?{query}")).json()
        assert found["messagesTranslated"]["value"] == expected, query
    for query in ("range=2", "protocol=LWM2M", "iccid=1"):
        assert (await place.get(f"/v1/optimize/savings?{query}")).status_code == 400


@in_world
async def test_customers_have_their_own_templates_and_savings(place):
    theirs = await neighbour(place)
    ours = (await place.post(TEMPLATES, json=TANK)).json()
    height = {**TANK, "template": LEVEL.replace("level", "height")}
    assert (await theirs.client.post(TEMPLATES, json=height)).status_code == 201
    path = f"{TEMPLATES}/{ours['id']}"
    assert (await theirs.client.delete(path)).status_code == 404
    assert (await theirs.client.patch(path, json={"name": "x"})).status_code == 404
    assert len((await theirs.client.get(TEMPLATES)).json()) == 1
    await uplink(place, theirs.sim, b"\x2a")
    [item] = (await theirs.client.get("/v1/inspect/devices/history")).json()["items"]
    assert item["payload"] == '{"height":42}'
    savings = (await place.get("/v1/optimize/savings")).json()
    assert savings["messagesTranslated"]["value"] == 0
    payload = base64.b64encode(b"\x2a").decode()
    body = {"template": LEVEL, "payload": payload}
    assert (await theirs.client.post("/v1/optimize/messages/test", json=body)).status_code == 200
