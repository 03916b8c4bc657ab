"""A device walks through a geofence: its fixes, a GPS template, and ENTER, then EXIT at a webhook.

The device is the gps blueprint on a simulated modem, whose receiver follows a track.
"""

from decimal import Decimal

from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.services.locator.geometry import distance_m, polygon
from nce_sim.services.settings.service import CELL_TOWER_LOCATION, GEOFENCING
from nce_sim.sky import Place, Point, Track
from support.field_device import run_in_field

MINUTE_MS = 60_000
LATITUDE = "50.940000"
# From west to east through Cologne: 14 km in 70 minutes.
WALK = Track(
    [
        Point(0, Place(Decimal(LATITUDE), Decimal("6.860000"))),
        Point(70 * MINUTE_MS, Place(Decimal(LATITUDE), Decimal("7.060000"))),
    ]
)
WEST, EAST = 6.92, 7.00
FENCE = [[WEST, 50.9], [EAST, 50.9], [EAST, 51.0], [WEST, 51.0], [WEST, 50.9]]


def test_a_walk_through_a_geofence_arrives_as_enter_then_exit(monkeypatch):
    arrived, events = [], []

    def walk(field):
        field.modem.receiver.follow(WALK)
        backend = field.backend
        organisation_id = field.world.settings.account.organisation_id
        receiver = VirtualReceiver(backend.deliveries.transport)
        arrived.append(receiver)
        backend.integrator.subscribe(events.append)
        with backend.storage.unit() as work:
            backend.customer_settings.switch(
                organisation_id, CELL_TOWER_LOCATION, True, has_read_disclaimer=True, work=work
            )
            backend.customer_settings.add_credits(organisation_id, GEOFENCING, 100, work=work)
            backend.locator.geofences.create(
                organisation_id, "city", polygon([FENCE], 100), sources=["GPS"], work=work
            )
            backend.clouds.create_webhook(
                organisation_id, "mine", receiver.url, {}, [("GEOFENCE", None)], work=work
            )

    field, decoded = run_in_field(walk, monkeypatch, "gps", hours=1.2, POSITIONS="modem")
    bodies = arrived[0].bodies
    assert [body["geofence"]["type"] for body in bodies] == ["ENTER", "EXIT"]
    longitudes = [each["position"]["longitude"] for each in decoded]
    inside = [longitude for longitude in longitudes if WEST <= longitude <= EAST]
    assert len(inside) >= 2
    after = longitudes[longitudes.index(inside[-1]) + 1]
    for body, longitude in zip(bodies, (inside[0], after), strict=True):
        assert body["type"] == "GEOFENCE"
        assert body["device"]["iccid"] == field.sim.iccid
        fence = body["geofence"]
        assert (fence["name"], fence["source"]) == ("city", "GPS")
        assert float(fence["coordinates"][0]) == longitude
        assert distance_m(0, float(fence["coordinates"][1]), 0, float(LATITUDE)) < 5
    # The session itself told where the device is, too; the fence does not heed that.
    cell = field.world.operator.cells[0]
    located = [one["location"] for one in events if one["type"] == "LOCATION"]
    towers = [one["coordinates"] for one in located if one["source"] == "CellTower"]
    assert towers == [[str(cell.longitude), str(cell.latitude)]]
