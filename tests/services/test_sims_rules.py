"""Quotas, usage by day, events, the queue over a restart, the table of SIMs."""

import csv
import dataclasses
import io
from datetime import date

import pytest

from nce_sim import Backend
from nce_sim.account.volume import Quota
from nce_sim.clock import run_virtual
from nce_sim.network.causes import PdpRejected
from nce_sim.network.events import Events
from nce_sim.problems import Invalid
from nce_sim.services.sims.changes import Change
from nce_sim.services.sims.dates import day_of, instant_of, month_before, spaced, zoned
from nce_sim.services.sims.devices import DayOfUsage, EventRecord
from nce_sim.services.sims.events import Names, event_v2
from nce_sim.services.sims.quota import quota_v1, quota_v2
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.usage import range_of, usage_document
from nce_sim.settings import Settings
from nce_sim.sim_card import PinLock
from nce_sim.storage import Work
from nce_sim.world import World

OURS = 8_000_001
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
START_MS = 1_767_225_600_000  # 2026-01-01
SETTINGS = SimsSettings()


def wall(at_ms):
    return START_MS + at_ms


# -- quotas -----------------------------------------------------------------------------------


def subscription_with(**parts):
    world = World(1)
    subscription = world.account.subscription(world.add_sim())
    return dataclasses.replace(subscription, **parts)


def test_a_quota_of_version_2_counts_what_was_left_at_the_top_up():
    quota = Quota(500_000_000, 0.2)
    quota.take(405_081_030)
    quota.add(500_000_000)
    shown = quota_v2(subscription_with(data=quota), "data", SETTINGS, wall)
    # As in a record of 1NCE's: 500 MB on top of 94.918970 MB make 118.983794 MB of 20 %.
    assert shown["total_volume"] == 594.91897
    assert shown["threshold_volume"] == 118.983794
    assert (shown["accumulated_total_volume"], shown["last_volume_added"]) == (1000, 500)


def test_use_beyond_the_volume_is_negative_in_version_2_alone():
    quota = Quota(500_000_000, 0.2)
    quota.take(500_607_774)
    subscription = subscription_with(data=quota)
    shown = quota_v2(subscription, "data", SETTINGS, wall)
    assert shown["volume"] == -0.607774
    assert shown["status"] == {"id": 0, "description": "EXHAUSTED"}
    assert quota_v1(subscription, "data", SETTINGS, wall)["volume"] == 0


def test_a_megabyte_of_platform_2_is_1024_kb():
    quota = Quota(500 * 1_048_576, 0.2)
    quota.take(1_048_576)
    new = subscription_with(data=quota, platform="2.0")
    assert quota_v2(new, "data", SETTINGS, wall)["volume"] == 499
    old = subscription_with(data=Quota(500_000_000, 0.2))
    assert quota_v2(old, "data", SETTINGS, wall)["volume"] == 500
    assert quota_v2(old, "sms", SETTINGS, wall)["volume"] == 250


def test_the_last_change_of_a_quota_is_when_it_was_crossed():
    quota = Quota(100, 0.2)
    quota.take(90, 5_000)
    subscription = subscription_with(sms=quota)
    shown = quota_v1(subscription, "sms", SETTINGS, wall)
    assert shown["last_status_change_date"] == "2026-01-01T00:00:05.000Z"
    assert "peak_throughput" not in shown


# -- usage ------------------------------------------------------------------------------------

TODAY = date(2026, 8, 31)


def days(first, last):
    moment = range_of(first, last, TODAY, 6)
    return tuple(spaced(at_ms)[:10] for at_ms in moment)


def test_usage_goes_back_six_months_at_most():
    assert days(None, None) == ("2026-02-28", "2026-09-01")
    assert days("2026-08-01", "2026-08-01") == ("2026-08-01", "2026-08-02")
    assert days("2026-08-01", "9999-12-31") == ("2026-08-01", "2026-09-01")
    assert days("2020-01-01", "2026-03-01") == ("2026-02-28", "2026-03-02")
    for first, last in (("2026-08-02", "2026-08-01"), ("01.08.2026", None), (None, "2026-02-30")):
        with pytest.raises(Invalid):
            days(first, last)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2028, 8, 30), 6, date(2028, 2, 29)),
        (date(2026, 3, 1), 6, date(2025, 9, 1)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_a_month_before(day, months, before):
    assert month_before(day, months) == before


def test_usage_is_text_and_messages_are_counted_the_other_way_round():
    day = DayOfUsage(START_MS, 1_321, 1_482, 3_000, 2, 1)
    (shown,) = usage_document([day], 0, 0, 1_000_000, with_idle=False)["stats"]
    assert shown["date"] == "2026-01-01T00:00:00.000Z"
    data, sms = shown["data"], shown["sms"]
    assert (data["volume_tx"], data["volume_rx"]) == ("0.001321", "0.001482")
    assert data["volume"] == data["cost"] == "0.003000"  # with the rounding of its sessions
    assert (sms["volume"], sms["volume_rx"], sms["volume_tx"]) == ("3", "2", "1")
    two = usage_document([day], START_MS, START_MS + 2 * DAY_MS, 1, with_idle=True)["stats"]
    assert [each["data"]["volume"] for each in two] == ["3000.000000", "0.000000"]


def test_usage_of_a_day_is_summed():
    world = World(1)
    sim, other = world.add_sim(), world.add_sim()
    records = Backend(world).sim_records
    session = world.core.open_session(sim, print)
    world.core.bill(session, up=100, down=50)
    session.close()
    world.account.count_sms(sim, "mo")
    world.account.count_sms(sim, "mt")
    world.account.count_sms(other, "mt")
    world.advance(DAY_MS)
    world.account.count_sms(sim, "mt")
    assert records.usage(sim.iccid, START_MS, START_MS + 2 * DAY_MS) == [
        DayOfUsage(START_MS, 100, 50, 150, 1, 1),
        DayOfUsage(START_MS + DAY_MS, 0, 0, 0, 0, 1),
    ]
    assert records.usage(sim.iccid, START_MS, START_MS + DAY_MS)[-1].day_ms == START_MS


# -- events -----------------------------------------------------------------------------------

NAMES = Names(OURS, "Ours", 1, 2, 3)


def shown_event(platform, kind, severity=0, description="", name="n"):
    record = EventRecord(7, START_MS, kind, name, severity, 1, True, description, None)
    return event_v2(record, subscription_with(platform=platform), NAMES, "10.160.0.1")


def test_the_platforms_have_other_severities_and_types():
    assert shown_event("1.0", 19, 2)["event_severity"] == {"id": 2, "description": "CRITICAL"}
    assert shown_event("2.0", 19, 2)["event_severity"] == {"id": 4, "description": "CRITICAL"}
    assert shown_event("1.0", 0)["event_type"]["id"] == 0
    assert shown_event("2.0", 0)["event_type"] == {"id": 11, "description": "Endpoint blocked"}
    assert shown_event("2.0", 10)["event_type"]["id"] == 121
    assert shown_event("2.0", 18)["event_type"]["description"] == "Quota Threshold Reached"
    text = "now attached to VLR='1'."
    assert shown_event("1.0", 1, description=text)["description"] == text
    assert shown_event("2.0", 1, description=text)["description"] == "now attached to VLR = '1'"


def test_events_are_paged_newest_first_and_forgotten_after_their_time():
    world = World(1)
    sim = world.add_sim()
    records = Backend(world).sim_records
    for _ in range(5):
        Events(world.timeline).emit("sim_activated", sim)
        world.advance(HOUR_MS)
    page, total = records.events(sim.iccid, START_MS, 2, 1)
    assert ([event.at_ms for event in page], total) == ([wall(3 * HOUR_MS), wall(2 * HOUR_MS)], 5)
    page, total = records.events(sim.iccid, START_MS + 2 * HOUR_MS, 10, 0)
    hours = [(event.at_ms - START_MS) // HOUR_MS for event in page]
    assert (hours, total) == ([4, 3, 2], 3)
    assert records.events("8988228066600000000", 0, 10, 0) == ([], 0)


# -- two platforms in one world -----------------------------------------------------------------


def both_platforms():
    world = World(1)
    old, new = world.add_sim(), world.add_sim()
    world.account.set_platform(new, "2.0")
    return world, old, new


def kinds_of(world, sim):
    events = (record.subject for record in world.timeline.records(kind="event"))
    return [event.kind.type for event in events if event.sim is sim]


def test_the_apn_of_platform_2_is_for_its_sims_and_the_former_one_stays_valid():
    world, old, new = both_platforms()
    allowed = {
        (sim, apn)
        for sim in (old, new)
        for apn in ("iot.1nce.net", "sensor.net", "SENSOR.net", "internet")
        if world.core.apn_is_known(apn, sim)
    }
    assert allowed == {
        (old, "iot.1nce.net"),
        (new, "iot.1nce.net"),
        (new, "sensor.net"),
        (new, "SENSOR.net"),
    }
    session = world.core.open_session(new, print, apn="sensor.net")
    created = world.timeline.records(kind="event")[-1].subject
    assert created.detail["pdp_context"]["apn"] == session.apn == "sensor.net"


def test_a_session_of_platform_2_is_rounded_up_to_a_kb():
    world, old, new = both_platforms()
    for sim, used in ((old, 100), (new, 1_000)):
        session = world.core.open_session(sim, print)
        world.core.bill(session, up=60, down=40)
        session.close()
        assert world.account.subscription(sim).data.used == used


def test_excess_is_dropped_on_platform_2_alone():
    world, old, new = both_platforms()
    for sim, delay_ms in ((old, 80), (new, 0)):  # it queues, or passes until it is too much
        session = world.core.open_session(sim, print)
        assert session._shapers[0].delay_ms(0, 10_000) == delay_ms


def test_only_endpoints_of_platform_2_are_enabled_and_disabled():
    world, old, new = both_platforms()
    for sim in (old, new):
        world.account.set_enabled(sim, False)
    assert kinds_of(world, old) == [9, 0]
    assert kinds_of(world, new) == [9, 43, 0]


def test_only_records_of_platform_2_name_the_cause_of_a_refusal():
    world, old, new = both_platforms()
    for sim, detail in (
        (old, None),
        (new, {"data_service_failure_cause": "QUOTA_EXHAUSTED"}),
    ):
        world.account.exhaust(sim)
        with pytest.raises(PdpRejected):
            world.core.open_session(sim, print)
        assert world.timeline.records(kind="event")[-1].subject.detail == detail


def test_volume_of_platform_2_is_bought_in_mebibytes():
    world, old, new = both_platforms()
    assert quota_v2(world.account.subscription(new), "data", SETTINGS, wall)["volume"] == 500
    for sim in (old, new):
        world.account.top_up(sim)
        shown = quota_v2(world.account.subscription(sim), "data", SETTINGS, wall)
        assert (shown["volume"], shown["last_volume_added"]) == (1000, 500)
        events = world.timeline.records(kind="event")
        assert "1000.000000 MB" in events[-2].subject.description
    assert world.account.subscription(new).data.total == 1000 * 1_048_576


def test_a_sim_that_has_used_data_stays_on_its_platform():
    world, old, new = both_platforms()
    world.account.count_data(old, 1)
    with pytest.raises(ValueError, match="has used data"):
        world.account.set_platform(old, "2.0")
    with pytest.raises(ValueError, match=r"1\.0 or 2\.0"):
        world.account.set_platform(new, "3.0")


def test_the_msisdn_of_platform_2_has_digits_of_its_own():
    old = World(1).add_sim()
    assert old.iccid[-8:] == old.imsi[-8:] == old.msisdn[-8:]
    world = World(1, settings=Settings.platform_2())
    sims = [world.add_sim() for _ in range(50)]
    assert all(sim.iccid[-8:] == sim.imsi[-8:] != sim.msisdn[-8:] for sim in sims)
    assert len({sim.msisdn for sim in sims}) == 50


def test_a_world_of_platform_2_may_have_older_sims():
    world = World(1, settings=Settings.platform_2())
    new, old = world.add_sim(), world.add_sim()
    world.account.set_platform(old, "1.0")
    assert world.account.subscription(old).data.total == 500_000_000
    assert world.account.subscription(new).data.total == 500 * 1_048_576
    assert not world.core.apn_is_known("sensor.net", old)
    assert world.core.apn_is_known("sensor.net", new)


# -- dates ------------------------------------------------------------------------------------


def test_three_notations_of_time():
    assert zoned(1_520_582_349_000) == "2018-03-09T07:59:09.000+0000"
    assert spaced(1_691_315_945_999) == "2023-08-06 09:59:05"
    assert instant_of("x", "2018-03-09T08:59:09+01:00") == 1_520_582_349_000
    assert instant_of("x", "2018-03-09T07:59:09Z") == 1_520_582_349_000
    assert instant_of("x", "2018-03-09T07:59:09") == 1_520_582_349_000
    assert day_of("x", "2018-03-09") == date(2018, 3, 9)
    for wrong in ("", "now", "2018-03-09T07:59:61Z"):
        with pytest.raises(Invalid, match="x is"):
            instant_of("x", wrong)


# -- the queue --------------------------------------------------------------------------------


def test_a_change_that_was_accepted_is_done_by_the_next_world(db):
    async def first(clock):
        world = World(1, clock=clock)
        sim = world.add_sim()
        with Backend(world, db) as backend:
            changes = [Change(sim.iccid, is_enabled=False), Change(sim.iccid, label="a")]
            await backend.write(lambda work: backend.sims.update_later(OURS, 1, changes, work))
            assert sim.is_enabled

    async def second(clock):
        settings = dataclasses.replace(Settings(), calendar_start_s=START_MS // 1000 + 3_600)
        world = World(1, clock=clock, settings=settings)
        sim = world.add_sim()
        with Backend(world, db) as backend:
            assert sim.is_enabled
            world.advance(1)
            assert not sim.is_enabled
            assert backend.sims.record(world.account.subscription(sim))["label"] == "a"
            world.account.set_enabled(sim, True)
            world.advance(HOUR_MS)
            assert sim.is_enabled  # and it is done once

    run_virtual(first)
    run_virtual(second)


def test_a_change_of_a_sim_that_has_moved_is_not_made():
    async def main(clock):
        world = World(1, clock=clock)
        moved, expired, stays = (world.add_sim() for _ in range(3))
        with Backend(world) as backend:
            changes = [Change(sim.iccid, is_enabled=False) for sim in (moved, expired, stays)]
            await backend.write(lambda work: backend.sims.update_later(OURS, 1, changes, work))
            world.account.subscription(moved).organisation_id = OURS + 1
            world.account.subscription(expired).is_expired = True
            world.advance(10_000)
            assert (moved.is_enabled, expired.is_enabled, stays.is_enabled) == (True, True, False)

    run_virtual(main)


def test_what_is_rolled_back_is_undone():
    async def main(clock):
        world = World(1, clock=clock)
        sim = world.add_sim()
        with Backend(world) as backend:
            work = Work()
            backend.sims.update(OURS, 1, Change(sim.iccid, is_enabled=False, label="a"), work)
            backend.sims.limits.set(OURS, {"data": 2}, work)
            work.rolled_back()
            assert sim.is_enabled
            assert "label" not in backend.sims.record(world.account.subscription(sim))
            assert backend.sims.limits.of(OURS)["data"]["limit"] == "No Limit"
            assert world.account.data_limit(sim) is None

    run_virtual(main)


def test_limits_outlive_a_world_and_reach_new_sims(db):
    async def first(clock):
        world = World(1, clock=clock)
        with Backend(world, db) as backend:
            await backend.write(
                lambda work: backend.sims.limits.set(OURS, {"data": 2, "smsMT": 3}, work)
            )

    async def second(clock):
        settings = dataclasses.replace(Settings(), calendar_start_s=START_MS // 1000 + 3_600)
        world = World(1, clock=clock, settings=settings)
        with Backend(world, db) as backend:
            assert backend.sims.limits.of(OURS)["data"] == {"id": 2, "limit": "3", "unit": "MB"}
            assert backend.sims.limits.of(OURS + 1)["data"]["limit"] == "No Limit"
            subscription = world.account.subscription(world.add_sim())
            work = Work()
            backend.sims.limits.apply(subscription, work)
            work.committed()
            volumes = {kind: limit.volume for kind, limit in subscription.limits.items()}
            assert volumes == {"data": 3_000_000, "sms_mt": 25, "sms_mo": None}

    run_virtual(first)
    run_virtual(second)


# -- several SIMs -----------------------------------------------------------------------------


def test_the_table_of_sims_has_pin_and_puk_and_no_formula():
    async def main(clock):
        world = World(1, clock=clock)
        sim = world.add_sim()
        world.add_sim()
        sim.lock = PinLock("123456", "12345678")
        world.account.subscription(sim).label = '=HYPERLINK("x")'
        with Backend(world) as backend:
            rows = list(csv.DictReader(io.StringIO(backend.sims.export(OURS)[0])))
            assert [row["iccid"] for row in rows] == backend.sims.iccids(OURS)
            assert (rows[0]["pin"], rows[0]["puk"]) == ("123456", "12345678")
            assert rows[0]["label"] == '\'=HYPERLINK("x")'
            assert rows[1]["pin"] == ""
            assert backend.sims.export(OURS + 1)[0].count("\n") == 1

    run_virtual(main)
