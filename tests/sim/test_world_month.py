"""Thirty days of an hourly sender: seconds of machine time, the same each time."""

import time

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.network.causes import AttachRejected
from nce_sim.network.cell import swaying
from nce_sim.settings import AccountSettings, CellSettings, RoamingRule, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
SECOND_MS, HOUR_MS, DAY_MS = 1_000, 3_600_000, 86_400_000
MARGINAL = LinkProfile("marginal", (50, 900), loss=0.05, duplication=0.01, reordering=0.01)


class HourlySender:
    """A scripted device: attach to the best cell, send, listen, detach, sleep."""

    def __init__(self, world):
        self.world = world
        self.sim = world.add_sim()
        self.refusals = 0
        self.acknowledged = 0
        self.sent = 0
        self.session = None
        self.wake()

    def wake(self):
        operator, clock = self.world.operator, self.world.clock
        clock.call_later(HOUR_MS, self.wake)
        for cell in operator.select(("LTE-M", "NB-IoT")):
            try:
                self.session = operator.attach(
                    self.sim,
                    cell,
                    "iot.1nce.net",
                    deliver=self.hear,
                    on_closed=lambda reason: None,
                    imei="352009111891510",
                )
            except AttachRejected:
                self.refusals += 1
                continue
            self.session.send(Datagram(Address(self.session.host, 40_000), SERVICE, bytes(200)))
            self.sent += 1
            clock.call_later(20 * SECOND_MS, self.session.close)
            return

    def hear(self, datagram):
        self.acknowledged += 1


def month(seed):
    cells = CellSettings(link=MARGINAL), CellSettings(rat="NB-IoT", plmn="26202", rsrp_dbm=-110)
    world = World(
        seed,
        settings=Settings(
            cell=cells[0],
            more_cells=cells[1:],
            roaming={"26202": RoamingRule(rats=("LTE-M",))},
            account=AccountSettings(data_volume=150_000),
        ),
    )
    world.core.listen(SERVICE, lambda d: world.core.send(Datagram(d.destination, d.source, b"ok")))
    near = world.operator.cells[0]
    near.drift = swaying(15, period_ms=7 * HOUR_MS)
    # Every fifth night the cell is serviced from three to five.
    near.schedule_holes([(3 * HOUR_MS, 5 * HOUR_MS)], every_ms=5 * DAY_MS, times=6)
    device = HourlySender(world)
    world.account.set_auto_top_up(device.sim, True)
    world.advance(30 * DAY_MS - 1)
    return world, device


@pytest.mark.slow
def test_a_month_takes_seconds_and_is_the_same_for_the_same_seed():
    started_s = time.perf_counter()
    world, device = month(seed=1)
    took_s = time.perf_counter() - started_s
    again, _ = month(seed=1)
    other, _ = month(seed=2)
    assert world.timeline.hash() == again.timeline.hash() != other.timeline.hash()
    assert device.sent == 720 - device.refusals == 720 - 6 * 2
    assert 600 <= device.acknowledged <= device.sent
    subscription = world.account.subscription(device.sim)
    records = world.timeline.records(kind="usage")
    assert sum(record.fields["total"] for record in records) == subscription.data.used
    assert len(world.timeline.records(kind="top_up")) >= 1
    assert len(records) == device.sent
    assert took_s < 10
    print(f"30 days in {took_s:.2f} s, {world.timeline.count} records")
