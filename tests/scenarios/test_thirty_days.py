"""Thirty days of a tracker that sleeps in PSM between hourly reports, in seconds of machine time.

The whole stack: `nce.Device` and the modem driver over a simulated BG95. The host sleeps as deep
as its modem: each hour begins with new objects, and all that is kept is what a board keeps in
flash: credentials, the secure session, and the pace of attaching. Some datagrams are lost, and
every fifth night the cell is being serviced.
"""

import asyncio
import time
from collections import namedtuple
from random import Random

import pytest
from driver_bench import Bench
from portable_runs import ROOT

from blueprints import gps_codec
from gps_track import fixes
from nce.device import Device
from nce_modem import BG95, Modem
from nce_modem.power_saving import PowerSaving
from nce_sim.backend.backend import Backend
from nce_sim.backend.dtls import DtlsSettings
from nce_sim.backend.settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.network.link import LinkProfile
from nce_sim.scenarios.air import AirCounter

HOUR_MS = 3_600_000
DAYS = 30
AIR = LinkProfile("some loss", (50, 900), loss=0.02)
# A report is over, one way or the other, long before the next one.
REPORT_LIMIT_S = 1800

SERVERS = {
    "connection id": DtlsSettings(connection_id_bytes=8),
    "session id": DtlsSettings(session_ids=True),
    "a handshake each time": DtlsSettings(),
}

Figures = namedtuple(
    "Figures",
    "hash reports delivered missed messages handshakes resumed bootstraps attaches sleeps air",
)


class Kept:
    """What outlives the host's deep sleep."""

    def __init__(self):
        self._data = None

    def load(self):
        return self._data

    def save(self, data):
        self._data = data


class Tracker:
    """The firmware: one `report` for each time that the host wakes."""

    def __init__(self, board, random):
        self.board = board
        self.random = random
        self.credentials, self.session = Kept(), Kept()
        self.pace = None  # text, and when it was saved
        self.delivered = self.missed = self.sleeps = 0

    async def report(self, fix, now_ms):
        modem = Modem(self.board, family=BG95)
        if self.pace is not None:
            text, saved_at_ms = self.pace
            modem.restore_state(text, now_ms - saved_at_ms)
        saving = PowerSaving(modem)
        device = Device(
            modem,
            gps_codec,
            "gps",
            credentials_store=self.credentials,
            session_store=self.session,
            random_bytes=self.random.randbytes,
        )
        try:
            await saving.request_psm(periodic_tau_s=86_400, active_time_s=4)
            await device.send(fix)
            self.delivered += 1
            self.sleeps += await saving.sleep(60_000)
        except OSError:
            self.missed += 1
        finally:
            await device.close()
            self.pace = modem.save_state(), modem.now_ms()
            await modem.close()


def run(server, days, seed=1):
    with open(ROOT / "firmware/data/gps_track.csv") as file:
        track = list(fixes(file))

    async def within(clock):
        bench = Bench(clock, "bg95", seed, has_echo=False)
        world = bench.world
        cell = world.operator.cells[0]
        cell.link = AIR
        cell.schedule_holes([(3 * HOUR_MS, 5 * HOUR_MS)], every_ms=120 * HOUR_MS, times=6)
        air = AirCounter(world.timeline)
        with Backend(world, settings=BackendSettings(dtls=SERVERS[server])) as backend:
            template = (ROOT / "firmware/blueprints/gps_template.json").read_text()
            backend.add_template("gps", template, ("COAP",))
            tracker = Tracker(bench, Random(seed))
            for hour in range(days * 24):
                due_ms = hour * HOUR_MS + 600_000
                await asyncio.sleep((due_ms - clock.now_ms()) / 1000)
                fix = track[hour % len(track)]
                await asyncio.wait_for(tracker.report(fix, clock.now_ms()), REPORT_LIMIT_S)
            counters = backend.counters
            # Of those that arrived, all were decoded.
            assert counters.decoded == counters.messages
            return Figures(
                world.timeline.hash(),
                days * 24,
                tracker.delivered,
                tracker.missed,
                counters.messages,
                counters.handshakes,
                counters.handshakes_resumed,
                counters.bootstraps,
                sum(
                    record.fields["stat"] == 5
                    for record in world.timeline.records(kind="registration")
                ),
                tracker.sleeps,
                air.air(),
            )

    return run_virtual(within)


def check(server, figures):
    """What holds of any length: few are missed, and a session is restored as the server allows."""
    # A night's service takes two reports; the pace of attaching, which takes a wake-up for an
    # attach, spends the rest of that day's 24 and takes up to five more.
    days = figures.reports // 24
    assert figures.missed <= 7 * (1 + days // 5)
    assert figures.delivered + figures.missed == figures.reports
    assert figures.messages >= figures.delivered
    assert figures.bootstraps == 1
    if server == "connection id":
        assert figures.handshakes == 1
    elif server == "session id":
        # A handshake whose end was lost leaves nothing to resume.
        assert figures.handshakes - figures.resumed <= 1 + figures.reports // 15
    else:
        assert figures.resumed == 0


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_two_days_are_the_same_each_time(server):
    figures = run(server, 2)
    check(server, figures)
    assert run(server, 2) == figures
    if server == "connection id":
        assert run(server, 2, seed=2).hash != figures.hash


@pytest.mark.exhaustive
@pytest.mark.parametrize("server", SERVERS)
def test_thirty_days_of_hourly_reports(server):
    start = time.monotonic()
    figures = run(server, DAYS)
    wall_s = time.monotonic() - start
    print(f"\n{server}: {figures._replace(hash=figures.hash[:12])} in {wall_s:.1f} s")
    check(server, figures)
    if server == "connection id":
        assert run(server, DAYS).hash == figures.hash
