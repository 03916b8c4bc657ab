"""A device that reports before, in and after a coverage hole: nothing is lost, no wait is endless.

The whole stack on every family: `nce.Device` and the driver over a simulated modem whose cell goes
for an hour and comes back, or whose cell goes for good and leaves another one. What could not be
delivered waits and goes first.
"""

import asyncio
import dataclasses
from random import Random

import pytest

from memory_stores import Kept
from nce.device import Device
from nce_modem import Modem
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.network.events import KINDS
from nce_sim.settings import CellSettings
from support.driver_bench import FAMILIES, Bench

EVERY_S = 600
REPORTS = 36
HOLE_S = (6_900, 11_100)
# Attempts of `Device` with CoAP's patience (93 s), a step of registration (300 s) and its pauses.
LONGEST_S = 1_800
# After the hole: the next report is due, and the modem found its cell.
SOON_S = EVERY_S + 60

# One family of each way to hold a bearer, usually; the rest takes half a minute.
SOME = ["bg95", "sim7080", "sara-r5", "nrf91-sm", "gm02s"]
REST = [
    pytest.param(family, 2, marks=pytest.mark.slow) for family in FAMILIES if family not in SOME
]


def attaches(world):
    """How many the network saw: on LTE each opens a session."""
    records = world.timeline.records(kind="event")
    return sum(record.subject.kind is KINDS["pdp_created"] for record in records)


def run(personality, change_coverage):
    """Report for six hours: what was delivered when, the longest wait, what came, the attaches."""

    async def within(clock):
        bench = Bench(clock, personality, has_echo=False)
        delivered = []
        longest_s = 0
        with Backend(bench.world) as backend:
            modem = Modem(bench)
            device = Device(
                modem,
                topic="level",
                credentials_store=Kept(),
                session_store=Kept(),
                random_bytes=Random(1).randbytes,
            )
            waiting = []
            start_s = clock.now_ms() / 1000
            change_coverage(bench.world.operator)
            for number in range(REPORTS):
                due_s = start_s + number * EVERY_S
                await asyncio.sleep(max(0, due_s - clock.now_ms() / 1000))
                waiting.append(number)
                while waiting:
                    before_s = clock.now_ms() / 1000
                    try:
                        await asyncio.wait_for(device.send(b"%d" % waiting[0]), LONGEST_S)
                        delivered.append((waiting.pop(0), clock.now_ms() / 1000 - start_s))
                    except OSError:
                        break
                    finally:
                        longest_s = max(longest_s, clock.now_ms() / 1000 - before_s)
            await device.close()
            await modem.close()
            arrived = [item.value for item in backend.inspector.history(page_size=None)]
        return delivered, longest_s, arrived, attaches(bench.world)

    return run_virtual(within)


def check(delivered, longest_s, arrived):
    numbers = [number for number, _ in delivered]
    assert numbers == list(range(REPORTS))
    # Oldest first; a repetition is that of the one whose acknowledgement was lost.
    assert sorted({int(value) for value in arrived}) == numbers
    assert longest_s <= LONGEST_S


@pytest.mark.parametrize(
    ("personality", "stat"), [*((family, 2) for family in SOME), ("bg95", 4), *REST]
)
def test_reports_of_an_hour_without_coverage_come_late_and_whole(personality, stat):
    def hole(operator):
        operator.settings = dataclasses.replace(operator.settings, stat_without_coverage=stat)
        from_s, until_s = HOLE_S
        operator.cells[0].schedule_holes([(from_s * 1000, until_s * 1000)])

    delivered, longest_s, arrived, attaches = run(personality, hole)
    check(delivered, longest_s, arrived)
    moments = [at_s for _, at_s in delivered]
    from_s, until_s = HOLE_S
    assert not [at_s for at_s in moments if from_s <= at_s < until_s]
    assert len([at_s for at_s in moments if at_s < from_s]) == from_s // EVERY_S + 1
    assert min(at_s for at_s in moments if at_s >= until_s) <= until_s + SOON_S
    assert attaches == 1  # the network was never left


@pytest.mark.parametrize("personality", SOME)
def test_another_cell_takes_over(personality):
    def change(operator):
        first = operator.cells[0]
        operator.add_cell(CellSettings(tac=0x77, ci=0x99, rsrp_dbm=-110))
        first.schedule_holes([(HOLE_S[0] * 1000, REPORTS * EVERY_S * 1000)])

    delivered, longest_s, arrived, attaches = run(personality, change)
    check(delivered, longest_s, arrived)
    # None of them was a report late.
    assert all(at_s < (number + 1) * EVERY_S for number, at_s in delivered)
    assert attaches == 1
