"""What changes in passing: a commit a second, one for a step of a jump, again after a refusal."""

import asyncio

import pytest
from sqlalchemy import func, select

from nce_sim.backend import open_storage
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import VirtualClock
from nce_sim.control.time_verbs import TIME_VERBS
from nce_sim.ground import Ground
from nce_sim.scenarios.open_world import OpenWorld
from nce_sim.services.sims.tables import SIM_EVENT, SIM_USAGE
from nce_sim.steered_clock import PAUSED, SteeredClock
from nce_sim.storage import add_up
from nce_sim.storage.errors import StorageUnavailable
from nce_sim.storage.saver import Saver
from nce_sim.world import World
from support.timer_loop import Loop


class Database:
    """Counts commits; while `is_away` it refuses them."""

    def __init__(self):
        self.commits, self.is_away = 0, False

    def commit(self, works, wall_ms):
        if self.is_away:
            raise StorageUnavailable(5, "away", "no route", is_transient=True)
        self.commits += 1

    def is_in_doubt(self, work):
        return False


class Counter:
    """Something changes each second."""

    def __init__(self, clock, saver):
        self._clock, self._saver = clock, saver
        saver.serve(self)
        self.saved = self.count = 0
        self.change()

    def change(self):
        self.count += 1
        self._saver.ask()
        self._clock.call_later(1_000, self.change)

    def save(self, work):
        count = self.count

        def saved():
            self.saved = count

        work.after_commit(saved)


def counting():
    clock, database, troubles = VirtualClock(), Database(), []
    saver = Saver(database, clock, clock.now_ms, on_trouble=troubles.append)
    return clock, database, saver, Counter(clock, saver), troubles


def test_a_commit_a_second_and_one_for_a_jump():
    clock, database, saver, counter, _ = counting()
    clock.advance(10_500)
    assert database.commits == 10
    with saver.held():
        clock.advance(600_000)
        assert database.commits == 10
    assert (database.commits, counter.saved) == (11, counter.count)
    clock.advance(2_000)
    assert database.commits == 12


def test_what_a_jump_could_not_write_is_written_later():
    clock, database, saver, counter, troubles = counting()
    database.is_away = True
    with saver.held():
        clock.advance(60_000)
    assert len(troubles) == 1
    assert counter.saved == 0
    database.is_away = False
    clock.advance(1_000)
    assert counter.saved == counter.count


def test_a_jump_that_fails_has_written_what_happened_before():
    clock, _, saver, counter, _ = counting()

    def fail():
        raise RuntimeError("a fault")

    clock.call_later(5_500, fail)
    try:
        with saver.held():
            clock.advance(60_000)
    except RuntimeError:
        pass
    assert counter.saved == counter.count == 6


def test_nothing_is_written_after_the_end_in_a_jump_either():
    clock, database, saver, _, _ = counting()
    saver.end()
    commits = database.commits
    with saver.held():
        clock.advance(60_000)
    assert database.commits == commits


def test_the_events_of_a_jump_are_stored_when_it_is_answered():
    async def jump():
        world = OpenWorld(sims=1, twins="off")
        await world.start()
        try:
            storage, reach = world._storage, world._reach
            commits = storage.commits
            await TIME_VERBS["time"].run(reach, {"speed": None, "advance_s": 3_600.0})
            events = reach.world.timeline.records(kind="event")
            return storage.commits - commits, storage.read(select(SIM_EVENT)), events
        finally:
            await world.close()

    commits, rows, events = asyncio.run(jump())
    assert len(rows) == len(events) > 20
    assert commits < 10  # one for each ten minutes


class SteeredWorld:
    """A world on a steered clock: `used` bytes, of which the database has `stored`."""

    def __init__(self, speed):
        self.loop = Loop()
        self.clock = SteeredClock(self.loop, speed=speed)
        self.storage = open_storage()
        self.saver = Ground(World(1, self.clock), self.storage, BackendSettings()).saver
        self.saver.serve(self)
        self.used = self._written = 0

    def use(self):
        self.used += 1
        self.saver.ask()

    def use_each_second(self):
        self.use()
        self.clock.call_later(1_000, self.use_each_second)

    def save(self, work):
        number, self._written = self.used - self._written, self.used
        names = ("data_tx", "data_rx", "data_total", "sms_tx", "sms_rx")
        row = {"iccid": "8988", "day_ms": 0, **dict.fromkeys(names, 0), "data_tx": number}
        work.write(add_up(SIM_USAGE), row)

    @property
    def stored(self):
        return self.storage.read(select(func.sum(SIM_USAGE.c.data_tx)))[0][0] or 0


@pytest.mark.parametrize("speed", [1, 600])
def test_a_world_of_any_speed_commits_once_a_second_of_real_time(speed):
    world = SteeredWorld(speed)
    world.use_each_second()
    world.loop.run(10.5)
    assert world.storage.commits == 10
    assert world.used - world.stored <= speed


@pytest.mark.parametrize("speed", [600, 1, 0.01, PAUSED])
def test_a_commit_that_waits_comes_in_time_when_the_speed_changes(speed):
    world = SteeredWorld(600)
    world.loop.run(0.5)
    world.use()
    world.clock.set_speed(speed)
    world.loop.run(0.9)
    assert world.stored == 0
    world.loop.run(0.2)
    assert (world.stored, world.storage.commits) == (1, 1)
    world.loop.run(100)
    assert world.storage.commits == 1


@pytest.mark.parametrize("speed", [600, PAUSED])
def test_a_jump_of_a_steered_world_is_one_commit_at_its_end(speed):
    world = SteeredWorld(speed)
    world.use_each_second()
    with world.saver.held():
        world.clock.advance(600_000)
        assert world.storage.commits == 0
    assert (world.used, world.stored, world.storage.commits) == (601, 601, 1)


def test_a_steered_world_that_ended_writes_nothing_later():
    world = SteeredWorld(600)
    world.use()
    world.saver.end()
    assert (world.stored, world.storage.commits) == (1, 1)
    world.use()
    world.loop.run(10)
    assert world.storage.commits == 1
