"""What changes in passing: a commit a second, one for a step of a jump, again after a refusal."""

import asyncio

from sqlalchemy import select

from nce_sim.clock import VirtualClock
from nce_sim.control.time_verbs import TIME_VERBS
from nce_sim.scenarios.open_world import OpenWorld
from nce_sim.services.sims.tables import SIM_EVENT
from nce_sim.storage.errors import StorageUnavailable
from nce_sim.storage.saver import Saver


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
