"""Streams, SMS forwarder, limits, SIM export, coverage and dashboard over the portal's door."""

import asyncio
import csv
import io

from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.sim_card import PinLock
from support.api import in_world
from support.portal import neighbour_of, user_of

URL = "https://streams.example.com/in"
ADDRESS = {
    "salutation": "2",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "street": "Sternengasse",
    "house_number": "14",
    "zip": "50676",
    "city": "Cologne",
    "country": "DE",
}
STREAM = {"name": "mine", "type": "EVENT", "url": URL, "user": "me", "password": "s3cret"}


@in_world
async def test_a_stream_is_made_stopped_started_and_deleted(place):
    owner = await user_of(place, "Owner")
    made = await owner.post("/streams", json=STREAM)
    assert made.status_code == 201
    stream = made.json()
    assert stream.pop("created").endswith("Z")
    assert stream == {
        "id": stream["id"],
        "name": "mine",
        "type": "EVENT",
        "api": "REST",
        "url": URL,
        "user": "me",
        "state": "ACTIVE",
        "error": None,
    }
    assert "s3cret" not in made.text + (await owner.get("/streams")).text
    path = f"/streams/{stream['id']}"
    assert (await owner.post(f"{path}/start")).status_code == 409
    assert (await owner.post(f"{path}/stop")).json()["state"] == "STOPPED"
    assert [row["state"] for row in (await owner.get("/streams")).json()] == ["STOPPED"]
    assert (await owner.post(f"{path}/restart")).status_code == 409
    assert (await owner.post(f"{path}/start")).json()["state"] == "ACTIVE"
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.get("/streams")).json() == []
    assert (await owner.post(f"{path}/stop")).status_code == 404


@in_world
async def test_a_stream_with_replay_begins_with_what_was_before_it(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    receiver = VirtualReceiver(place.backend.deliveries.transport, URL)
    place.world.account.subscription(sim).platform = "2.0"  # 1.0 has no replay
    place.world.account.exhaust(sim)
    await asyncio.sleep(1)
    assert receiver.requests == []
    await owner.post("/streams", json=STREAM)
    await asyncio.sleep(1)
    assert receiver.requests == []
    await owner.post("/streams", json={**STREAM, "replay": True})
    await asyncio.sleep(1)
    assert b"used up" in receiver.requests[0].body


@in_world
async def test_a_stream_to_kinesis_and_ten_at_most(place):
    owner = await user_of(place, "Owner")
    made = await owner.post("/streams", json={**STREAM, "url": "kinesis://eu-central-1/mine"})
    assert made.json()["api"] == "KINESIS"
    for _ in range(9):
        assert (await owner.post("/streams", json=STREAM)).status_code == 201
    assert (await owner.post("/streams", json=STREAM)).status_code == 409
    assert len((await owner.get("/streams")).json()) == 10


@in_world
async def test_the_forwarder_is_set_replaced_and_removed(place):
    owner = await user_of(place, "Owner")
    assert (await owner.get("/sms-forwarder")).json() == {"url": None}
    assert (await owner.delete("/sms-forwarder")).status_code == 404
    for host in ("one", "two"):
        body = {"url": f"https://{host}.example.com/sms"}
        assert (await owner.put("/sms-forwarder", json=body)).json() == body
        assert (await owner.get("/sms-forwarder")).json() == body
    assert place.backend.sms_forwarding.server(place.organisation_id) == body["url"]
    assert (await owner.delete("/sms-forwarder")).status_code == 204
    assert (await owner.get("/sms-forwarder")).json() == {"url": None}


@in_world
async def test_monthly_limits_hold_for_all_sims(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    before = (await owner.get("/configuration/limits")).json()
    assert before["data"]["limit"] == "No Limit"
    chosen = before["sms_mt"]["options"][-1]
    answer = await owner.put("/configuration/limits", json={"sms_mt": chosen["id"]})
    assert answer.json()["sms_mt"] == {**chosen, "options": before["sms_mt"]["options"]}
    assert answer.json()["data"] == before["data"]
    subscription = place.world.account.subscription(sim)
    assert subscription.limits["sms_mt"].volume == int(chosen["limit"])
    assert subscription.limits["sms_mo"].volume is None
    assert (await owner.put("/configuration/limits", json={"data": 4711})).status_code == 404


@in_world
async def test_the_export_is_a_table_with_pin_and_puk_that_runs_no_formula(place):
    owner, world = await user_of(place, "User"), place.world
    labels = ("=cmd|' /C calc'!A0", "@SUM(1+1)", 'a "quoted", label', "plain")
    for label in labels:
        sim = world.add_sim()
        with place.backend.storage.unit() as work:
            world.account.set_label(sim, label, work)
    sim.lock = PinLock("123456", "12345678")
    answer = await owner.get("/sims/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="sims.csv"'
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["label"] for row in rows] == ["'" + labels[0], "'" + labels[1], *labels[2:]]
    assert [row["iccid"] for row in rows] == [each.iccid for each in world.sims]
    assert [(row["pin"], row["puk"]) for row in rows][-2:] == [("", ""), ("123456", "12345678")]


@in_world
async def test_coverage_by_country_on_the_day_of_the_world(place):
    client = await user_of(place, "Read Only")
    lands = (await client.get("/coverage")).json()
    assert {"code": "DE", "name": "Germany"} in lands
    found = (await client.get("/coverage/de")).json()
    assert (found["code"], found["name"]) == ("DE", "Germany")
    assert "Band Atlas" in found["source"]
    telekom = found["operators"][0]
    assert (telekom["name"], telekom["plmn"]) == ("Telekom", "26201")
    assert telekom["technologies"][0] == {"rat": "2G", "until": "2028-06-30", "is_on": True}
    assert telekom["technologies"][1] == {"rat": "LTE", "until": None, "is_on": True}
    docomo = (await client.get("/coverage/JP")).json()["operators"][0]
    assert docomo["technologies"][0] == {"rat": "3G", "until": "2026-03-31", "is_on": True}
    assert (await client.get("/coverage/XX")).status_code == 404
    place.world.advance(90 * 86_400_000)
    client = await user_of(place, "User")
    docomo = (await client.get("/coverage/JP")).json()["operators"][0]
    assert [row["is_on"] for row in docomo["technologies"]] == [False, True, True]


@in_world
async def test_the_dashboard_counts_sims_by_state_and_volume(place):
    owner, world = await user_of(place, "Owner"), place.world
    sims = [world.add_sim() for _ in range(4)]
    with place.backend.storage.unit() as work:
        world.account.set_enabled(sims[0], False, work)
    world.account.exhaust(sims[1])
    data = world.account.subscription(sims[2]).data
    data.take(int(data.total * 0.9))
    assert (await owner.get("/dashboard")).json() == {
        "sims": 4,
        "activated": 3,
        "deactivated": 1,
        "data": {"sufficient": 2, "low": 1, "none": 1},
        "sms": {"sufficient": 4, "low": 0, "none": 0},
    }


@in_world
async def test_the_latest_five_orders_newest_first(place):
    owner = await user_of(place, "Owner")
    assert (await owner.get("/dashboard/orders")).json() == {"open": 0, "orders": []}
    body = {"products": [{"productId": 1001, "quantity": 1}], "delivery_address": ADDRESS}
    numbers = []
    for _ in range(6):
        placed = await place.post("/v1/orders", json=body)
        numbers.append(int(placed.headers["Location"].rpartition("/")[2]))
    found = (await owner.get("/dashboard/orders")).json()
    assert found["open"] == 6
    assert [row["order_number"] for row in found["orders"]] == numbers[:0:-1]
    place.world.advance(1_800_000)
    assert (await owner.get("/dashboard/orders")).json()["open"] == 0


@in_world
async def test_what_is_left_of_credits(place):
    reader = await user_of(place, "Read Only")
    before = {row["name"]: row["credits"] for row in (await reader.get("/credits")).json()}
    assert set(before) == {"ADVANCED_CELL_TOWER_LOCATION", "GEOFENCING"}
    with place.backend.storage.unit() as work:
        place.backend.customer_settings.add_credits(
            place.organisation_id, "GEOFENCING", 100, work=work
        )
    after = {row["name"]: row["credits"] for row in (await reader.get("/credits")).json()}
    assert after["GEOFENCING"] == before["GEOFENCING"] + 100


@in_world
async def test_a_neighbour_sees_and_changes_nothing_of_ours(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    stream_id = (await owner.post("/streams", json=STREAM)).json()["id"]
    await owner.put("/sms-forwarder", json={"url": "https://ours.example.com/sms"})
    await owner.put("/configuration/limits", json={"data": 1})
    theirs = await user_of(place, "Owner", await neighbour_of(place))
    for method, path in (
        ("POST", f"/streams/{stream_id}/stop"),
        ("POST", f"/streams/{stream_id}/start"),
        ("POST", f"/streams/{stream_id}/restart"),
        ("DELETE", f"/streams/{stream_id}"),
        ("DELETE", "/sms-forwarder"),
    ):
        assert (await theirs.request(method, path)).status_code == 404, path
    assert (await theirs.get("/streams")).json() == []
    assert (await theirs.get("/sms-forwarder")).json() == {"url": None}
    assert (await theirs.get("/configuration/limits")).json()["data"]["limit"] == "No Limit"
    assert sim.iccid not in (await theirs.get("/sims/export")).text
    assert (await theirs.get("/dashboard")).json()["sims"] == 0
    assert (await owner.get("/streams")).json()[0]["state"] == "ACTIVE"


WRONG = (
    ("POST", "/streams", {**STREAM, "url": "http://streams.example.com/in"}),
    ("POST", "/streams", {**STREAM, "url": "https://127.0.0.1/in"}),
    ("POST", "/streams", {**STREAM, "url": "https://169.254.169.254/latest"}),
    ("POST", "/streams", {**STREAM, "url": "kinesis://eu-central-1"}),
    ("POST", "/streams", {**STREAM, "type": "LOGS"}),
    ("POST", "/streams", {**STREAM, "name": "a\x00b"}),
    ("POST", "/streams", {**STREAM, "user": "a:b"}),
    ("POST", "/streams", {**STREAM, "replay": "yes"}),
    ("POST", "/streams", {**STREAM, "state": "STOPPED"}),
    ("PUT", "/sms-forwarder", {"url": ""}),
    ("PUT", "/sms-forwarder", {"url": "https://10.0.0.1/sms"}),
    ("PUT", "/sms-forwarder", {"url": "https://a.example/" + "x" * 2_048}),
    ("PUT", "/configuration/limits", {"data": "1"}),
    ("PUT", "/configuration/limits", {"data": True}),
    ("PUT", "/configuration/imei-lock", {"enabled": 1}),
    ("GET", "/users?page=0", None),
    ("GET", "/users?pageSize=101", None),
)


@in_world
async def test_wrong_requests_are_refused(place):
    owner = await user_of(place, "Owner")
    for method, path, body in WRONG:
        answer = await owner.request(method, path, json=body)
        assert answer.status_code == 400, (path, body, answer.text)
        assert "s3cret" not in answer.text
