"""Short messages survive a stop and a kill: what waits is delivered, what is told is kept."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import pytest

from nce_sim.backend import Backend
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.world_verbs import WORLD_VERBS
from nce_sim.problems import Unavailable
from nce_sim.settings import Settings, SmsSettings
from nce_sim.sms.centre import SmsRejected
from nce_sim.sms.short_message import Status
from nce_sim.wire.sms import tpdu
from nce_sim.wire.sms.address import NATIONAL, PhoneNumber
from nce_sim.wire.sms.user_data import UserData
from nce_sim.world import World
from support.databases import another_program, rows_of

HOUR_MS = 3_600_000
START_S = Settings().calendar_start_s


def submit_of(text, wants_report=False):
    first = tpdu.SUBMIT | tpdu.RELATIVE_VALIDITY
    first |= tpdu.STATUS_REPORT_REQUESTED if wants_report else 0
    return tpdu.Submit(PhoneNumber("1234", NATIONAL), UserData.of_text(text), first).encode()


class Server:
    """The customer's server; it answers with `status`."""

    def __init__(self, status=200):
        self.status, self.heard = status, []

    def forward(self, method, body, done):
        self.heard.append((method, body["id"], body.get("payload") or body["status"]["status"]))
        done(self.status)


@contextmanager
def opened(db, *, after_ms=0, server=None, is_killed=False, **sms):
    """A world of one SIM in LTE-M coverage whose modem is played by the test."""
    settings = Settings(calendar_start_s=START_S + after_ms // 1000, sms=SmsSettings(**sms))
    world = World(1, settings=settings)
    backend = Backend(world, db=db)
    if server is not None:
        world.sms.set_forwarder(server.forward, "https://example.com/sms")
    world.sms._rat_of = lambda sim: "LTE-M"
    world.sms._waiting._is_reachable = lambda sim: True
    try:
        yield world, world.add_sim()
    finally:
        if is_killed:
            # What was written in passing until here is all that there is.
            backend.saver._handle = None
            backend.storage.close()
        else:
            backend.close()


def content(octets):
    return tpdu.parse_downlink(octets).user_data.text


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_waits_for_a_sim_is_delivered_by_the_next_run(db, is_killed):
    with opened(db, is_killed=is_killed) as (world, sim):
        first = world.sms.send_mt(sim, "grüß dich, €", source_address="4915112345678")
        second = world.sms.send_mt(sim, "00ff10", dcs=4, udh="050003AA0201")
        third = world.sms.send_mt(sim, "too old", expiry_ms=HOUR_MS)
        world.sms.cancel(world.sms.send_mt(sim, "not this"))
        world.advance(1_000)
        before = [first.id, second.id, third.id]
    with opened(db, after_ms=2 * HOUR_MS) as (world, sim):
        kept = world.sms.messages(sim)
        assert [message.id for message in kept[:3]] == before
        world.advance(1)
        assert [message.status for message in kept] == [
            Status.BUFFERED, Status.BUFFERED, Status.EXPIRED, Status.FAILED,
        ]  # fmt: skip
        assert kept[0].submitted_at_ms == -2 * HOUR_MS
        assert kept[1].user_data.part == (0xAA, 2, 1)
        heard = []
        world.sms.attach_receiver(sim, heard.append)
        world.advance(10_000)
        assert [content(octets) for octets in heard] == ["grüß dich, €", "00ff10"]
        assert world.sms.send_mt(sim, "new").id == before[-1] + 2, "no id comes again"
        world.advance(10_000)
    with opened(db, after_ms=3 * HOUR_MS) as (world, sim):
        heard = []
        world.sms.attach_receiver(sim, heard.append)
        world.advance(100_000)
        assert heard == [], "delivered once"
        assert {message.status for message in world.sms.messages(sim)} == {
            Status.DELIVERED, Status.EXPIRED, Status.FAILED,
        }  # fmt: skip


def test_a_message_expires_at_its_time_in_the_next_run(db):
    with opened(db) as (world, sim):
        world.sms.send_mt(sim, "hello")
        world.advance(HOUR_MS)
    with opened(db, after_ms=HOUR_MS) as (world, sim):
        [message] = world.sms.messages(sim)
        world.advance(23 * HOUR_MS - 1)
        assert message.status is Status.BUFFERED
        world.advance(1)
        assert message.status is Status.EXPIRED


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_waits_for_the_forwarder_is_tried_again_at_its_times(db, is_killed):
    down, up = Server(500), Server(200)
    with opened(db, server=down, is_killed=is_killed) as (world, sim):
        assert world.sms.submit(sim, submit_of("measured: 7", wants_report=True)) == 0
        world.advance(6 * 60_000)
        assert down.heard == [("POST", 1, "measured: 7")] * 2, "at once, and after 5 minutes"
    with opened(db, after_ms=10 * 60_000, server=up, is_killed=is_killed) as (world, sim):
        world.advance(5 * 60_000 - 1)
        assert up.heard == []
        world.advance(1)
        assert up.heard == [("POST", 1, "measured: 7")], "after 15 minutes"
        assert world.sms.submit(sim, submit_of("next")) == 1, "the count of the network goes on"
        world.advance(2_000)
    with opened(db, after_ms=HOUR_MS, server=up) as (world, sim):
        heard = []
        world.sms.attach_receiver(sim, heard.append)
        world.advance(48 * HOUR_MS)
        assert up.heard[1:] == [("POST", 2, "next")], "nothing is sent twice"
        [report] = heard
        assert tpdu.parse_downlink(report).reference == 0
    with opened(db, after_ms=100 * HOUR_MS) as (world, sim):
        heard = []
        world.sms.attach_receiver(sim, heard.append)
        world.advance(10_000)
        assert heard == [], "the report came once"


def test_a_message_fails_24_hours_after_it_was_sent_whoever_runs_then(db):
    with opened(db, server=Server(500)) as (world, sim):
        world.sms.submit(sim, submit_of("x"))
        world.advance(60_000)
    with opened(db, after_ms=20 * HOUR_MS) as (world, sim):
        world.advance(4 * HOUR_MS - 1)
        [message] = world.sms.messages(sim)
        assert message.status is Status.PENDING
        world.advance(1)
        assert message.status is Status.FAILED


def test_a_delivery_report_is_tried_again_in_the_next_run(db):
    down, up = Server(None), Server(200)
    with opened(db, server=down) as (world, sim):
        world.sms.attach_receiver(sim, lambda octets: None)
        world.sms.send_mt(sim, "hello")
        world.advance(60_000)
        assert down.heard == [("PATCH", 1, "DELIVERED")]
    with opened(db, after_ms=60_000, server=up) as (world, sim):
        world.advance(HOUR_MS)
        assert up.heard == [("PATCH", 1, "DELIVERED")]


def test_a_message_is_in_the_database_when_its_sender_hears_so(db):
    with opened(db) as (world, sim):
        world.sms.submit(sim, submit_of("x"))
        world.sms.send_mt(sim, "y")
        assert rows_of(db, "SELECT id, direction, status FROM short_message ORDER BY id") == [
            (1, 2, 2),
            (2, 1, 3),
        ]


def test_what_the_database_does_not_take_is_refused(tmp_path):
    db = str(tmp_path / "world.db")
    with opened(db) as (world, sim), another_program(db) as other:
        other.hold()
        with pytest.raises(SmsRejected) as caught:
            world.sms.submit(sim, submit_of("x"))
        assert caught.value.cms_error == 41
        with pytest.raises(Unavailable, match="locked by another program"):
            world.sms.send_mt(sim, "y")
        arguments = {"sim": "1", "text": "z", "source": None}
        with pytest.raises(Refused, match="locked by another program"):
            asyncio.run(WORLD_VERBS["sms"].run(Reach(world), arguments))
        assert world.sms.messages(sim) == []
        subscription = world.account.subscription(sim)
        assert (subscription.sms.used, subscription.limits["sms_mt"].used) == (0, 0)
        other.let_go()
        assert world.sms.submit(sim, submit_of("x")) == 0


def test_old_messages_are_dropped_and_the_newest_id_is_remembered(tmp_path):
    db = str(tmp_path / "world.db")
    with opened(db, kept_days=1) as (world, sim):
        waits = world.sms.send_mt(sim, "a", expiry_ms=72 * HOUR_MS)
        for text in "bcd":
            world.sms.cancel(world.sms.send_mt(sim, text))
        world.advance(72 * HOUR_MS + 2_000)
        assert waits.status is Status.EXPIRED
        # This was the change with which the old ones went.
        assert rows_of(db, "SELECT id FROM short_message ORDER BY id") == [(1,), (4,)]
    with opened(db, kept_days=1, after_ms=100 * HOUR_MS) as (world, sim):
        assert world.sms.send_mt(sim, "e").id == 5


def test_what_was_said_of_a_message_outlives_a_kill_in_the_same_instant(db):
    with opened(db, is_killed=True) as (world, sim):
        quota = world.account.subscription(sim).sms
        cancelled = world.sms.send_mt(sim, "not this")
        taken = world.sms.send_mt(sim, "taken by the modem")
        world.sms.submit(sim, submit_of("from the SIM"))
        assert world.sms.cancel(cancelled)
        world.sms.attach_receiver(sim, lambda octets: None)
        world.advance(world.settings.sms.delivery_ms)
        assert taken.status is Status.DELIVERED
        left = quota.remaining
    with opened(db) as (world, sim):
        subscription = world.account.subscription(sim)
        assert subscription.sms.remaining == left
        assert [subscription.limits[kind].used for kind in ("sms_mo", "sms_mt")] == [1, 2]
        statuses = [message.status for message in world.sms.messages(sim)]
        assert statuses == [Status.FAILED, Status.DELIVERED, Status.PENDING]
