"""The rules of the Device Locator: where positions come from, fences, credits, a restart."""

from __future__ import annotations

from functools import partial

import pytest

from nce_sim import Backend, World
from nce_sim.backend_settings import BackendSettings
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.locator.cell_events import Sighting
from nce_sim.services.locator.geometry import circle, polygon
from nce_sim.services.locator.positions import Box, Span
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.towers import CellId, Tower
from nce_sim.services.settings.service import (
    ADVANCED_CELL_TOWER_LOCATION,
    CELL_TOWER_LOCATION,
    GEOFENCING,
)
from nce_sim.settings import CellSettings, Settings
from support.databases import db

__all__ = ["db"]

OURS, THEIRS = 8_000_001, 8_000_002
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
DEPOT = (6.96, 50.94)
AWAY = (6.99, 50.94)  # 2.1 km to the east


class Desk:
    """A world with its backend; what is published is in `events`."""

    def __init__(self, storage=None, settings=None, cell=None, start_ms=0):
        self.world = World(1, settings=Settings(cell=CellSettings(**(cell or {}))))
        self.world.advance(start_ms)
        self.backend = Backend(
            self.world, storage, BackendSettings(locator=settings or LocatorSettings())
        )
        self.locator = self.backend.locator
        self.events = []
        self.backend.integrator.subscribe(self.events.append)

    def write(self, call):
        with self.backend.storage.unit() as work:
            return call(work)

    def buy(self, name, amount=100, of=OURS):
        def bought(work):
            settings = self.backend.customer_settings
            settings.add_credits(of, name, amount, work=work)
            settings.switch(of, name, True, work=work)

        self.write(bought)

    def locate_by_cell(self, of=OURS):
        self.write(
            lambda work: self.backend.customer_settings.switch(
                of, CELL_TOWER_LOCATION, True, has_read_disclaimer=True, work=work
            )
        )

    def move(self, sim, longitude, latitude, **more):
        values = {"/6/0/1": longitude, "/6/0/0": latitude, **more}
        address = self.world.core.address_of(sim)
        return self.write(lambda work: self.locator.moved(sim, values, address=address, work=work))

    def see(self, sim, **changes):
        cell = self.world.operator.cells[0]
        seen = {"mcc": "262", "mnc": "01", "area": cell.tac, "cell": cell.ci, "access": "4G"}
        sighting = Sighting(sim.iccid, self.backend.wall_ms(), **{**seen, **changes})
        self.write(lambda work: self.locator.seen(sighting, work))

    def fence(self, of=OURS, name="depot", shape=None, **more):
        shape = shape or circle(DEPOT, 500)
        return self.write(
            lambda work: self.locator.geofences.create(of, name, shape, work=work, **more)
        )

    def crossings(self):
        found = [one for one in self.events if one["type"] == "GEOFENCE"]
        return [(one["device"]["iccid"], one["geofence"]["type"]) for one in found]

    def places(self, sim, of=OURS, **more):
        items = self.locator.positions.listed(of, sim.iccid, **more).items
        return [(one.longitude, one.latitude) for one in items]

    def left(self, name, of=OURS):
        return self.backend.customer_settings.credits(of, name).amount


@pytest.fixture
def desk():
    return Desk()


# -- positions ---------------------------------------------------------------------------------


def test_a_position_of_lwm2m_carries_its_own_time_unless_that_is_impossible(desk):
    sim, start_ms = desk.world.add_sim(), desk.backend.wall_ms()
    desk.world.advance(HOUR_MS)
    now_ms = start_ms + HOUR_MS
    for sampled_ms, expected_ms in (
        (start_ms + 5, start_ms + 5),
        (now_ms + 3 * HOUR_MS, now_ms),
        (now_ms - 8 * DAY_MS, now_ms),
        (float("nan"), now_ms),
        ("soon", now_ms),
    ):
        assert desk.move(sim, 6.5, 50.5, **{"/6/0/5": sampled_ms})
        [last] = [
            one
            for one in desk.locator.positions.listed(OURS, sim.iccid).items
            if one.sampled_ms == expected_ms
        ][:1]
        assert last.source == "GPS"
    assert desk.events[-1]["location"] == {"source": "GPS", "coordinates": ["6.5", "50.5"]}
    assert desk.locator.positions.last_of(OURS, sim.iccid).sampled_ms == now_ms


def test_what_is_no_position_of_lwm2m_is_none(desk):
    sim = desk.world.add_sim()
    for values in ({}, {"/6/0/0": 1.0}, {"/6/0/0": "1", "/6/0/1": 1.0}, {"/6/0/1": True}):
        call = partial(desk.locator.moved, sim, values, address="")
        assert not desk.write(lambda work, call=call: call(work=work))
    assert desk.events == []


def test_a_place_that_is_not_on_earth_is_not_kept_and_told(desk):
    sim = desk.world.add_sim()
    for place in ((181.0, 0.0), (0.0, -90.5), (float("nan"), 0.0), (0.0, float("inf"))):
        desk.move(sim, *place)
    assert desk.places(sim) == []
    errors = [one["error"] for one in desk.events if one["type"] == "ERROR"]
    assert [one["message"] for one in errors] == ["Locator[InvalidPosition]"] * 4
    assert {one["type"] for one in errors} == {"LOCATION"}
    logs = desk.backend.logs.listed(OURS).items
    assert [log.log_id for log in logs] == [one["id"] for one in reversed(errors)]
    assert {(log.type, log.category) for log in logs} == {("LOCATION", "error")}


def test_a_late_sample_is_history_and_not_the_latest(desk):
    sim, start_ms = desk.world.add_sim(), desk.backend.wall_ms()
    desk.world.advance(HOUR_MS)
    desk.move(sim, 7.0, 51.0)
    desk.move(sim, 6.0, 50.0, **{"/6/0/5": start_ms})
    assert desk.places(sim) == [(7.0, 51.0), (6.0, 50.0)]
    [latest] = desk.locator.positions.latest(OURS).items
    assert (latest.longitude, latest.latitude) == (7.0, 51.0)


def test_a_week_is_kept_and_then_the_rows_go(desk):
    sim = desk.world.add_sim()
    desk.move(sim, 7.0, 51.0)
    desk.backend.heard()
    desk.world.advance(7 * DAY_MS)
    assert desk.places(sim) == [(7.0, 51.0)]
    desk.world.advance(2)
    assert desk.places(sim) == []
    assert desk.locator.positions.latest(OURS).items == []
    desk.world.advance(HOUR_MS)
    assert desk.locator.purge_due_ms() is None


def test_a_summary_has_the_first_the_last_and_some_between():
    desk = Desk(settings=LocatorSettings(summary_points=4))
    sim = desk.world.add_sim()
    positions = desk.locator.positions
    assert positions.summary(OURS, sim.iccid).items == []
    for number in range(10):
        desk.world.advance(1_000)
        desk.move(sim, float(number), 0.0)
        found = positions.summary(OURS, sim.iccid, sort=["sampleTime"])
        assert len(found.items) == min(number + 1, 4)
        assert found.page_amount == 1
    assert [one.longitude for one in found.items] == [0.0, 3.0, 6.0, 9.0]


def test_pages_and_sorting_of_positions(desk):
    sim = desk.world.add_sim()
    for number in range(5):
        desk.world.advance(1_000)
        desk.move(sim, float(number), 0.0)
    positions = desk.locator.positions
    page = positions.listed(OURS, sim.iccid, page=2, page_size=2)
    assert [one.longitude for one in page.items] == [2.0, 1.0]
    assert page.page_amount == 3
    page = positions.listed(OURS, sim.iccid, sort=["source", "sampleTime"], page_size=2)
    assert [one.longitude for one in page.items] == [0.0, 1.0]
    with pytest.raises(Invalid, match="sort has 'iccid; drop'"):
        positions.listed(OURS, sim.iccid, sort=["iccid; drop"])
    with pytest.raises(Invalid, match="startDateTime is later"):
        positions.listed(OURS, sim.iccid, Span(2, 1))


def test_the_latest_in_a_box_also_across_180_degrees(desk):
    places = [(179.5, -17.0), (-179.5, -17.0), (7.0, 51.0)]
    for place in places:
        desk.move(desk.world.add_sim(), *place)

    def found(*box):
        items = desk.locator.positions.latest(OURS, box=Box(*box)).items
        return sorted((one.longitude, one.latitude) for one in items)

    assert found() == sorted(places)
    assert found(-10, 10, 50, 52) == [(7.0, 51.0)]
    assert found(None, None, None, 0) == [(-179.5, -17.0), (179.5, -17.0)]
    assert found(170, -170, -20, 0) == [(-179.5, -17.0), (179.5, -17.0)]
    assert found(-170, 170) == [(7.0, 51.0)]


# -- cell towers -------------------------------------------------------------------------------


def test_a_cell_is_asked_for_when_switched_on_and_once_an_hour(desk):
    sim = desk.world.add_sim()
    desk.see(sim)
    assert desk.places(sim) == []
    desk.locate_by_cell()
    desk.see(sim)
    cell = desk.world.operator.cells[0]
    assert desk.places(sim) == [(cell.longitude, cell.latitude)]
    desk.world.advance(HOUR_MS - 1)
    desk.see(sim)
    assert len(desk.places(sim)) == 1
    desk.world.advance(1)
    desk.see(sim)
    assert len(desk.places(sim)) == 2
    assert len(desk.locator.cells.events(OURS, sim.iccid, Span())) == 2
    [event, _] = [one for one in desk.events if one["type"] == "LOCATION"]
    texts = [repr(cell.longitude), repr(cell.latitude)]
    assert event["location"] == {"source": "CellTower", "coordinates": texts}


def test_an_attempt_that_fails_is_kept_and_the_next_session_tries_again(desk):
    sim = desk.world.add_sim()
    desk.locate_by_cell()
    desk.see(sim, cell=1)
    desk.see(sim, access="NB-IoT")
    desk.see(sim)
    found = desk.locator.cells.events(OURS, sim.iccid, Span())
    assert [one.status for one in found] == ["SUCCEEDED", "FAILED", "FAILED"]
    assert {one.mode for one in found} == {"BASIC"}
    assert len(desk.places(sim)) == 1


def test_plus_knows_more_costs_a_credit_and_falls_back_when_none_is_left(desk):
    sims = [desk.world.add_sim() for _ in range(4)]
    desk.locate_by_cell()
    desk.buy(ADVANCED_CELL_TOWER_LOCATION, 2)
    desk.see(sims[0], cell=1)
    assert desk.left(ADVANCED_CELL_TOWER_LOCATION) == 2, "what fails costs nothing"
    for sim in sims[1:]:
        desk.see(sim, access="LTE-M")
    assert desk.left(ADVANCED_CELL_TOWER_LOCATION) == 0
    events = [desk.locator.cells.events(OURS, sim.iccid, Span())[0] for sim in sims]
    assert [(one.mode, one.status) for one in events] == [
        ("ADVANCED", "FAILED"),
        ("ADVANCED", "SUCCEEDED"),
        ("ADVANCED", "SUCCEEDED"),
        ("BASIC", "FAILED"),
    ]
    accuracy = {
        "horizontalAccuracy": 1_200,
        "horizontalConfidenceLevel": 0.68,
        "verticalAccuracy": 45,
        "verticalConfidenceLevel": 0.68,
    }
    assert events[1].metadata == accuracy
    located = [one for one in desk.events if one["type"] == "LOCATION"]
    assert located[0]["location"]["metadata"] == accuracy
    errors = [one["error"] for one in desk.events if one["type"] == "ERROR"]
    assert [one["message"] for one in errors] == ["Locator[CreditsUsedUp]"]


def test_an_imported_tower_counts_before_the_simulated_one(desk):
    sim, cell = desk.world.add_sim(), desk.world.operator.cells[0]
    desk.locate_by_cell()
    tower = Tower(CellId(262, 1, cell.tac, cell.ci), 13.4, 52.5, 700)
    for _ in range(2):
        assert desk.write(lambda work: desk.locator.towers.put([tower], work)) == 1
    assert desk.locator.towers.count() == 1
    desk.see(sim)
    assert desk.places(sim) == [(13.4, 52.5)]


def test_the_times_of_cell_tower_events(desk):
    sim = desk.world.add_sim()
    desk.locate_by_cell()
    first_ms = desk.backend.wall_ms()
    desk.see(sim)
    desk.world.advance(3 * DAY_MS)
    desk.see(sim)
    now_ms = desk.backend.wall_ms()

    def count(*span):
        return len(desk.locator.cells.events(OURS, sim.iccid, Span(*span)))

    assert count() == 1, "a day by default"
    assert count(first_ms) == 1, "a day from the start"
    assert count(None, first_ms + DAY_MS) == 1, "a day up to the end"
    assert count(None, first_ms - 1) == 0
    assert count(first_ms, now_ms) == 2
    with pytest.raises(Invalid, match=r"are 7\.1 days; at most 7"):
        count(now_ms - 7 * DAY_MS - 10_000_000, now_ms)


def test_a_session_on_the_simulated_network_is_a_sighting():
    desk = Desk(cell={"rat": "2G"})
    desk.locate_by_cell()
    sim = desk.world.add_sim()
    world, operator = desk.world, desk.world.operator
    operator.attach(
        sim,
        operator.cells[0],
        world.core.settings.apn,
        deliver=lambda datagram: None,
        on_closed=None,
        imei=None,
    )
    world.advance(1_000)
    [event] = desk.locator.cells.events(OURS, sim.iccid, Span())
    cell = desk.world.operator.cells[0]
    seen = event.sighting
    assert (seen.mcc, seen.mnc, seen.area, seen.cell, seen.access) == (
        *("262", "01", cell.tac, cell.ci, "2G"),
    )
    assert desk.places(sim) == [(cell.longitude, cell.latitude)]
    world.advance(7 * DAY_MS + HOUR_MS)
    assert desk.locator.purge_due_ms() is None, "no message came, and the rows are gone"


# -- geofences ---------------------------------------------------------------------------------


def test_enter_and_exit_are_told_once_each_with_the_documented_shape(desk):
    desk.buy(GEOFENCING)
    sim, fence = desk.world.add_sim(), desk.fence()
    for place in (AWAY, AWAY, DEPOT, DEPOT, AWAY, AWAY):
        desk.move(sim, *place)
    assert desk.crossings() == [(sim.iccid, "ENTER"), (sim.iccid, "EXIT")]
    events = [one for one in desk.events if one["type"] in ("GEOFENCE", "LOCATION")]
    assert [one["type"] for one in events[2:4]] == ["LOCATION", "GEOFENCE"]
    assert events[3]["geofence"] == {
        "id": fence.fence_id,
        "name": "depot",
        "coordinates": ["6.96", "50.94"],
        "source": "GPS",
        "type": "ENTER",
    }
    assert events[3]["device"]["iccid"] == sim.iccid
    logs = desk.backend.logs.listed(OURS).items
    assert [(one.message, one.geofence_id) for one in logs] == [
        ("Geofence[Exit]", fence.fence_id),
        ("Geofence[Enter]", fence.fence_id),
    ]
    assert desk.left(GEOFENCING) == 94, "a credit for each position"


@pytest.mark.parametrize(("is_enter", "expected"), [(True, ["ENTER"]), (False, [])])
def test_the_first_position_inside_is_an_enter_by_a_setting(is_enter, expected):
    desk = Desk(settings=LocatorSettings(first_inside_is_enter=is_enter))
    desk.buy(GEOFENCING)
    sim = desk.world.add_sim()
    desk.fence()
    desk.move(sim, *DEPOT)
    assert [kind for _, kind in desk.crossings()] == expected
    desk.move(sim, *AWAY)
    assert [kind for _, kind in desk.crossings()][len(expected) :] == ["EXIT"]


def test_a_fence_heeds_its_device_its_sources_and_its_types(desk):
    desk.buy(GEOFENCING)
    sim, other = desk.world.add_sim(), desk.world.add_sim()
    desk.fence(device_id=sim.iccid, event_types=["EXIT"], sources=["GPS"])
    for one in (sim, other):
        for place in (DEPOT, AWAY, DEPOT):
            desk.move(one, *place)
    assert desk.crossings() == [(sim.iccid, "EXIT")]
    assert desk.left(GEOFENCING) == 97, "no fence saw the other device"
    desk.locate_by_cell()
    desk.see(sim)
    assert desk.left(GEOFENCING) == 97, "nor a cell tower"
    assert len(desk.crossings()) == 1


def test_a_cell_tower_crosses_a_border_too(desk):
    desk.buy(GEOFENCING)
    desk.locate_by_cell()
    sim, cell = desk.world.add_sim(), desk.world.operator.cells[0]
    desk.fence(shape=circle((cell.longitude, cell.latitude), 50), sources=["CellTower"])
    desk.see(sim)
    desk.world.advance(HOUR_MS)
    cell.longitude += 0.1
    desk.see(sim)
    assert [kind for _, kind in desk.crossings()] == ["ENTER", "EXIT"]


def test_one_credit_pays_for_all_fences_and_without_one_nothing_is_evaluated(desk):
    desk.buy(GEOFENCING, 2)
    sim = desk.world.add_sim()
    desk.fence()
    fence = desk.fence(name="around", shape=circle(DEPOT, 30_000))
    desk.move(sim, *DEPOT)
    assert len(desk.crossings()) == 2
    desk.move(sim, *AWAY)
    assert len(desk.crossings()) == 3
    assert desk.left(GEOFENCING) == 0
    messages = [one["error"]["message"] for one in desk.events if one["type"] == "ERROR"]
    assert messages == ["Locator[CreditsUsedUp]"]
    desk.move(sim, *DEPOT)
    assert len(desk.crossings()) == 3
    with pytest.raises(Invalid, match="no geofence credits are left"):
        desk.fence(name="third")
    geofences = desk.locator.geofences
    desk.write(lambda work: geofences.change(OURS, fence.fence_id, name="x", work=work))
    desk.write(lambda work: geofences.delete(OURS, fence.fence_id, work=work))
    # Bought again, it goes on from where the device was when it was seen last: away.
    desk.buy(GEOFENCING)
    desk.move(sim, *DEPOT)
    assert desk.crossings()[3:] == [(sim.iccid, "ENTER")]


def test_switched_off_it_evaluates_nothing_and_takes_no_credit(desk):
    desk.buy(GEOFENCING, 5)
    sim = desk.world.add_sim()
    desk.fence()
    switch = desk.backend.customer_settings.switch
    desk.write(lambda work: switch(OURS, GEOFENCING, False, work=work))
    desk.move(sim, *DEPOT)
    assert desk.crossings() == []
    assert desk.left(GEOFENCING) == 5


def test_a_sample_that_is_late_does_not_turn_a_device_back(desk):
    desk.buy(GEOFENCING)
    sim, start_ms = desk.world.add_sim(), desk.backend.wall_ms()
    desk.fence()
    desk.world.advance(HOUR_MS)
    desk.move(sim, *DEPOT)
    desk.move(sim, *AWAY, **{"/6/0/5": start_ms})
    assert [kind for _, kind in desk.crossings()] == ["ENTER"]


def test_ten_for_all_and_one_for_each_device(desk):
    desk.buy(GEOFENCING)
    sim, other = desk.world.add_sim(), desk.world.add_sim()
    fences = [desk.fence(name=str(number)) for number in range(10)]
    with pytest.raises(Invalid, match="there are 10 geofences for all devices already"):
        desk.fence()
    desk.fence(device_id=sim.iccid)
    desk.fence(device_id=other.iccid)
    with pytest.raises(Invalid, match="there are 1 geofences for device"):
        desk.fence(device_id=sim.iccid)
    geofences = desk.locator.geofences
    desk.write(lambda work: geofences.delete(OURS, fences[0].fence_id, work=work))
    desk.fence(name="again")
    page = geofences.listed(OURS, page=2, page_size=5)
    # 1 to 9, one of each device, and the new one.
    assert [one.name for one in page.items] == ["6", "7", "8", "9", "depot"]
    assert page.page_amount == 3


def test_a_circle_without_a_center_is_around_its_device(desk):
    desk.buy(GEOFENCING)
    sim = desk.world.add_sim()
    circle_of = desk.locator.geofences.circle_of
    with pytest.raises(Invalid, match="has no position that could be the center"):
        circle_of(OURS, 100, None, sim.iccid)
    desk.move(sim, *DEPOT)
    assert circle_of(OURS, 100, None, sim.iccid).center == DEPOT
    for device in (None, "8988228066600000099", "1"):
        with pytest.raises(Invalid, match=r"needs a center|there is no device"):
            circle_of(OURS, 100, None, device)


def test_nothing_of_a_write_that_failed_stays(desk):
    desk.buy(GEOFENCING, 3)
    sim, fence = desk.world.add_sim(), desk.fence()
    address = desk.world.core.address_of(sim)

    def fails(work):
        values = {"/6/0/1": DEPOT[0], "/6/0/0": DEPOT[1]}
        desk.locator.moved(sim, values, address=address, work=work)
        desk.locator.geofences.delete(OURS, fence.fence_id, work=work)
        raise Invalid("no")

    with pytest.raises(Invalid, match="no"):
        desk.write(fails)
    assert desk.left(GEOFENCING) == 3
    assert desk.places(sim) == []
    desk.move(sim, *DEPOT)
    assert desk.crossings() == [(sim.iccid, "ENTER")]


# -- two customers -----------------------------------------------------------------------------


def test_two_customers_see_nothing_of_each_other(desk):
    desk.buy(GEOFENCING)
    desk.buy(GEOFENCING, of=THEIRS)
    desk.locate_by_cell()
    ours, theirs = desk.world.add_sim(), desk.world.issue_sim(THEIRS)
    fence = desk.fence()
    desk.fence(of=THEIRS, name="theirs", device_id=theirs.iccid)
    geofences, positions = desk.locator.geofences, desk.locator.positions
    for sim in (ours, theirs):
        desk.move(sim, *DEPOT)
        desk.see(sim)
    assert desk.left(GEOFENCING) == desk.left(GEOFENCING, THEIRS) - 1 == 98
    told = [one for one in desk.events if one["type"] == "GEOFENCE"]
    assert [
        (one["device"]["iccid"], one["geofence"]["name"], one["geofence"]["type"]) for one in told
    ] == [
        (ours.iccid, "depot", "ENTER"),
        (ours.iccid, "depot", "EXIT"),
        (theirs.iccid, "theirs", "ENTER"),
    ]
    assert desk.locator.cells.events(THEIRS, theirs.iccid, Span()) == [], "they switched none on"
    assert desk.places(theirs) == []
    assert positions.summary(OURS, theirs.iccid).items == []
    assert [one.iccid for one in positions.latest(THEIRS).items] == [theirs.iccid]
    assert positions.latest(THEIRS, iccid=ours.iccid).items == []
    assert desk.locator.cells.events(THEIRS, ours.iccid, Span()) == []
    assert [one.name for one in geofences.listed(THEIRS).items] == ["theirs"]
    for call in (
        lambda work: geofences.get(THEIRS, fence.fence_id),
        lambda work: geofences.change(THEIRS, fence.fence_id, name="x", work=work),
        lambda work: geofences.delete(THEIRS, fence.fence_id, work=work),
    ):
        with pytest.raises(NotFound, match="there is no geofence"):
            desk.write(call)
    with pytest.raises(Invalid, match="there is no device"):
        desk.fence(device_id=theirs.iccid)
    with pytest.raises(Invalid, match="there is no device"):
        geofences.circle_of(OURS, 100, None, theirs.iccid)
    assert geofences.get(OURS, fence.fence_id).name == "depot"


# -- a restart ---------------------------------------------------------------------------------


def test_a_restart_tells_nothing_twice_and_forgets_nothing(db):
    square = [[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]
    first = Desk(db)
    first.buy(GEOFENCING)
    first.locate_by_cell()
    sim = first.world.add_sim()
    iccid = sim.iccid
    first.fence(shape=polygon([square], 100), sources=["GPS"])
    first.move(sim, *DEPOT)
    first.see(sim)
    assert len(first.crossings()) == 1
    first.backend.close()

    second = Desk(db, start_ms=HOUR_MS // 2)
    sim = second.world.core.sim_of(iccid)
    second.move(sim, *DEPOT)
    assert second.crossings() == []
    second.see(sim)
    assert len(second.locator.cells.events(OURS, iccid, Span())) == 1, "the hour is not over"
    second.move(sim, 8.0, 51.0)
    assert [kind for _, kind in second.crossings()] == ["EXIT"]
    positions = second.locator.positions
    assert len(second.places(sim, sort=["-source", "sampleTime"])) == 4
    assert positions.summary(OURS, iccid).items[0].longitude == 8.0
    box = Box(170, 8.0, 50, 51)
    assert [one.iccid for one in positions.latest(OURS, source="GPS", box=box).items] == [iccid]
    tower = Tower(CellId(262, 1, 2**24 - 1, 2**36 - 1), 13.4, 52.5, 700)
    second.write(lambda work: second.locator.towers.put([tower], work))
    assert second.locator.towers.find(tower.cell_id) == tower
    for no_iccid in ("", "\0", "é", "' OR 1=1 --", "x" * 10_000):
        assert positions.listed(OURS, no_iccid).items == []
        assert positions.latest(OURS, iccid=no_iccid).items == []
        assert second.locator.cells.events(OURS, no_iccid, Span()) == []
    second.write(second.locator.purge)
    second.backend.close()
