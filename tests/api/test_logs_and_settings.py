"""Administration logs, settings and agreements, in the words of 1NCE's document."""

import re

from support.api import in_world
from support.neighbour import THEIRS, neighbour, own_sim, uplink

LOGS = "/v1/administrationLogs"
SETTINGS = "/v1/settings/1nceos"
LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'


async def failed_message(place, sim):
    """A first contact, and a message that the template does not decode."""
    if not place.backend.energy_saver.templates.stored(place.organisation_id):
        place.backend.add_template("tank", LEVEL, ("COAP",))
    await uplink(place, sim, b"")


@in_world
async def test_logs_are_listed(place):
    sim = own_sim(place)
    await failed_message(place, sim)
    found = (await place.get(LOGS)).json()
    assert (found["page"], found["pageAmount"]) == (1, 1)
    error, first = found["items"]
    assert re.fullmatch(r"[0-9A-Za-z]{27}", error.pop("id"))
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", error.pop("traceId"))
    reference = error.pop("payloadReference")
    assert re.fullmatch(rf"{place.organisation_id}/[0-9A-Za-z]{{27}}", reference)
    assert error.pop("timestamp").startswith("2026-01-01T00:00:00.")
    assert error == {
        "customerId": str(place.organisation_id),
        "type": "DEVICE",
        "category": "error",
        "message": "Translator[UserPayloadError]",
        "description": "Asset path:level, Error: can't extract [0:1] from 0 bytes",
        "iccid": sim.iccid,
        "imsi": sim.imsi,
        "ip": "10.160.0.1",
    }
    assert (first["type"], first["category"]) == ("LIFECYCLE", "info")
    assert "payloadReference" not in first


@in_world
async def test_logs_are_filtered_by_q(place):
    one, another = own_sim(place), own_sim(place)
    await failed_message(place, one)
    place.world.advance(3_600_000)
    await place.sign_in()
    await failed_message(place, another)

    async def count(q):
        answer = await place.get(LOGS, params={"q": q})
        return len(answer.json()["items"]) if answer.status_code == 200 else answer.status_code

    for q, expected in (
        ("", 4),
        ("type:device", 2),
        ("type:LIFECYCLE,category:info", 2),
        (f"iccid:{one.iccid}", 2),
        (f"type:device,iccid:{one.iccid}", 1),
        (f"type:device,iccid:{one.iccid};startDateTime:2025-12-31T23:00:00.000Z", 1),
        ("startDateTime:2026-01-01T00:30:00.000Z", 2),
        ("endDateTime:2026-01-01T00:30:00Z", 2),
        ("startDateTime:2026-01-01T00:30:00Z,endDateTime:2026-01-01T00:40:00Z", 0),
        ("geofenceId:Wg9ys5VqmSNN8M8YN2rv8", 0),
        ("type:nothing", 400),
        ("level:high", 400),
        ("type", 400),
        ("type:", 400),
        ("type:device,type:location", 400),
        ("startDateTime:yesterday", 400),
        ("iccid:\0", 400),
    ):
        assert await count(q) == expected, q
    for query in ("page=51", "pageSize=26", "pageSize=0"):
        assert (await place.get(f"{LOGS}?{query}")).status_code == 400


@in_world
async def test_a_payload_is_behind_a_link_that_needs_no_token(place):
    await failed_message(place, own_sim(place))
    error, first = (await place.get(LOGS)).json()["items"]
    answer = await place.get(f"{LOGS}/{error['id']}/payload")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/x-uri")
    async with place.http(base="") as nobody:
        found = await nobody.get(answer.text)
        assert (found.status_code, found.content) == (200, b"")
        assert found.headers["content-disposition"].startswith("attachment")
        assert found.headers["x-content-type-options"] == "nosniff"
        wrong = answer.text.replace("expires=1", "expires=2")
        for url in (wrong, answer.text.partition("?")[0], wrong.replace("expires=", "expires=²")):
            assert (await nobody.get(url)).status_code == 404
        place.world.advance(3_600_001)
        assert (await nobody.get(answer.text)).status_code == 404
    await place.sign_in()
    for log_id in (first["id"], "0" * 27, "x"):
        assert (await place.get(f"{LOGS}/{log_id}/payload")).status_code == 400


@in_world
async def test_logs_are_counted_by_day(place):
    await failed_message(place, own_sim(place))
    await failed_message(place, own_sim(place))
    found = (await place.get(LOGS + "/stats?timezone=America/New_York")).json()
    assert found == {
        "totalUniqueDevices": 2,
        "administrationLogs": [{"day": "2025-12-31T00:00:00.000-0500", "amount": 4}],
    }
    found = (await place.get(LOGS + "/stats?timezone=UTC&category=error")).json()
    assert found["administrationLogs"] == [{"day": "2026-01-01T00:00:00.000+0000", "amount": 2}]
    for query in ("", "?timezone=Mars/Olympus", "?timezone=UTC&category=warning"):
        assert (await place.get(LOGS + "/stats" + query)).status_code == 400


@in_world
async def test_customers_see_their_own_logs_alone(place):
    theirs = await neighbour(place)
    await failed_message(place, own_sim(place))
    await uplink(place, theirs.sim, b"")
    [first] = (await theirs.client.get(LOGS)).json()["items"]
    assert first["iccid"] == theirs.sim.iccid
    assert first["customerId"] == str(THEIRS)
    error = (await place.get(LOGS)).json()["items"][0]
    assert (await theirs.client.get(f"{LOGS}/{error['id']}/payload")).status_code == 400
    stats = (await theirs.client.get(LOGS + "/stats?timezone=UTC")).json()
    assert stats["totalUniqueDevices"] == 1


# -- settings and agreements -------------------------------------------------------------------


@in_world
async def test_settings_are_listed_and_switched(place):
    found = (await place.get(SETTINGS)).json()
    assert (found["page"], found["pageAmount"]) == (1, 1)
    items = {item["name"]: item for item in found["items"]}
    advanced = items["ADVANCED_CELL_TOWER_LOCATION"]
    assert advanced["state"] == "DISABLED"
    assert advanced["description"] == (
        "Improves the Cell Tower Location functionality, especially for 3G, 4G and LTE-M."
    )
    assert advanced["details"]["credits"] == 0
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT.*Z", advanced["details"]["expiryDate"])
    assert "details" not in items["CELL_TOWER_LOCATION"]
    answer = await place.patch(SETTINGS + "/LWM2M_PASSIVE_REPORTING", json={"state": "ENABLED"})
    assert answer.status_code == 200
    assert answer.json() == {
        "customerId": str(place.organisation_id),
        "name": "LWM2M_PASSIVE_REPORTING",
        "state": "ENABLED",
    }
    endpoint = (await place.get("/v1/integrate/devices/endpoints/LWM2M")).json()
    assert endpoint["settings"][0]["state"] == "ENABLED", "it is the setting of the endpoint"
    german = (await place.get(SETTINGS + "?language=de&pageSize=1")).json()
    assert german["pageAmount"] == len(items)
    assert german["items"][0]["description"].startswith("Ortet Geräte")


WRONG = (
    ("CELL_TOWER_LOCATION", {"state": "ENABLED"}),
    ("CELL_TOWER_LOCATION", {"state": "ENABLED", "readAndAcceptedDisclaimer": False}),
    ("ADVANCED_CELL_TOWER_LOCATION", {"state": "ENABLED"}),
    ("TELEPATHY", {"state": "ENABLED"}),
    ("LWM2M_PASSIVE_REPORTING", {"state": "ON"}),
    ("LWM2M_PASSIVE_REPORTING", {}),
    ("LWM2M_PASSIVE_REPORTING", {"state": "ENABLED", "more": 1}),
)


def on(page):
    return [item["name"] for item in page["items"] if item["state"] == "ENABLED"]


@in_world
async def test_a_wrong_switch_is_400(place):
    for name, body in WRONG:
        answer = await place.patch(f"{SETTINGS}/{name}", json=body)
        assert answer.status_code == 400, (name, body)
    assert on((await place.get(SETTINGS)).json()) == ["GEOFENCING"], "which begins with credits"


@in_world
async def test_customers_have_settings_of_their_own(place):
    theirs = await neighbour(place)
    body = {"state": "ENABLED", "readAndAcceptedDisclaimer": True}
    assert (await place.patch(SETTINGS + "/CELL_TOWER_LOCATION", json=body)).status_code == 200
    found = (await theirs.client.get(SETTINGS)).json()
    assert on(found) == ["GEOFENCING"]


@in_world
async def test_the_agreements_are_accepted_once_and_for_all(place):
    theirs = await neighbour(place)
    path = "/v1/agreements/1nceos"
    assert not place.backend.agreements.has_accepted(THEIRS)
    for wrong in ({"accepted": False}, {}, {"accepted": "true"}):
        assert (await theirs.client.post(path, json=wrong)).status_code == 400, wrong
    assert not place.backend.agreements.has_accepted(THEIRS)
    answer = await theirs.client.post(path, json={"accepted": True})
    assert (answer.status_code, answer.content) == (201, b"")
    assert place.backend.agreements.has_accepted(THEIRS)
    assert (await theirs.client.post(path, json={"accepted": True})).status_code == 201
