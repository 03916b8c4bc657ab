"""A world opened again on its database has its SIMs as they were, and what was scheduled."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from nce_sim.account.state import values_of
from nce_sim.account.tables import SUBSCRIPTION
from nce_sim.account.world_sims import WorldSims
from nce_sim.backend import Backend
from nce_sim.settings import AccountSettings, NetworkSettings, Settings
from nce_sim.storage import StorageUnavailable, Work
from nce_sim.world import World
from support.databases import another_program, rows_of

DAY_MS = 86_400_000
START_S = Settings().calendar_start_s


@contextmanager
def opened(db, *, seed=1, after_ms=0, **settings):
    """A world on `db` that begins so long after the usual start."""
    settings = Settings(calendar_start_s=START_S + after_ms // 1000, **settings)
    world = World(seed, settings=settings)
    with Backend(world, db=db) as backend:
        yield world, backend


def since_1970(world, name, value):
    """A value of a state, as it is in the database."""
    is_time = name.endswith("_ms") and value is not None
    return value + world.settings.calendar_start_s * 1000 if is_time else value


def states(world):
    """What each SIM is, with its address."""
    return [
        (
            one.sim.iccid,
            one.sim.imsi,
            one.sim.msisdn,
            world.core.address_of(one.sim),
            {name: since_1970(world, name, value) for name, value in values_of(one).items()},
        )
        for one in world.account.subscriptions()
    ]


def do_everything(world, work):
    """Each field of one SIM's state has a value of its own."""
    account = world.account
    first, second, third = (world.add_sim() for _ in range(3))
    world.advance(1_000)
    account.lock_imei(first, imei="358123456789012")
    account.set_label(first, "Wetterstation Köln 7 – «Süd»")
    account.seen(first, "358123456789012")
    account.set_limit(first, "data", 50_000_000)
    account.set_limit(first, "sms_mt", 10)
    account.count_data(first, 450_000_000)
    account.count_sms(first, "mo")
    account.count_sms(first, "mt")
    account.extend(first)
    account.set_enabled(second, False)
    account.exhaust(second)
    account.lock_imei(second)
    subscription = account.subscription(third)
    WorldSims(account, world.core).move(third.iccid, 42, work)
    with account.change(third, work):
        subscription.platform = "2.0"
        subscription.sim_class, subscription.form = "IoT SIM Chip Industrial", "MFF2"
        subscription.imsi_2 = "208950000000001"


def test_a_world_opened_again_has_the_same_sims(db):
    with opened(db) as (world, backend):
        with backend.storage.unit() as work:
            do_everything(world, work)
        before = states(world)
    with opened(db, seed=7, after_ms=60_000) as (world, _):
        assert states(world) == before
        assert [sim.iccid for sim in world.sims] == [state[0] for state in before]
        assert [world.add_sim().iccid for _ in range(3)] == [state[0] for state in before]
        fourth = world.add_sim()
        assert fourth.iccid not in {state[0] for state in before}
        assert world.core.address_of(fourth) == "10.160.0.3"
        assert world.account.endpoint_id(fourth) == 10_000_004


def test_sims_that_were_added_before_the_backend_take_up_their_state(db):
    with opened(db) as (world, _):
        world.account.set_limit(world.add_sim(), "data", 1)
    world = World(1)
    sim = world.add_sim()
    new = world.add_sim()
    with Backend(world, db=db):
        assert world.account.subscription(sim).limits["data"].volume == 1
        assert world.sims == [sim, new]
    assert rows_of(db, "SELECT iccid FROM subscription ORDER BY number") == [
        (sim.iccid,),
        (new.iccid,),
    ]


def test_addresses_stay_where_they_are_when_a_world_moves_to_another_block(db):
    with opened(db) as (world, _):
        for _ in range(3):
            world.add_sim()
    network = NetworkSettings(account_block="10.163.0.0/24", next_account_blocks=())
    with opened(db, network=network) as (world, _):
        addresses = [world.core.address_of(sim) for sim in world.sims]
        assert addresses == ["10.163.0.1", "10.163.0.2", "10.163.0.3"]


def test_counts_are_written_within_a_second_and_once(db):
    with opened(db) as (world, backend):
        sims = [world.add_sim() for _ in range(2)]
        world.advance(2_000)
        commits = []
        commit = backend.storage.commit

        def counted(works, at_ms=None):
            commits.append(len(works[0].writes))
            commit(works, at_ms)

        backend.storage.commit = counted
        for _ in range(100):
            for sim in sims:
                world.account.count_data(sim, 10)
            world.advance(5)
        query = "SELECT data_used FROM subscription ORDER BY number"
        assert rows_of(db, query) == [(0,), (0,)]
        world.advance(1_000)
        assert rows_of(db, query) == [(1_000,), (1_000,)]
        assert commits == [2]
        world.advance(3_600_000)
        assert commits == [2], "nothing changes, nothing is written"


def test_a_world_in_which_nobody_acts_still_comes_to_rest(db):
    with opened(db) as (world, _):
        world.add_sim()
        assert world.clock.next_due_ms() is None


# -- what is scheduled -------------------------------------------------------------------------


def events_of(world):
    return [record.fields["type"] for record in world.timeline.records(kind="event")]


def test_the_end_of_a_lifetime_comes_in_the_next_run(db):
    life = {"account": AccountSettings(lifetime_days=10, extension_grace_days=5)}
    with opened(db, **life) as (world, _):
        world.add_sim()
    with opened(db, after_ms=4 * DAY_MS, **life) as (world, _):
        world.advance(6 * DAY_MS - 1)
        assert events_of(world) == []
        world.advance(1)
        assert events_of(world) == [60, 61]
    with opened(db, after_ms=11 * DAY_MS, **life) as (world, _):
        world.advance(3 * DAY_MS)
        assert events_of(world) == [], "it expired once"
        world.advance(2 * DAY_MS)
        assert events_of(world) == [10]
    with opened(db, after_ms=30 * DAY_MS, **life) as (world, _):
        world.advance(30 * DAY_MS)
        assert events_of(world) == []
        with pytest.raises(ValueError, match="was deleted"):
            world.account.extend(world.sims[0])


def test_an_end_that_passed_while_the_world_was_stopped_comes_at_once(db):
    life = {"account": AccountSettings(lifetime_days=10, extension_grace_days=5)}
    with opened(db, **life) as (world, _):
        world.add_sim()
    with opened(db, after_ms=40 * DAY_MS, **life) as (world, _):
        world.advance(1)
        assert events_of(world) == [60, 61, 10]


def test_an_automatic_top_up_is_made_in_the_next_run(db):
    with opened(db) as (world, _):
        sim = world.add_sim()
        world.account.set_auto_top_up(sim, True)
        world.account.exhaust(sim)
    with opened(db, after_ms=3_600_000) as (world, _):
        # The next full four hours of CET: 04:00, three hours after the start of UTC's day.
        world.advance(2 * 3_600_000)
        assert world.account.subscription(world.sims[0]).data.remaining == 500_000_000


# -- units of work -----------------------------------------------------------------------------

VERBS = (
    lambda account, sim, work: account.set_enabled(sim, False, work),
    lambda account, sim, work: account.lock_imei(sim, work, imei="358123456789012"),
    lambda account, sim, work: account.unlock_imei(sim, work),
    lambda account, sim, work: account.set_label(sim, "x", work),
    lambda account, sim, work: account.set_limit(sim, "data", 5, work),
    lambda account, sim, work: account.top_up(sim, work),
    lambda account, sim, work: account.set_auto_top_up(sim, True, work),
    lambda account, sim, work: account.extend(sim, work),
)


@pytest.mark.parametrize("verb", range(len(VERBS)))
def test_what_a_customer_does_is_kept_with_its_work_or_undone(db, verb):
    do = VERBS[verb]
    with opened(db) as (world, backend):
        sim = world.add_sim()
        account, subscription = world.account, world.account.subscription(sim)
        account.lock_imei(sim, imei="358000000000000")
        account.count_data(sim, 500)
        world.advance(2_000)
        before = values_of(subscription)
        heard = len(world.timeline.records())
        work = Work()
        do(account, sim, work)
        account.count_data(sim, 70)
        work.rolled_back()
        assert values_of(subscription) == {
            **before, "data_used": 570, "data_in_month": 570
        }  # fmt: skip
        assert len(world.timeline.records()) == heard, "nobody hears of what is not stored"
        with backend.storage.unit() as work:
            do(account, sim, work)
            assert len(world.timeline.records()) == heard
        after = values_of(subscription)
        assert after != before
        # Killed here, the database would have it.
        [row] = backend.storage.read(select(SUBSCRIPTION))
        stored = {name: row._mapping[name] for name in after}
        assert stored == {name: since_1970(world, name, value) for name, value in after.items()}
    with opened(db) as (world, _):
        assert values_of(world.account.subscription(world.sims[0])) == after


def test_a_change_that_the_database_refuses_is_no_change(tmp_path):
    db = str(tmp_path / "world.db")
    with opened(db) as (world, backend):
        sim = world.add_sim()
        world.advance(2_000)
        with another_program(db) as other:
            other.hold()
            with pytest.raises(StorageUnavailable), backend.storage.unit() as work:
                world.account.set_enabled(sim, False, work)
            assert sim.is_enabled
            world.account.count_data(sim, 10)
            world.advance(1_500)
            assert world.timeline.records(kind="not_saved")
            other.let_go()
        world.advance(1_000)
        assert rows_of(db, "SELECT is_enabled, data_used FROM subscription") == [(1, 10)]


def test_every_field_of_the_state_is_a_column():
    world = World(1)
    world.add_sim()
    names = set(values_of(world.account.subscriptions()[0]))
    own = {"iccid", "imsi", "current_imsi", "msisdn", "address"}
    assert {column.name for column in SUBSCRIPTION.columns} == names | own
    fields = {field.name for field in dataclasses.fields(type(world.account.subscriptions()[0]))}
    assert fields - names == {"sim", "data", "sms", "limits", "top_up_is_booked", "end"}
