"""Events and usage of SIMs in the database: over restarts, paged, summed, dropped, never twice."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.services.sims.devices import DayOfUsage
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.settings import Settings
from nce_sim.storage import StorageUnavailable, Work
from nce_sim.world import World
from support.cut_line import cut_line
from support.databases import another_program, rows_of

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
START_MS = Settings().calendar_start_s * 1000


@contextmanager
def opened(db, *, after_ms=0, settings=None):
    world = World(1, settings=Settings(calendar_start_s=(START_MS + after_ms) // 1000))
    with Backend(world, db=db, settings=settings) as backend:
        yield world, world.add_sim(), backend.sim_records


def emit(world, sim, times=1):
    for _ in range(times):
        world.core.events.emit("data_threshold", sim, detail={"n": 1}, percent=20)


def use(world, sim, up, down):
    session = world.core.open_session(sim, print)
    world.core.bill(session, up=up, down=down)
    session.close()


def hours_of(page):
    return [(event.at_ms - START_MS) // HOUR_MS for event in page]


def test_events_go_on_newest_first_over_runs_and_pages(db):
    for run in range(2):
        with opened(db, after_ms=run * 5 * HOUR_MS) as (world, sim, records):
            other = world.add_sim()
            for _ in range(5):
                emit(world, sim)
                emit(world, other)
                world.advance(HOUR_MS)
            emit(world, sim)  # not in the database yet
            events, count = records.events(sim.iccid, 0, 100, 0)
            assert count == len(events) == 5 * run + 6 + run
            ids = [event.id for event in events]
            assert ids == sorted(ids, reverse=True)
            assert len(set(ids)) == len(ids)
            for size in (1, 2, 3):
                pages = [records.events(sim.iccid, 0, size, at) for at in range(0, count, size)]
                assert [event for page, _ in pages for event in page] == events
                assert {total for _, total in pages} == {count}
            since_ms = START_MS + 3 * HOUR_MS
            recent = [event for event in events if event.at_ms >= since_ms]
            assert records.events(sim.iccid, since_ms, 100, 0) == (recent, len(recent))
    assert events[0].detail == {"n": 1}
    assert (events[0].type, events[0].name, events[0].severity, events[0].alert) == (
        18, "Quota threshold reached", 1, True,
    )  # fmt: skip


def test_usage_of_a_day_adds_up_over_runs(db):
    for run in range(3):
        with opened(db, after_ms=run * HOUR_MS) as (world, sim, records):
            for up in (100, 10):
                use(world, sim, up, 1)
                world.account.count_sms(sim, "mo")
                world.advance(2_000)
            use(world, sim, 1, 0)  # not in the database yet
            expected = DayOfUsage(START_MS, 111 * (run + 1), 2 * (run + 1), 113 * (run + 1),
                                  2 * (run + 1), 0)  # fmt: skip
            assert records.usage(sim.iccid, START_MS, START_MS + DAY_MS) == [expected]
            assert records.usage(sim.iccid, START_MS + DAY_MS, START_MS + 9 * DAY_MS) == []


def test_old_records_are_dropped(tmp_path):
    db = str(tmp_path / "world.db")
    settings = BackendSettings(sims=SimsSettings(records_kept_ms=DAY_MS, usage_months=1))
    with opened(db, settings=settings) as (world, sim, _):
        emit(world, sim)
        use(world, sim, 1, 1)
        world.advance(30 * DAY_MS)
        emit(world, sim)
        world.advance(2_000)
        assert rows_of(db, "SELECT count(*) FROM sim_event WHERE type = 18") == [(1,)]
        assert rows_of(db, "SELECT count(*) FROM sim_usage") == [(1,)]
        world.advance(40 * DAY_MS)
        emit(world, sim)
        world.advance(2_000)
        assert rows_of(db, "SELECT count(*) FROM sim_usage") == [(0,)]


def test_what_the_database_does_not_take_is_shown_and_written_later(tmp_path):
    db = str(tmp_path / "world.db")
    with opened(db) as (world, sim, records), another_program(db) as other:
        world.advance(2_000)
        other.hold()
        emit(world, sim, 3)
        use(world, sim, 7, 0)
        world.advance(5_000)
        assert rows_of(db, "SELECT count(*) FROM sim_event WHERE type = 18") == [(0,)]
        assert [event.type for event in records.events(sim.iccid, 0, 9, 0)[0]].count(18) == 3
        other.let_go()
        world.advance(2_000)
        assert rows_of(db, "SELECT count(*) FROM sim_event WHERE type = 18") == [(3,)]
        assert rows_of(db, "SELECT data_tx FROM sim_usage") == [(7,)]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["cut_before_commit", "cut_after_commit"])
@pytest.mark.parametrize("another_commit_first", [False, True])
def test_a_commit_that_was_cut_counts_nothing_twice(postgres, moment, another_commit_first):
    url = postgres.new_database()
    with cut_line(postgres.folder) as line:
        world = World(1)
        db = url.replace(str(postgres.folder), str(line.folder))
        with Backend(world, db=db) as backend:
            sim = world.add_sim()
            world.advance(2_000)
            use(world, sim, 7, 0)
            emit(world, sim)
            setattr(line, moment, True)
            line.is_down_after_cut = True
            world.advance(1_500)
            assert line.cuts == 1
            use(world, sim, 10, 0)
            emit(world, sim)
            if another_commit_first:
                with pytest.raises(StorageUnavailable), backend.storage.unit() as work:
                    world.account.set_label(sim, "x", work)
                line.is_down_after_cut = False
                with backend.storage.unit() as work:
                    world.account.set_label(sim, "y", work)
            line.is_down_after_cut = False
            world.advance(3_000)
            [day] = backend.sim_records.usage(sim.iccid, START_MS, START_MS + DAY_MS)
            assert day.data_tx == 17
            events, count = backend.sim_records.events(sim.iccid, 0, 100, 0)
            assert [event.type for event in events].count(18) == 2
            assert count == len(events)
    assert rows_of(url, "SELECT data_tx FROM sim_usage") == [(17,)]


def test_the_steps_of_a_quota_are_kept_over_a_restart_and_not_for_ever(db):
    whole = Settings().account.data_volume
    with opened(db) as (world, sim, records):
        account = world.account
        use(world, sim, 1_000, 500)
        world.advance(HOUR_MS)
        account.top_up(sim)
        left = account.subscription(sim).data.remaining
        world.advance(HOUR_MS)
        account.exhaust(sim)
        failed = Work()
        account.top_up(sim, failed)
        failed.rolled_back()  # an order that fails adds nothing
    steps = [
        (START_MS + HOUR_MS, whole, left),
        (START_MS + 2 * HOUR_MS, -left, 0),
    ]
    with opened(db, after_ms=3 * HOUR_MS) as (world, sim, records):
        assert records.quota_steps(sim.iccid, 0) == steps
        assert records.quota_steps(sim.iccid, START_MS + 2 * HOUR_MS) == steps[1:]
        assert records.quota_steps(world.add_sim().iccid, 0) == []
        world.advance(400 * DAY_MS)
        emit(world, sim)
        world.advance(1_000)
        assert records.quota_steps(sim.iccid, 0) == []
