"""The Device Locator over the portal's door: fences with shapes, cell events, the resolver."""

from api.test_locate import CIRCLE, POLYGON, buy, open_session, switch
from nce_sim.services.settings.service import CELL_TOWER_LOCATION
from support.api import in_world
from support.neighbour import own_sim
from support.portal import neighbour_of, user_of


@in_world
async def test_fences_are_listed_with_their_shapes_and_to_their_owner_alone(place):
    await buy(place)
    owner = await user_of(place, "Owner")
    other = await user_of(place, "Owner", await neighbour_of(place))
    for body in (POLYGON, CIRCLE):
        assert (await place.post("/v1/locate/geofences", json=body)).status_code == 201
    first = await owner.get("/locator/geofences?pageSize=1")
    assert first.headers["X-Total-Count"] == "2"
    [polygon] = first.json()
    assert polygon["coordinates"] == POLYGON["coordinates"]
    [circle] = (await owner.get("/locator/geofences?pageSize=1&page=2")).json()
    assert (circle["center"], circle["radius"], circle["deviceId"]) == ([6.96, 50.94], 500, None)
    assert (await other.get("/locator/geofences")).json() == []


@in_world
async def test_a_basic_event_is_resolved_again_by_plus_for_free_and_is_not_kept(place):
    sim = own_sim(place)
    owner = await user_of(place, "Read Only")
    other = await user_of(place, "Owner", await neighbour_of(place))
    await switch(place, CELL_TOWER_LOCATION, readAndAcceptedDisclaimer=True)
    await open_session(place, sim)
    [event] = (await owner.get(f"/locator/cell-events?iccid={sim.iccid}")).json()
    assert (event["iccid"], event["mode"]) == (sim.iccid, "BASIC")
    assert "cell" not in event
    path = f"/locator/cell-events/{event['id']}/plus"
    found = (await owner.get(path)).json()
    cell = place.world.operator.cells[0]
    assert (found["mode"], found["status"], found["cell"]) == ("ADVANCED", "SUCCEEDED", cell.ci)
    assert (found["longitude"], found["accuracy_m"]) == (cell.longitude, cell.range_m)
    assert [row["mode"] for row in (await owner.get("/locator/cell-events")).json()] == ["BASIC"]
    assert (await owner.get("/locator/cell-events?iccid=1")).json() == []
    assert (await other.get("/locator/cell-events")).json() == []
    assert (await other.get(path)).status_code == 404
