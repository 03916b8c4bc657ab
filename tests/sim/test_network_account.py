"""Volume, limits, top-ups, expiry; usage and event records."""

import dataclasses
import json

import pytest

from nce_sim.account.quota_detail import quota_detail
from nce_sim.account.volume import Quota
from nce_sim.network.addresses import AddressBlocks
from nce_sim.network.causes import AttachRejected, PdpRejected
from nce_sim.settings import AccountSettings, NetworkSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
HEADERS = 28
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def world_of(**settings):
    network = NetworkSettings(rate_bps=None)
    return World(1, settings=Settings(network=network, account=AccountSettings(**settings)))


def session_of(world, sim=None, **options):
    sim = sim or world.add_sim()
    return sim, world.core.open_session(sim, lambda datagram: None, **options)


def send(world, session, size):
    """One datagram of `size` bytes with its headers, and time to arrive."""
    payload = bytes(size - HEADERS)
    session.send(Datagram(Address(session.host, 1), SERVICE, payload))
    world.advance(1_000)


def receive(world, session, size):
    world.core.send(Datagram(SERVICE, Address(session.host, 1), bytes(size - HEADERS)))
    world.advance(1_000)


def types(world):
    return [record.fields["type"] for record in world.timeline.records(kind="event")]


def usage(world):
    return [record.subject for record in world.timeline.records(kind="usage")]


def test_bytes_are_counted_both_ways_with_their_headers():
    world = world_of()
    sim, session = session_of(world)
    send(world, session, 100)
    receive(world, session, 300)
    subscription = world.account.subscription(sim)
    assert subscription.data.used == 400
    assert subscription.data.remaining == 500_000_000 - 400
    assert (session.meter.tx, session.meter.rx) == (100, 300)


def test_the_threshold_is_told_once_and_exhaustion_ends_the_session():
    world = world_of(data_volume=10_000)
    closed = []
    sim, session = session_of(world, on_closed=closed.append)
    for _ in range(8):
        send(world, session, 1_000)
    assert types(world) == [3]
    send(world, session, 1_000)
    assert types(world) == [3, 18]
    assert closed == []
    send(world, session, 1_000)
    assert types(world) == [3, 18, 19, 5]
    assert closed == ["the data volume is used up"]
    with pytest.raises(PdpRejected) as rejected:
        world.core.open_session(sim, print)
    assert rejected.value.esm_cause == 8


def test_the_threshold_is_a_share_of_what_there_was_after_the_last_purchase():
    # As in a record of 1NCE's: 500 MB on top of 94.918970 MB make 118.983794 MB of 20 %.
    quota = Quota(total=500_000_000, threshold=0.2)
    quota.take(500_000_000 - 94_918_970)
    quota.add(500_000_000)
    assert quota_detail(quota, "data") == {
        "quota": {
            "volume": 594.91897,
            "threshold_volume": 118.983794,
            "threshold_percentage": 20,
        }
    }
    assert quota.take(594_918_970 - 118_983_794) == []
    assert quota.take(15_411) == ["threshold"]
    assert quota.remaining == 118_968_383


def test_a_top_up_is_told_by_two_events():
    world = world_of()
    sim = world.add_sim()
    world.account.top_up(sim)
    records = world.timeline.records(kind="event")
    assert [record.fields["type"] for record in records] == [56, 58]
    assert records[0].fields["description"] == (
        "Data quota got assigned with volume of 1000.000000 MB. On exhaustion, the data service "
        "will be blocked."
    )
    assert records[1].fields["alert"]


def test_what_is_on_the_air_when_the_volume_ends_is_dropped():
    world, heard = world_of(data_volume=1_000), []
    world.core.listen(SERVICE, heard.append)
    _, session = session_of(world)
    for _ in range(20):
        session.send(Datagram(Address(session.host, 1), SERVICE, bytes(72)))
    world.advance(1_000)
    assert len(heard) == 10


def test_a_sim_can_be_exhausted_at_will():
    world = World(1)
    sim, session = session_of(world)
    world.account.exhaust(sim)
    assert world.account.subscription(sim).data.remaining == 0
    assert not session.is_open
    with pytest.raises(PdpRejected, match="used up"):
        session_of(world, sim)
    world.account.top_up(sim)
    assert session_of(world, sim)[1].is_open


def test_an_exhausted_sim_attaches_and_sends_sms_and_a_top_up_frees_it():
    world = world_of(data_volume=100)
    sim, session = session_of(world)
    send(world, session, 150)
    [cell] = world.operator.cells
    registration = world.operator.register(sim, cell)
    with pytest.raises(PdpRejected):
        registration.open_session("iot.1nce.net", print)
    with pytest.raises(AttachRejected) as rejected:
        world.operator.attach(sim, cell, "iot.1nce.net", deliver=print, on_closed=print)
    assert (rejected.value.emm_cause, rejected.value.esm_cause) == (19, 8)
    world.operator.sms.submit(sim, bytes.fromhex("01000491214300000161"))
    world.account.top_up(sim)
    assert world.account.subscription(sim).data.remaining == 100
    world.core.open_session(sim, print)


def test_downlink_that_takes_the_last_byte_is_not_delivered():
    world, got = world_of(data_volume=100), []
    sim = world.add_sim()
    session = world.core.open_session(sim, got.append)
    receive(world, session, 100)
    assert got == []
    assert not session.is_open


def test_auto_top_up_happens_at_the_next_full_four_hours_cet():
    world = world_of(data_volume=1_000)
    sim, session = session_of(world)
    world.account.set_auto_top_up(sim, True)
    world.advance(4 * HOUR_MS)
    assert world.timeline.records(kind="top_up") == []
    send(world, session, 900)  # 00:00 UTC of the world is 01:00 CET, so now it is 05:00
    world.advance(DAY_MS)
    [record] = world.timeline.records(kind="top_up")
    assert record.at_ms == 7 * HOUR_MS
    assert world.account.subscription(sim).data.remaining == 1_100
    assert world.clock.next_due_ms() is None


def test_auto_top_up_also_looks_at_sms_and_can_be_switched_off():
    world = world_of(sms_volume=4)
    sim = world.add_sim()
    world.account.set_auto_top_up(sim, True)
    for _ in range(4):
        world.operator.sms.send_mt(sim, "x", expiry_ms=1)
    world.account.set_auto_top_up(sim, False)
    world.advance(DAY_MS)
    assert world.timeline.records(kind="top_up") == []
    world.account.set_auto_top_up(sim, True)
    world.advance(DAY_MS)
    assert len(world.timeline.records(kind="top_up")) == 1
    assert world.account.subscription(sim).sms.remaining == 4


def test_a_monthly_limit_ends_the_session_and_lasts_until_the_first():
    world = world_of()
    sim = world.add_sim()
    world.account.set_limit(sim, "data", 1_000)
    closed = []
    _, session = session_of(world, sim, on_closed=closed.append)
    send(world, session, 600)
    send(world, session, 600)
    assert closed == ["the monthly limit is reached"]
    with pytest.raises(PdpRejected):
        world.core.open_session(sim, print)
    [event] = [r for r in world.timeline.records(kind="event") if r.fields["type"] == 0]
    assert event.fields["description"] == (
        "PDP Context Request rejected, because endpoint is currently blocked due to exceeded "
        "traffic limit."
    )
    assert (event.fields["severity"], event.fields["alert"]) == ("WARN", True)
    # The world starts on 1 January, 01:00 CET; months turn with CET.
    world.advance(31 * DAY_MS - HOUR_MS - 2_000 - 1)
    with pytest.raises(PdpRejected):
        world.core.open_session(sim, print)
    world.advance(1)
    world.core.open_session(sim, print)


def test_a_new_data_limit_spares_the_session_that_is_open():
    world = world_of()
    sim, session = session_of(world)
    send(world, session, 900)
    world.account.set_limit(sim, "data", 1_000)
    send(world, session, 900)
    assert session.is_open
    session.close()
    with pytest.raises(PdpRejected):
        world.core.open_session(sim, print)
    # A raised limit keeps what was used.
    world.account.set_limit(sim, "data", 2_000)
    _, session = session_of(world, sim)
    send(world, session, 300)
    assert not session.is_open


@pytest.mark.parametrize(("rounding", "used"), [(1, 3 * 100), (1_000, 3 * 1_000)])
def test_a_platform_rounds_its_sessions_or_not(rounding, used):
    world = world_of(session_rounding=rounding)
    sim = world.add_sim()
    for _ in range(3):
        _, session = session_of(world, sim)
        send(world, session, 100)
        session.close()
    assert world.account.subscription(sim).data.used == used
    assert sum(record.total for record in usage(world)) == used


def test_usage_is_told_every_quarter_of_an_hour_while_it_is_large():
    world = world_of()
    _, session = session_of(world)
    for _ in range(60):
        for _ in range(10):
            session.send(Datagram(Address(session.host, 1), SERVICE, bytes(1_172)))
        world.advance(MINUTE_MS)
    session.close()
    records = usage(world)
    assert [record.end_ms // MINUTE_MS for record in records] == [15, 30, 45, 60, 60]
    assert sum(record.tx for record in records) == 60 * 10 * 1_200
    assert [record.start_ms for record in records][1:] == [r.end_ms for r in records][:-1]
    assert {record.traffic_type for record in records} == {5}


def test_a_quiet_session_is_told_once_when_it_closes():
    world = world_of()
    sim, session = session_of(world)
    send(world, session, 1_500)
    world.advance(5 * HOUR_MS)
    assert usage(world) == []
    session.close()
    [record] = usage(world)
    assert (record.sim, record.tx, record.rx, record.start_ms) == (sim, 1_500, 0, 0)


def test_usage_and_quota_agree_even_with_what_arrives_after_the_close():
    world = world_of()
    sim, session = session_of(world)
    session.send(Datagram(Address(session.host, 1), SERVICE, bytes(72)))
    session.close()
    world.advance(1_000)
    assert world.account.subscription(sim).data.used == 100
    assert sum(record.total for record in usage(world)) == 100


def test_a_sim_expires_is_extended_and_is_too_late_one_day():
    world = world_of(lifetime_days=10, extension_grace_days=5)
    sim, session = session_of(world)
    world.advance(10 * DAY_MS - 1)
    assert session.is_open
    assert not world.timeline.records(kind="event")[1:]
    world.advance(1)  # nobody sends anything
    assert not session.is_open
    assert types(world)[:3] == [3, 60, 61]
    [cell] = world.operator.cells
    with pytest.raises(AttachRejected) as rejected:
        world.operator.register(sim, cell)
    assert rejected.value.emm_cause == 8
    world.account.extend(sim)
    world.operator.register(sim, cell)
    assert types(world).count(60) == 1
    world.advance(15 * DAY_MS - 1)
    assert types(world).count(60) == 2
    assert types(world).count(10) == 0
    world.advance(1)
    assert types(world)[-1] == 10
    with pytest.raises(ValueError, match="5 days"):
        world.account.extend(sim)
    assert types(world)[-1] == 10
    with pytest.raises(ValueError, match="5 days"):
        world.account.extend(sim)
    assert types(world).count(10) == 1


def test_unused_volume_expires_with_the_lifetime_and_takes_a_top_up():
    world = world_of(data_volume=1_000, sms_volume=10, lifetime_days=10)
    sim, session = session_of(world)
    send(world, session, 300)
    books = world.account.subscription(sim)
    world.account.set_auto_top_up(sim, True)
    world.advance(9 * DAY_MS)
    assert (books.data.used, books.data.remaining, books.sms.remaining) == (300, 700, 10)
    world.advance(DAY_MS)
    assert (books.data.used, books.data.remaining, books.sms.remaining) == (300, 0, 0)
    assert world.account.sms_refusal(sim, "mt") == f"{sim} has expired"
    # An expired SIM is not topped up by itself; its extension brings nothing back.
    world.account.set_auto_top_up(sim, True)
    world.advance(2 * DAY_MS)
    assert world.timeline.records(kind="top_up") == []
    world.account.set_auto_top_up(sim, False)
    world.account.extend(sim)
    assert world.account.pdp_refusal(sim).code == "QUOTA_EXHAUSTED"
    world.account.top_up(sim)
    assert (books.data.used, books.data.remaining, books.sms.remaining) == (300, 1_000, 10)
    assert world.account.pdp_refusal(sim) is None


def test_a_sim_that_tops_up_by_itself_does_so_once_it_is_extended():
    world = world_of(data_volume=1_000, lifetime_days=10)
    sim, _ = session_of(world)
    world.account.set_auto_top_up(sim, True)
    world.advance(11 * DAY_MS)
    assert world.timeline.records(kind="top_up") == []
    world.account.extend(sim)
    world.advance(4 * HOUR_MS)
    assert len(world.timeline.records(kind="top_up")) == 1
    assert world.account.subscription(sim).data.remaining == 1_000


def test_volume_goes_on_when_the_lifetime_is_extended_before_its_end():
    world = world_of(data_volume=1_000, lifetime_days=10)
    sim, session = session_of(world)
    send(world, session, 300)
    world.account.extend(sim)
    world.advance(20 * DAY_MS - 2 * 1_000)
    books = world.account.subscription(sim)
    assert (session.is_open, books.data.remaining) == (True, 700)
    world.advance(10_000)
    assert (session.is_open, books.data.remaining) == (False, 0)
    assert types(world).count(60) == 1


def test_a_full_block_is_followed_by_the_next():
    network = NetworkSettings(
        account_block="10.160.0.0/30", next_account_blocks=("10.160.0.0/29", "10.162.0.0/30")
    )
    world = World(1, settings=Settings(network=network))
    hosts = [world.core.address_of(world.add_sim()) for _ in range(12)]
    assert hosts == [
        *("10.160.0.1", "10.160.0.2", "10.160.0.3", "10.160.0.0"),
        *("10.160.0.4", "10.160.0.5", "10.160.0.6", "10.160.0.7"),
        *("10.162.0.1", "10.162.0.2", "10.162.0.3", "10.162.0.0"),
    ]
    with pytest.raises(ValueError, match="full"):
        world.add_sim()


def test_a_block_has_256_addresses_and_the_account_gets_the_next_as_long_as_there_are_any():
    settings = NetworkSettings()
    blocks = AddressBlocks(
        [settings.account_block, *settings.next_account_blocks], settings.first_host
    )
    hosts = [blocks.next_host() for _ in range(65_536)]
    assert hosts[0] == "10.160.0.1"
    assert hosts[254:258] == ["10.160.0.255", "10.160.0.0", "10.160.1.1", "10.160.1.2"]
    assert hosts[-2:] == ["10.160.255.255", "10.160.255.0"]
    assert len(set(hosts)) == 65_536
    with pytest.raises(ValueError, match=r"full: .* and 253 more, up to 10.160.255.0/24"):
        blocks.next_host()


def test_one_megabit_a_second_queues_or_drops():
    def run(**rate):
        world, times = World(1, settings=Settings(network=NetworkSettings(**rate))), []
        world.core.listen(SERVICE, lambda datagram: times.append(world.clock.now_ms()))
        _, session = session_of(world)
        for _ in range(200):
            session.send(Datagram(Address(session.host, 1), SERVICE, bytes(1_222)))
        world.advance(10_000)
        return times

    # 1250 bytes are 10 ms; 100 of them fill a second's queue.
    queued = run()
    assert len(queued) == 100
    assert 900 <= queued[-1] - queued[0] <= 1_090
    policed = run(excess_is_dropped=True)
    assert len(policed) == 100
    assert policed[-1] - policed[0] <= 100
    assert len(run(rate_bps=None)) == 200


def test_events_have_ids_texts_and_sims_and_their_timeline_is_masked():
    world = world_of(data_volume=1_000)
    sim = world.add_sim()
    [cell] = world.operator.cells
    session = world.operator.attach(
        sim,
        cell,
        "iot.1nce.net",
        deliver=print,
        on_closed=lambda reason: None,
        imei="352009111891510",
    )
    send(world, session, 900)
    send(world, session, 200)
    records = world.timeline.records(kind="event")
    assert [record.fields["type"] for record in records] == [1, 2, 3, 18, 19, 5]
    text = "\n".join(map(str, records)) + json.dumps([record.fields for record in records])
    for number in (sim.iccid, sim.imsi, sim.msisdn):
        assert number not in text
    location, created, threshold, deleted = (records[i].subject for i in (1, 2, 3, 5))
    assert f"IMSI='{sim.imsi}'" in location.description
    assert "RAT type='E_UTRAN'" in location.description
    assert location.detail["country"]["mcc"] == "262"
    assert created.sim is sim
    context = created.detail["pdp_context"]
    assert (context["ue_ip_address"], context["rat_type"]) == ("10.160.0.1", 6)
    assert (context["imeisv"], context["imsi"]) == ("3520091118915100", sim.imsi)
    assert threshold.detail["quota"] == {
        "volume": 0.0001,
        "threshold_volume": 0.0002,
        "threshold_percentage": 20,
    }
    assert threshold.description == "Endpoint quota threshold reached, volume is below 20%."
    assert deleted.detail["volume"] == {"rx": 0.0, "tx": 0.0011, "total": 0.0011}


def test_nothing_is_booked_for_a_world_in_which_nobody_acts():
    world = world_of()
    sim = world.add_sim()
    world.account.set_auto_top_up(sim, True)
    world.account.set_limit(sim, "data", 5)
    world.core.open_session(sim, print)
    assert world.clock.next_due_ms() is None


def test_a_limit_of_another_kind_is_refused():
    world = world_of()
    with pytest.raises(ValueError, match="sms_mo"):
        world.account.set_limit(world.add_sim(), "sms", 5)


def test_platform_2_is_a_set_of_settings():
    settings = Settings.platform_2()
    assert settings.network.excess_is_dropped
    assert settings.account == dataclasses.replace(
        AccountSettings(),
        platform="2.0",
        data_volume=500 * 1_048_576,
        session_rounding=1_000,
        has_endpoint_events=True,
    )
    world = World(1, settings=settings)
    sim = world.add_sim()
    world.set_sim_enabled(sim, False)
    world.set_sim_enabled(sim, True)
    assert types(world) == [9, 43, 0, 8, 42]
