"""The Device Locator's operations, in the words of 1NCE's document."""

import re

from nce_sim.services.settings.service import (
    ADVANCED_CELL_TOWER_LOCATION,
    CELL_TOWER_LOCATION,
    GEOFENCING,
)
from support.api import in_world
from support.neighbour import THEIRS, neighbour, own_sim

FENCES = "/v1/locate/geofences"
LATEST = "/v1/locate/positions/latest"
SQUARE = [[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]
POLYGON = {"name": "depot", "type": "polygon", "coordinates": [SQUARE]}
CIRCLE = {"name": "yard", "type": "circle", "radius": 500, "center": [6.96, 50.94]}
DEFAULTS = {"eventTypes": ["ENTER", "EXIT"], "eventSources": ["CellTower", "GPS"]}
START = "2026-01-01T00:00:00.000Z"


async def move(place, sim, longitude, latitude):
    backend, address = place.backend, place.world.core.address_of(sim)
    values = {"/6/0/1": longitude, "/6/0/0": latitude}
    await backend.write(
        lambda work: backend.locator.moved(sim, values, address=address, work=work)
    )


async def buy(place, of=None, name=GEOFENCING, amount=100):
    backend, of = place.backend, of or place.organisation_id
    add = backend.customer_settings.add_credits
    await backend.write(lambda work: add(of, name, amount, work=work))


async def switch(place, name, **more):
    path = f"/v1/settings/1nceos/{name}"
    answer = await place.patch(path, json={"state": "ENABLED", **more})
    assert answer.status_code == 200, answer.text


async def open_session(place, sim):
    operator = place.world.operator
    operator.attach(
        sim,
        operator.cells[0],
        place.world.core.settings.apn,
        deliver=lambda datagram: None,
        on_closed=None,
        imei=None,
    )
    place.world.advance(1_000)


@in_world
async def test_positions_are_longitude_then_latitude_newest_first(place):
    sim = own_sim(place)
    path = f"/v1/locate/devices/{sim.iccid}/positions"
    empty = (await place.get(path)).json()
    assert empty == {"page": 1, "pageAmount": 1, "coordinates": []}
    await move(place, sim, 6.5, 50.5)
    place.world.advance(1_000)
    await move(place, sim, 7.5, 51.5)
    found = (await place.get(path)).json()
    newest = {
        "coordinate": [7.5, 51.5],
        "sampleTime": "2026-01-01T00:00:01.000Z",
        "source": "GPS",
    }
    oldest = {"coordinate": [6.5, 50.5], "sampleTime": START, "source": "GPS"}
    assert found == {"page": 1, "pageAmount": 1, "coordinates": [newest, oldest]}
    for query, expected in (
        ("sort=sampleTime", [oldest, newest]),
        ("pageSize=1&page=2", [oldest]),
        ("source=CellTower", []),
        ("source=GPS&mode=SUMMARY", [newest, oldest]),
        ("endDateTime=2026-01-01T00:00:00Z", [oldest]),
        ("startDateTime=2026-01-01T01:00:01%2B01:00", [newest]),
    ):
        answer = await place.get(f"{path}?{query}")
        assert answer.json()["coordinates"] == expected, query
    assert (await place.get(f"{path}?pageSize=1")).json()["pageAmount"] == 2
    [latest] = (await place.get(LATEST)).json()["coordinates"]
    assert latest == {**newest, "deviceId": sim.iccid}
    box = "longitudeFrom=7&longitudeTo=8&latitudeFrom=51&latitudeTo=52"
    assert len((await place.get(f"{LATEST}?{box}")).json()["coordinates"]) == 1
    assert (await place.get(f"{LATEST}?latitudeTo=51")).json()["coordinates"] == []


WRONG_QUERIES = (
    "page=0",
    "page=51",
    "pageSize=101",
    "source=WiFi",
    "sort=iccid",
    "startDateTime=yesterday",
    "startDateTime=2026-01-02T00:00:00Z&endDateTime=2026-01-01T00:00:00Z",
)


@in_world
async def test_a_wrong_query_is_400(place):
    sim = own_sim(place)
    device = f"/v1/locate/devices/{sim.iccid}"
    for query in WRONG_QUERIES:
        for path in (f"{device}/positions", LATEST):
            answer = await place.get(f"{path}?{query}")
            assert answer.status_code == 400, (path, query)
            assert answer.json()["statusCode"] == 400
    for path in (
        f"{device}/positions?mode=SOME",
        f"{LATEST}?longitudeFrom=181",
        f"{LATEST}?latitudeTo=nan",
        f"{device}/activity?endDateTime=x",
        f"{device}/activity?startDateTime=2025-12-01T00:00:00Z&endDateTime=2025-12-09T00:00:00Z",
        f"{FENCES}?pageSize=0",
    ):
        assert (await place.get(path)).status_code == 400, path


@in_world
async def test_a_session_is_a_cell_tower_event_and_a_position(place):
    first, second = own_sim(place), own_sim(place)
    cell = place.world.operator.cells[0]
    await open_session(place, own_sim(place))  # before it is switched on
    await switch(place, CELL_TOWER_LOCATION, readAndAcceptedDisclaimer=True)
    await open_session(place, first)
    [event] = (await place.get(f"/v1/locate/devices/{first.iccid}/activity")).json()["items"]
    basic = {
        "iccid": first.iccid,
        "towerLocation": {"longitude": cell.longitude, "latitude": cell.latitude},
        "sampleTime": "2026-01-01T00:00:01.000Z",
        "radioAccessType": "4G",
        "resolutionMode": "BASIC",
        "locationResolutionStatus": "SUCCEEDED",
    }
    assert event == basic
    await buy(place, name=ADVANCED_CELL_TOWER_LOCATION)
    await switch(place, ADVANCED_CELL_TOWER_LOCATION)
    await open_session(place, second)
    [event] = (await place.get(f"/v1/locate/devices/{second.iccid}/activity")).json()["items"]
    accuracy = {
        "horizontalAccuracy": 1_200,
        "horizontalConfidenceLevel": 0.68,
        "verticalAccuracy": 45,
        "verticalConfidenceLevel": 0.68,
    }
    assert event["resolutionMode"] == "ADVANCED"
    assert event["resolutionMetadata"] == accuracy
    assert event["towerMetadata"] == {
        "MCC": "262",
        "MNC": "01",
        "LAC": str(cell.tac),
        "CellID": str(cell.ci),
    }
    latest = (await place.get(f"{LATEST}?source=CellTower")).json()["coordinates"]
    assert {one["deviceId"] for one in latest} == {first.iccid, second.iccid}
    [position] = [one for one in latest if one["deviceId"] == second.iccid]
    assert position["metadata"] == accuracy
    settings = (await place.get("/v1/settings/1nceos")).json()["items"]
    [left] = [one for one in settings if one["name"] == ADVANCED_CELL_TOWER_LOCATION]
    assert left["details"]["credits"] == 99


@in_world
async def test_a_geofence_is_made_changed_and_deleted(place):
    sim = own_sim(place)
    refused = await place.post(FENCES, json=POLYGON)
    assert refused.status_code == 400, "no credits"
    await buy(place)
    made = await place.post(FENCES, json=POLYGON)
    assert made.status_code == 201
    fence = made.json()
    assert re.fullmatch(r"[A-Za-z0-9_-]{21}", fence["id"])
    assert fence == {**POLYGON, **DEFAULTS, "id": fence["id"], "deviceId": None}
    times = {"created": START, "updated": START}
    path = f"{FENCES}/{fence['id']}"
    assert (await place.get(path)).json() == {**fence, **times}
    place.world.advance(1_000)
    body = {"name": "new", "eventTypes": ["EXIT"], "eventSources": ["GPS"]}
    changed = (await place.patch(path, json=body)).json()
    times["updated"] = "2026-01-01T00:00:01.000Z"
    assert changed == {**fence, **times, **body}
    assert (await place.get(path)).json() == changed

    await move(place, sim, 6.95, 50.95)
    around = {**CIRCLE, "deviceId": sim.iccid, "eventTypes": ["ENTER"]}
    del around["center"]
    circle = (await place.post(FENCES, json=around)).json()
    assert circle["center"] == [6.95, 50.95]
    assert circle["eventTypes"] == ["ENTER"]
    listed = (await place.get(f"{FENCES}?pageSize=1&page=2")).json()
    assert listed == {
        "items": [
            {
                "id": circle["id"],
                "name": "yard",
                "created": "2026-01-01T00:00:01.000Z",
                "updated": "2026-01-01T00:00:01.000Z",
                "deviceId": sim.iccid,
                "type": "circle",
            }
        ],
        "page": 2,
        "pageAmount": 2,
    }
    assert len((await place.get(f"{FENCES}?pageSize={10**30}")).json()["items"]) == 2
    gone = await place.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (
        await place.get(path),
        await place.delete(path),
        await place.patch(path, json=body),
    ):
        assert answer.status_code == 404
        assert answer.json()["statusCode"] == 404


CROSSED = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
WRONG = (
    ({"name": "n" * 51}, None),
    ({"name": ""}, None),
    ({"type": "square"}, None),
    ({"radius": 500}, None),
    ({"coordinates": []}, None),
    ({"coordinates": [SQUARE[:3]]}, None),
    ({"coordinates": [SQUARE[:4]]}, "repeat its first point"),
    ({"coordinates": [CROSSED]}, "Self-intersection"),
    ({"coordinates": [[[91, 181], [0, 0], [1, 0], [91, 181]]]}, "give longitude"),
    ({"coordinates": [SQUARE * 300]}, "at most 1000"),
    ({"eventTypes": []}, None),
    ({"eventTypes": ["ENTER", "ENTER"]}, None),
    ({"eventSources": ["WiFi"]}, None),
    ({"deviceId": "8988228066600000099"}, "there is no device"),
    ({"deviceId": 7}, None),
    ({"unknown": 1}, None),
)


@in_world
async def test_a_wrong_geofence_is_400_with_the_reason(place):
    await buy(place)
    for change, reason in WRONG:
        answer = await place.post(FENCES, json={**POLYGON, **change})
        assert answer.status_code == 400, change
        assert reason is None or reason in answer.text, change
    assert (await place.get(FENCES)).json()["items"] == []


@in_world
async def test_a_wrong_circle_or_change_is_400(place):
    await buy(place)
    for change in ({"radius": 49}, {"radius": 30_001}, {"center": [181, 0]}, {"center": [1]}):
        assert (await place.post(FENCES, json={**CIRCLE, **change})).status_code == 400
    without = {name: value for name, value in CIRCLE.items() if name != "center"}
    assert "needs a center" in (await place.post(FENCES, json=without)).text
    fence = (await place.post(FENCES, json=CIRCLE)).json()
    path = f"{FENCES}/{fence['id']}"
    for body in ({"radius": 60}, {"coordinates": [SQUARE]}, {"eventTypes": []}, {"name": None}):
        assert (await place.patch(path, json=body)).status_code == 400, body
    assert (await place.get(path)).json()["radius"] == 500


@in_world
async def test_two_customers_see_nothing_of_each_other(place):
    theirs = await neighbour(place)
    sim = own_sim(place)
    await buy(place)
    await buy(place, THEIRS)
    await switch(place, CELL_TOWER_LOCATION, readAndAcceptedDisclaimer=True)
    await move(place, sim, 6.95, 50.95)
    await open_session(place, sim)
    fence = (await place.post(FENCES, json=POLYGON)).json()
    path = f"{FENCES}/{fence['id']}"
    device = f"/v1/locate/devices/{sim.iccid}"
    get = theirs.client.get
    assert len((await place.get(f"{device}/positions")).json()["coordinates"]) == 2
    assert len((await place.get(f"{device}/activity")).json()["items"]) == 1
    for mode in ("ALL", "SUMMARY"):
        answer = await get(f"{device}/positions?mode={mode}")
        assert answer.json()["coordinates"] == []
    assert (await get(f"{device}/activity")).json()["items"] == []
    assert (await get(f"{LATEST}?deviceId={sim.iccid}")).json()["coordinates"] == []
    assert (await get(FENCES)).json()["items"] == []
    assert (await get(path)).status_code == 404
    assert (await theirs.client.patch(path, json={"name": "x"})).status_code == 404
    assert (await theirs.client.delete(path)).status_code == 404
    answer = await theirs.client.post(FENCES, json={**POLYGON, "deviceId": sim.iccid})
    assert answer.status_code == 400
    assert (await place.get(path)).json()["name"] == "depot"
