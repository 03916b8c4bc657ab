"""The Historian: pages by tokens, bounds in time, how many messages came, whose they are."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from nce_sim.backend import open_storage
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.devices import Device
from nce_sim.services.inspector import history
from nce_sim.services.inspector.history import Wanted
from nce_sim.services.inspector.service import Inspector
from nce_sim.storage import Work

OURS, THEIRS = 8_000_001, 8_000_002
SIMS = [f"89882280666000000{number:02d}" for number in range(30)]
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
START_MS = 20_000 * DAY_MS


class Owners:
    """Organisation OURS has all but the last of the SIMs."""

    def organisation_of(self, iccid):
        if iccid not in SIMS:
            return None
        return THEIRS if iccid == SIMS[-1] else OURS

    def iccids(self, organisation_id):
        return [sim for sim in SIMS if self.organisation_of(sim) == organisation_id]

    def device(self, iccid):
        if iccid not in SIMS:
            return None
        number = SIMS.index(iccid)
        return Device(iccid, f"9014051{99 - number:08d}", f"10.160.0.{number + 1}")


class Desk:
    """An Inspector over a database, with the time in hand."""

    def __init__(self, storage):
        self.now_ms = START_MS
        self.storage = storage
        self.ids = itertools.count()
        self.inspector = Inspector(
            self.storage,
            lambda: self.now_ms,
            Owners(),
            organisation_id=OURS,
            token_key=b"k" * 32,
        )
        self.historian = self.inspector.historian

    def send(self, said="", *, sim=SIMS[0], protocol="COAP", of=OURS, after_ms=1_000):
        self.now_ms += after_ms
        message = {
            "id": f"1-{next(self.ids)}",
            "type": "TELEMETRY_DATA",
            "received": str(self.now_ms),
            "source": protocol,
            "device": {"iccid": sim},
            "payload": {"type": "JSON", "value": {"text": said}},
        }
        with self.storage.unit() as work:
            assert self.inspector.store(message, work, of) == []
        return said

    def insights(self, wanted, interval, *, of=OURS):
        return asyncio.run(self.historian.insights(of, wanted, interval))

    def texts(self, page):
        return [item.value["text"] for item in page.items]

    def walk(self, wanted, *, of=OURS, page_size=3):
        """The texts of all pages, newest first."""
        texts, token = [], None
        while True:
            page = self.historian.page(of, wanted, page_size=page_size, token=token)
            texts += self.texts(page)
            token = page.next_token
            if token is None:
                return texts


@pytest.fixture
def desk(db):
    desk = Desk(open_storage(db))
    yield desk
    desk.storage.close()


def test_pages_follow_each_other_whatever_comes_in_between(desk):
    sent = [desk.send(str(number), protocol=("COAP", "UDP")[number % 2]) for number in range(10)]
    first = desk.historian.page(OURS, Wanted(), page_size=4)
    assert desk.texts(first) == ["9", "8", "7", "6"]
    desk.send("later")
    second = desk.historian.page(OURS, Wanted(), page_size=4, token=first.next_token)
    assert desk.texts(second) == ["5", "4", "3", "2"]
    assert second.first_token is None, "the first token comes with the first page"
    again = desk.historian.page(OURS, Wanted(), page_size=4, token=first.first_token)
    assert again.items == first.items
    last = desk.historian.page(OURS, Wanted(), page_size=4, token=second.next_token)
    assert (desk.texts(last), last.next_token, last.first_token) == (["1", "0"], None, None)
    assert desk.walk(Wanted()) == ["later", *reversed(sent)]


def test_a_page_that_is_all_has_no_tokens(desk):
    for number in range(3):
        desk.send(str(number))
    page = desk.historian.page(OURS, Wanted(), page_size=3)
    assert (page.next_token, page.first_token) == (None, None)
    assert desk.historian.page(THEIRS, Wanted()).items == []


def test_messages_are_filtered_by_device_protocol_and_time(desk):
    for number in range(12):
        desk.send(str(number), sim=SIMS[number % 2], protocol=("COAP", "UDP", "LWM2M")[number % 3])
    at = [desk.now_ms - 11_000 + 1_000 * number for number in range(12)]
    for wanted, expected in (
        (Wanted(device_id=SIMS[0]), [10, 8, 6, 4, 2, 0]),
        (Wanted(protocol="UDP"), [10, 7, 4, 1]),
        (Wanted(device_id=SIMS[0], protocol="UDP"), [10, 4]),
        (Wanted(start_ms=at[9]), [11, 10, 9]),
        (Wanted(end_ms=at[2]), [2, 1, 0]),
        (Wanted(end_ms=at[2] - 1), [1, 0]),
        (Wanted(start_ms=at[4], end_ms=at[6]), [6, 5, 4]),
        (Wanted(start_ms=at[6], end_ms=at[4]), []),
        (Wanted(device_id=SIMS[1], start_ms=at[4], end_ms=at[6]), [5]),
        (Wanted(device_id="nobody"), []),
    ):
        assert desk.walk(wanted, page_size=2) == [str(number) for number in expected], wanted


def test_messages_end_after_seven_days(desk):
    desk.send("old")
    desk.send("new", after_ms=DAY_MS)
    desk.now_ms += 6 * DAY_MS
    assert desk.walk(Wanted()) == ["new", "old"]
    desk.now_ms += 1
    assert desk.walk(Wanted()) == ["new"]
    desk.now_ms += DAY_MS
    assert desk.walk(Wanted()) == []


def test_a_token_is_good_for_its_query_alone(desk):
    for number in range(5):
        desk.send(str(number))
        desk.send(str(number), of=THEIRS, sim=SIMS[-1])
    token = desk.historian.page(OURS, Wanted(), page_size=2).next_token
    for of, wanted, wrong in (
        (THEIRS, Wanted(), token),
        (OURS, Wanted(protocol="COAP"), token),
        (OURS, Wanted(start_ms=1), token),
        (OURS, Wanted(), token[:-4] + "AAA="),
        (OURS, Wanted(), "B" + token[1:]),
        (OURS, Wanted(), ""),
        (OURS, Wanted(), "é"),
        (OURS, Wanted(), "\ud800"),
        (OURS, Wanted(), token + "A" * 4),
    ):
        with pytest.raises(Invalid, match="token"):
            desk.historian.page(of, wanted, page_size=2, token=wrong)


def test_organisations_see_their_own_messages_alone(desk):
    desk.send("ours")
    desk.send("theirs", of=THEIRS, sim=SIMS[-1])
    # The SIM was ours once: what it sent then stays ours.
    desk.send("sent before the transfer", sim=SIMS[-1])
    assert desk.walk(Wanted()) == ["sent before the transfer", "ours"]
    assert desk.walk(Wanted(), of=THEIRS) == ["theirs"]
    assert desk.walk(Wanted(device_id=SIMS[-1]), of=THEIRS) == ["theirs"]
    assert desk.walk(Wanted(device_id=SIMS[0]), of=THEIRS) == []
    assert [item.amount for item in desk.insights(Wanted(), "1d", of=THEIRS)] == [1]
    assert desk.inspector.telemetry(THEIRS, SIMS[0]) == {}


def test_insights_count_by_protocol_and_interval(desk):
    desk.send(after_ms=23 * HOUR_MS)
    desk.send(after_ms=HOUR_MS - 1, protocol="UDP")
    desk.send(after_ms=1)
    desk.send(sim=SIMS[1], after_ms=30 * 60_000)
    day = 20_000 * DAY_MS

    def rows(wanted, interval):
        found = desk.insights(wanted, interval)
        return [(item.start_ms - day, item.protocol, item.amount) for item in found]

    assert rows(Wanted(), "1d") == [(DAY_MS, "COAP", 2), (0, "COAP", 1), (0, "UDP", 1)]
    assert rows(Wanted(), "1h") == [
        (DAY_MS, "COAP", 2),
        (23 * HOUR_MS, "COAP", 1),
        (23 * HOUR_MS, "UDP", 1),
    ]
    assert rows(Wanted(protocol="UDP"), "1d") == [(0, "UDP", 1)]
    assert rows(Wanted(device_id=SIMS[1]), "1d") == [(DAY_MS, "COAP", 1)]
    assert rows(Wanted(end_ms=day + DAY_MS - 1), "1d") == [(0, "COAP", 1), (0, "UDP", 1)]
    assert rows(Wanted(start_ms=day + DAY_MS), "1d") == [(DAY_MS, "COAP", 2)]
    assert rows(Wanted(end_ms=day), "1d") == []
    with pytest.raises(Invalid, match="'1w'"):
        rows(Wanted(), "1w")


def test_others_have_a_turn_while_many_messages_are_counted(desk, monkeypatch):
    """A query counts a bounded number of rows, and the loop goes on behind each."""
    monkeypatch.setattr(history, "COUNTED_AT_ONCE", 4)
    for _ in range(12):
        desk.send()
    desk.send(sim=SIMS[1])
    desk.send(protocol="UDP")
    read, queries = desk.storage.read, []

    def counted(query):
        rows = read(query)
        if rows and len(rows[0]) == 2:  # how many, and the last of them
            queries.append(rows[0][0])
        return rows

    async def scene():
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        for wanted, amounts in (
            (Wanted(), [13, 1]),
            (Wanted(device_id=SIMS[0]), [12, 1]),
            (Wanted(protocol="COAP", start_ms=desk.now_ms - 6_000), [6]),
        ):
            queries.clear()
            turns = 0
            found = await desk.historian.insights(OURS, wanted, "1d")
            assert [one.amount for one in found] == amounts
            assert sum(queries) == sum(amounts)
            assert max(queries) <= 4
            assert turns >= len(queries) > sum(amounts) // 4
        beside.cancel()

    monkeypatch.setattr(desk.storage, "read", counted)
    asyncio.run(scene())


def test_a_page_is_a_short_walk_along_an_index_wherever_it_is(monkeypatch):
    """However many rows there are: each query starts at a number, and needs no sorting."""
    desk = Desk(open_storage())
    for number in range(30):
        desk.send(str(number), sim=SIMS[number % 2])
    plans = []
    read = desk.storage.read

    def explained(query):
        sql = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        plans.extend(row[3] for row in read(text(f"EXPLAIN QUERY PLAN {sql}")))
        return read(query)

    monkeypatch.setattr(desk.storage, "read", explained)
    middle_ms = desk.now_ms - 10_000
    for wanted in (
        Wanted(),
        Wanted(end_ms=middle_ms),
        Wanted(device_id=SIMS[0], end_ms=middle_ms),
    ):
        token = desk.historian.page(OURS, wanted, page_size=5).next_token
        assert desk.historian.page(OURS, wanted, page_size=5, token=token).items
        assert desk.insights(wanted, "1d")
    kinds = set(plans)
    assert kinds == {
        "SEARCH history",  # the highest number
        "CO-ROUTINE piece",  # of a bounded number of rows
        "SCAN piece",
        "SEARCH history USING COVERING INDEX ix_history_received_ms (received_ms>?)",
        "SEARCH history USING INDEX history_by_organisation "
        "(organisation_id=? AND protocol=? AND number>? AND number<?)",
        "SEARCH history USING COVERING INDEX history_by_organisation "
        "(organisation_id=? AND protocol=? AND number>? AND number<?)",
        "SEARCH history USING INDEX history_by_device (device_id=? AND number>? AND number<?)",
    }


# -- state and devices -------------------------------------------------------------------------


def test_telemetry_is_the_last_state_by_protocol(desk):
    desk.send("old")
    desk.send("new")
    desk.send("raw", protocol="UDP")
    assert desk.inspector.telemetry(OURS, SIMS[0]) == {
        "COAP": {"message": {"text": "new"}},
        "UDP": {"message": {"text": "raw"}},
    }
    assert desk.inspector.telemetry(OURS, SIMS[0], "UDP") == {"UDP": {"message": {"text": "raw"}}}
    assert desk.inspector.telemetry(OURS, SIMS[1]) == {}


def test_devices_are_paged_sorted_and_filtered(desk):
    page = desk.inspector.devices(OURS, page=3)
    assert [one.iccid for one in page.items] == SIMS[20:29]
    assert (page.page, page.page_amount) == (3, 3)
    assert desk.inspector.devices(OURS, page=4).items == []
    for sort, expected in (
        (("imsi1",), SIMS[28]),
        (("-imsi1",), SIMS[0]),
        (("-ip",), SIMS[28]),
        (("ip",), SIMS[0]),
        (("-iccid", "ip"), SIMS[28]),
    ):
        assert desk.inspector.devices(OURS, sort=sort).items[0].iccid == expected, sort
    with pytest.raises(Invalid, match="'label'"):
        desk.inspector.devices(OURS, sort=("label",))
    assert [one.iccid for one in desk.inspector.devices(OURS, iccid=SIMS[4]).items] == [SIMS[4]]
    assert desk.inspector.devices(OURS, iccid=SIMS[-1]).items == []
    assert desk.inspector.devices(8_000_003).page_amount == 1


def test_a_device_of_another_organisation_is_not_there(desk):
    assert desk.inspector.device(OURS, SIMS[0]).address == "10.160.0.1"
    for device_id in (SIMS[-1], "nobody"):
        with pytest.raises(NotFound):
            desk.inspector.device(OURS, device_id)


def test_a_device_is_active_from_its_first_contact_on(desk):
    def counted(of):
        found = desk.inspector.statistics(of)
        return found.total, found.activated

    assert counted(OURS) == (29, 0)
    with desk.storage.unit() as work:
        assert desk.inspector.first_contact(SIMS[3], desk.now_ms, work)
        assert not desk.inspector.first_contact(SIMS[3], desk.now_ms, work)
    assert (counted(OURS), counted(THEIRS)) == ((29, 1), (1, 0))


def test_of_states_that_are_committed_together_the_last_stays(desk):
    works = []
    for said, sim, protocol in (
        ("1", SIMS[0], "COAP"),
        ("2", SIMS[1], "COAP"),
        ("3", SIMS[0], "UDP"),
        ("4", SIMS[0], "COAP"),
    ):
        message = {
            "id": f"1-{said}",
            "type": "TELEMETRY_DATA",
            "received": str(desk.now_ms),
            "source": protocol,
            "device": {"iccid": sim},
            "payload": {"type": "JSON", "value": {"text": said}},
        }
        works.append(Work())
        desk.inspector.store(message, works[-1], OURS)
    desk.storage.commit(works)
    states = [
        desk.inspector.state(sim, protocol)["message"]["text"]
        for sim, protocol in ((SIMS[0], "COAP"), (SIMS[0], "UDP"), (SIMS[1], "COAP"))
    ]
    assert states == ["4", "3", "2"]
    assert desk.inspector.message_count() == 4, "every message is kept"
