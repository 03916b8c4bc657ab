"""The outbox of the blueprint gps in virtual time: holes, power cuts, answers that are lost.

Whatever happens, each fix is in the Device Inspector at least once; what is there twice came again
before any later fix. The same law on real MicroPython: `tests/portable/test_device_outbox.py`.
"""

import asyncio
import dataclasses
import gc
import json
import random

import pytest

from console import Console
from memory_stores import Flash, Kept, PowerCutError
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.link_profile import LinkProfile
from nce_sim.ports.pipe import PipeBoard
from nce_sim.scenarios.first_light import TEMPLATE
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World
from rounds.gps import Rounds
from running import Runner
from support.came_again import ROWS, fixes_that_came_again
from support.field_device import settings_for

LOSSY = LinkProfile("lossy", (10, 900), loss=0.3, duplication=0.1, reordering=0.1)
HOUR_MS = 3_600_000
MOST_LIVES = 60


@pytest.fixture(autouse=True)
def no_collection(monkeypatch):
    """Among the objects of all tests CPython takes half a second for one."""
    monkeypatch.setattr(gc, "collect", lambda: 0)


async def live(runner, station):
    """Until the whole track is stored and nothing waits."""
    running = asyncio.ensure_future(runner.run())
    try:
        while not running.done():
            await asyncio.wait({running}, timeout=60)
            if station.stored == len(ROWS) and not len(station.outbox):
                return
        running.result()
    finally:
        running.cancel()
        await asyncio.wait({running})


def play(seed, link, cut_every, holes=()):
    """Lives of the firmware until nothing waits: `(objects in the Inspector, lives, flash)`."""

    async def main(clock):
        cell = CellSettings() if link is None else CellSettings(link=link)
        world = World(seed, clock, dataclasses.replace(Settings(), cell=cell))
        rng = random.Random(seed)
        flash, stores = Flash(part_of=lambda data: data[: rng.randrange(len(data) + 1)]), {}
        settings = settings_for("gps", INTERVAL_S=900)
        with Backend(world) as backend:
            template = json.loads((SOURCE_ROOT / TEMPLATE).read_text())
            backend.add_template("gps", template, ("COAP",))
            sim = world.add_sim()
            modem = world.add_modem(sim)
            if holes:
                world.operator.cells[0].schedule_holes(holes)
            for life in range(1, MOST_LIVES + 1):
                flash.cut_at = flash.writes + rng.randint(1, cut_every) if cut_every else None
                rounds = Rounds(
                    PipeBoard(modem),
                    settings,
                    Console(write=lambda line: None),
                    random_bytes=world.random(f"firmware {life}").randbytes,
                    folder_of=lambda path: flash,
                    store_of=lambda path: stores.setdefault(path, Kept()),
                )
                try:
                    await live(Runner(rounds, 900, rounds.station.console), rounds.station)
                except PowerCutError:
                    continue  # the modem, with a supply of its own, stays as it is
                break
            else:
                pytest.fail(f"not done after {MOST_LIVES} lives")
            history = backend.inspector.history(sim.iccid, page_size=None)
            return [item.value for item in reversed(history)], life, flash

    return run_virtual(main)


def test_every_fix_arrives_once_in_order():
    decoded, lives, _flash = play(1, None, None)
    assert (fixes_that_came_again(decoded), lives) == (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_hours_without_coverage_and_power_cuts_at_any_write_lose_nothing(seed):
    holes = [(2 * HOUR_MS, 3 * HOUR_MS), (9 * HOUR_MS, 10 * HOUR_MS), (15 * HOUR_MS, 17 * HOUR_MS)]
    decoded, lives, flash = play(seed, None, cut_every=30, holes=holes)
    repeated = fixes_that_came_again(decoded)
    print(f"seed {seed}: {lives} lives, {repeated} fixes came twice, {flash.writes} writes")
    assert lives > 5
    # A cut between the acknowledgement and its note on flash costs one repetition.
    assert repeated < lives


@pytest.mark.parametrize("seed", range(3))
def test_on_a_bad_link_too_what_comes_again_comes_before_a_later_fix(seed):
    decoded, lives, _flash = play(seed, LOSSY, cut_every=60)
    repeated = fixes_that_came_again(decoded)
    print(f"seed {seed}: {lives} lives, {repeated} fixes came twice")
