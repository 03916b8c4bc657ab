"""The outbox in virtual time: order, tries, bounds, and what another run of the world finds."""

from __future__ import annotations

from sqlalchemy import select

from nce_sim.clock import VirtualClock
from nce_sim.deliveries import DeliverySettings, Message
from nce_sim.deliveries.tables import DELIVERY
from nce_sim.deliveries.virtual import Answer
from nce_sim.storage import Storage, StorageUnavailable, Work
from nce_sim.tables import METADATA
from support.outboxes import Bench


def test_nothing_leaves_before_the_commit_nor_after_a_rollback():
    bench = Bench(settings=DeliverySettings(most_waiting=1))
    work = Work()
    assert bench.deliveries.add(Message(1, "plain", "a", "e", "lost"), work)
    bench.clock.advance(1_000)
    work.rolled_back()
    bench.clock.advance(1_000)
    assert bench.bodies == []
    assert bench.deliveries.waiting("plain", "a") == 0
    assert bench.deliveries.targets == 0
    bench.add("kept")
    bench.clock.advance(1_000)
    assert bench.bodies == ["kept"]


def test_a_target_gets_its_deliveries_in_order_and_one_at_a_time():
    bench = Bench()
    bench.receiver.delay_ms = 500
    bench.add("1", "2", "3")
    bench.clock.advance(400)
    assert bench.bodies == ["1"]
    assert bench.deliveries.in_flight == 1
    bench.clock.advance(10_000)
    assert bench.bodies == ["1", "2", "3"] == bench.owner.taken
    assert bench.storage.read(select(DELIVERY)) == []
    assert bench.deliveries.targets == 0, "a target leaves no trace in memory"


def test_a_refused_delivery_is_tried_again_under_its_id_before_any_later_one():
    bench = Bench()
    bench.receiver.status = 503
    bench.add("1", "2")
    bench.clock.advance(500)
    assert bench.bodies == ["1"]
    bench.clock.advance(999)
    assert bench.bodies == ["1", "1"]
    bench.receiver.status = 200
    bench.clock.advance(2_100)
    assert bench.bodies == ["1", "1", "1", "2"]
    ids = [request.headers["x-delivery"] for request in bench.receiver.requests]
    assert len(set(ids)) == 2
    assert ids[0] == ids[1] == ids[2]


def test_after_its_last_try_a_delivery_is_given_up_and_the_next_one_comes():
    bench = Bench(waits_ms=(1_000,))
    bench.receiver.status = None
    bench.add("1", "2")
    bench.clock.advance(1_900)
    assert bench.owner.given_up == ["1"]
    bench.receiver.status = 200
    bench.clock.advance(2_000)
    assert bench.owner.taken == ["2"]
    outcomes = [record.fields["outcome"] for record in bench.timeline.records(kind="delivery")]
    assert outcomes[0] == "the server closed the connection"
    assert outcomes[-1] == "HTTP status 200"


def test_a_slow_target_does_not_hold_up_another():
    bench = Bench()
    bench.transport.serve("https://receiver.example.com/slow", lambda request: Answer(200, 60_000))
    bench.add("stuck", target="slow")
    bench.add("1", "2")
    bench.clock.advance(1_000)
    assert bench.owner.taken == ["1", "2"]
    bench.clock.advance(19_001)
    last = bench.timeline.records(kind="delivery")[-1].fields
    assert last["outcome"] == "no answer within 20 s"


def test_no_more_requests_are_on_their_way_than_allowed():
    bench = Bench(settings=DeliverySettings(most_in_flight=3))
    bench.receiver.delay_ms = 1_000
    for number in range(8):
        bench.add(str(number), target=f"t{number}")
    most = 0
    for _ in range(400):
        bench.clock.advance(10)
        most = max(most, bench.deliveries.in_flight)
    assert most == 3
    assert sorted(bench.owner.taken) == [str(number) for number in range(8)]


def test_a_full_line_takes_no_more_and_keeps_what_it_has():
    bench = Bench(settings=DeliverySettings(most_waiting=2))
    bench.owner.is_open = False
    bench.add("1", "2")
    with bench.storage.unit() as work:
        assert not bench.deliveries.add(Message(1, "plain", "a", "e", "3"), work)
        assert bench.deliveries.add(Message(1, "plain", "b", "e", "other"), work)
    bench.owner.is_open = True
    bench.deliveries.wake("plain", "a")
    bench.clock.advance(1_000)
    assert sorted(bench.bodies) == ["1", "2", "other"]


def test_a_full_line_counts_what_is_not_committed_yet():
    bench = Bench(settings=DeliverySettings(most_waiting=2))
    with bench.storage.unit() as work:
        taken = [bench.deliveries.add(Message(1, "plain", "a", "e", body), work) for body in "123"]
    assert taken == [True, True, False]


def test_several_deliveries_go_in_one_request_and_are_tried_again_together():
    bench = Bench(most_together=2)
    bench.receiver.status = 500
    bench.add("1", "2", "3")
    bench.clock.advance(500)
    assert bench.bodies == ["1,2"]
    bench.receiver.status = 200
    bench.clock.advance(2_000)
    assert bench.bodies == ["1,2", "1,2", "3"]


def test_a_dropped_target_gets_nothing_more_and_others_do():
    bench = Bench()
    bench.receiver.delay_ms = 1_000
    bench.add("1", "2")
    bench.add("other", target="b")
    bench.clock.advance(100)
    with bench.storage.unit() as work:
        bench.deliveries.drop("plain", "a", work)
    bench.add("new")
    bench.clock.advance(10_000)
    assert sorted(bench.bodies) == ["1", "new", "other"]
    assert sorted(bench.owner.taken) == ["new", "other"], "an answer that nobody waits for"
    assert bench.storage.read(select(DELIVERY)) == []
    assert bench.deliveries.targets == 0


def test_another_run_sends_what_waits_at_its_time_and_counts_on(db):
    storage = Storage(METADATA, db)
    bench = Bench(storage)
    bench.receiver.status = 503
    bench.add("1", "2")
    bench.clock.advance(100)
    bench.deliveries.close()
    bench.clock.advance(60_000)
    assert bench.bodies == ["1"], "a closed outbox is silent"
    storage.close()

    storage = Storage(METADATA, db)
    other = Bench(storage, clock=VirtualClock(500))
    assert other.deliveries.waiting("plain", "a") == 2
    other.clock.advance(400)
    assert other.bodies == [], "its next try was due a second after the first"
    other.clock.advance(2_000)
    other.add("3")
    other.clock.advance(2_000)
    assert other.bodies == ["1", "2", "3"]
    assert (
        other.receiver.requests[0].headers["x-delivery"]
        == bench.receiver.requests[0].headers["x-delivery"]
    )
    with storage.unit() as work:
        other.deliveries.drop("plain", "a", work)
        other.deliveries.begin_again("plain", "a", work)
    storage.close()


def test_an_outcome_that_the_database_does_not_take_is_written_later_and_not_sent_again():
    bench = Bench()
    bench.add("1")
    commit = bench.storage.commit

    def refuse(works, at_ms=None):
        raise StorageUnavailable(11, "locked", "locked by another program", False)

    bench.storage.commit = refuse  # type: ignore[method-assign]
    bench.clock.advance(1_000)
    assert bench.bodies == ["1"]
    assert bench.owner.taken == []
    bench.storage.commit = commit  # type: ignore[method-assign]
    bench.clock.advance(1_000)
    assert bench.bodies == ["1"]
    assert bench.owner.taken == ["1"]
