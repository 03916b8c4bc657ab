"""Templates of customers: what is taken, what decodes a message, what a customer sees."""

from __future__ import annotations

import json
from random import Random

import pytest
from sqlalchemy import text

from nce_sim.backend import open_storage
from nce_sim.problems import Conflict, Invalid, NotFound, Unprocessable
from nce_sim.services.energy_saver.service import EnergySaver
from nce_sim.services.energy_saver.settings import EnergySaverSettings
from nce_sim.storage import Work

OURS, THEIRS = 8_000_001, 8_000_002
LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
# 42 bytes as compact JSON for 16 bytes of payload: the example of 1NCE's calculation page.
PAIR = json.dumps(
    {
        "sense": [
            {"asset": name, "value": {"byte": 8 * at, "bytelength": 8, "type": "string"}}
            for at, name in enumerate(("latitudes", "longitude"))
        ]
    }
)
DAY_MS = 86_400_000


class Desk:
    """An Energy Saver over a database, with the time in hand."""

    def __init__(self, storage=None, **settings):
        self.now_ms = 20_000 * DAY_MS
        self.storage = storage or open_storage()
        self.settings = EnergySaverSettings(**settings)
        self.open()

    def open(self):
        self.saver = EnergySaver(
            self.storage, Random(1), lambda: self.now_ms, self.settings, organisation_id=OURS
        )
        self.book = self.saver.templates

    def create(self, *, of=OURS, name="tank", text=LEVEL, protocols=("COAP",), status="ACTIVE"):
        with self.storage.unit() as work:
            return self.book.create(of, name, text, protocols, status, work=work).template_id

    def change(self, template_id, *, of=OURS, **changes):
        with self.storage.unit() as work:
            return self.book.change(of, template_id, **changes, work=work)

    def delete(self, template_id, *, of=OURS):
        with self.storage.unit() as work:
            self.book.delete(of, template_id, work=work)

    def level(self, *, of=OURS, protocol="COAP"):
        translation = self.saver.translate(protocol, b"\x2a", of)
        return None if translation is None else translation.value

    def count(self, *, of=OURS, iccid="8988228066600000001", protocol="COAP", text="{}", sent=b""):
        with self.storage.unit() as work:
            self.saver.count(of, iccid, protocol, text, sent, work)


@pytest.fixture
def desk(db):
    desk = Desk(open_storage(db))
    yield desk
    desk.storage.close()


def test_a_template_decodes_the_messages_of_its_organisation_and_protocols(desk):
    desk.create()
    assert desk.level() == {"level": 42}
    assert desk.level(protocol="UDP") is None
    assert desk.level(of=THEIRS) is None


def test_a_template_is_inactive_unless_it_is_said(desk):
    template_id = desk.create(status=None)
    assert desk.level() is None
    desk.change(template_id, status="ACTIVE")
    assert desk.level() == {"level": 42}
    desk.change(template_id, protocols=("UDP",))
    assert (desk.level(), desk.level(protocol="UDP")) == (None, {"level": 42})
    desk.delete(template_id)
    assert desk.level(protocol="UDP") is None


def test_a_protocol_has_one_active_template(desk):
    first = desk.create()
    second = desk.create(name="second", protocols=("UDP", "COAP"), status="INACTIVE")
    with pytest.raises(Conflict, match="'tank' is active for COAP"):
        desk.create(name="third", protocols=("UDP", "COAP"))
    with pytest.raises(Conflict, match="'tank' is active for COAP"):
        desk.change(second, status="ACTIVE")
    desk.create(of=THEIRS, name="another's")
    desk.change(first, status="INACTIVE")
    desk.change(second, status="ACTIVE")
    with pytest.raises(Conflict, match="'second' is active for COAP"):
        desk.change(first, status="ACTIVE")
    desk.change(second, text=None, name="renamed")
    assert [one.name for one in desk.book.stored(OURS)] == ["tank", "renamed"]


WRONG = (
    ({"text": "{}"}, "The template is invalid : .*sense"),
    ({"text": "["}, "The template is invalid"),
    ({"name": ""}, "0 characters"),
    ({"name": "n" * 65}, "65 characters"),
    ({"name": "\ud800"}, "surrogate"),
    ({"text": LEVEL + "\0"}, "NUL"),
    ({"text": LEVEL + " " * 65_536}, "bytes; at most 65536"),
    ({"protocols": ()}, "unknown protocols"),
    ({"protocols": ("LWM2M",)}, "LWM2M"),
)


def test_a_wrong_template_is_refused_and_nothing_changes(desk):
    template_id = desk.create(protocols=("UDP",))
    before = desk.book.stored(OURS)
    for row, words in WRONG:
        with pytest.raises(Unprocessable, match=words):
            desk.create(**row)
        with pytest.raises(Unprocessable, match=words):
            desk.change(template_id, **row)
    assert desk.book.stored(OURS) == before
    assert desk.level(protocol="UDP") == {"level": 42}


def test_templates_are_counted(desk):
    desk = Desk(max_templates=2)
    for name in ("one", "two"):
        desk.create(name=name, status="INACTIVE")
    with pytest.raises(Conflict, match="2 templates"):
        desk.create(name="three", status="INACTIVE")
    desk.create(of=THEIRS)


def test_another_organisation_neither_sees_nor_touches_a_template(desk):
    template_id = desk.create()
    assert desk.book.stored(THEIRS) == []
    with pytest.raises(NotFound):
        desk.change(template_id, of=THEIRS, status="INACTIVE")
    with pytest.raises(NotFound):
        desk.delete(template_id, of=THEIRS)
    assert desk.level() == {"level": 42}


def test_templates_are_there_after_a_restart(desk):
    active = desk.create()
    desk.create(name="spare", status="INACTIVE")
    desk.change(active, name="renamed")
    before = desk.book.stored(OURS)
    desk.open()
    assert desk.book.stored(OURS) == before
    assert [one.name for one in before] == ["renamed", "spare"]
    assert desk.level() == {"level": 42}


def test_what_is_rolled_back_has_not_happened(desk):
    template_id = desk.create()
    work = Work()
    desk.book.change(OURS, template_id, protocols=("UDP",), work=work)
    desk.book.create(OURS, "other", LEVEL, ("COAP",), "ACTIVE", work=work)
    assert desk.level(protocol="UDP") == {"level": 42}
    work.discard()
    assert (desk.level(), desk.level(protocol="UDP")) == ({"level": 42}, None)
    work = Work()
    desk.book.delete(OURS, template_id, work=work)
    assert desk.level() is None
    work.discard()
    assert desk.level() == {"level": 42}


def test_a_template_is_added_again_after_a_restart_in_place_of_the_former(desk):
    desk.saver.add_template("tank", LEVEL)
    desk.open()
    desk.saver.add_template("tank", LEVEL.replace("level", "height"))
    assert desk.level() == {"height": 42}
    assert len(desk.book.stored(OURS)) == 1
    desk.saver.remove_template("tank")
    assert desk.book.stored(OURS) == []
    with pytest.raises(KeyError):
        desk.saver.remove_template("tank")


# -- tester and savings ------------------------------------------------------------------------


def test_the_tester_counts_decoded_bytes(desk):
    tested = desk.saver.test(PAIR, b"12345678" + b"87654321")
    assert tested.text == '{"latitudes":"12345678","longitude":"87654321"}'
    assert tested.reduced_bytes == 47 - 16
    # 100 * 0.013 * 31 / (0.013 * 47 + 94.084), by hand.
    assert tested.saved_percent == 0.43
    with pytest.raises(Invalid, match=r"cannot be processed. Asset path:latitudes, .*\[0:8\]"):
        desk.saver.test(PAIR, b"1234")
    with pytest.raises(Invalid, match="invalid"):
        desk.saver.test("{}", b"1234")


def test_text_counts_as_it_is_sent_not_as_it_is_escaped(desk):
    two = '{"sense": [{"asset": "a", "value": {"byte": 0, "bytelength": 2, "type": "string"}}]}'
    assert desk.saver.test(two, "é".encode()).reduced_bytes == len('{"a":"é"}'.encode()) - 2


def test_savings_are_summed_by_range_and_compared_with_the_range_before(desk):
    for day, sent in ((0, 1), (7, 2), (29, 4), (30, 8), (35, 16)):
        desk.now_ms = (20_000 + day) * DAY_MS + 5
        for _ in range(sent):
            desk.count(text="x" * 42, sent=bytes(16))
    savings = desk.saver.savings(OURS, 1)
    assert (savings.messages.value, savings.messages.delta) == (16, 16)
    savings = desk.saver.savings(OURS, 7)
    assert (savings.messages.value, savings.messages.delta) == (28, 28)
    assert (savings.bytes_saved.value, savings.average_saved.value) == (28 * 26, 26)
    savings = desk.saver.savings(OURS, 30)
    assert (savings.messages.value, savings.messages.delta) == (30, 29)
    assert (savings.average_saved.value, savings.average_saved.delta) == (26, 0)
    assert desk.saver.savings(THEIRS, 30).messages.value == 0
    with pytest.raises(Invalid, match="14 days"):
        desk.saver.savings(OURS, 14)


def test_messages_that_are_committed_together_all_count(desk):
    sent = [("8988228066600000001", OURS, 8), ("8988228066600000001", OURS, 4)]
    sent += [("8988228066600000002", OURS, 1), ("8988228066600000001", THEIRS, 1)]
    works = []
    for iccid, of, size in sent:
        works.append(Work())
        desk.saver.count(of, iccid, "COAP", "x" * 42, bytes(size), works[-1])
    desk.storage.commit(works)
    found = [
        (savings.messages.value, savings.bytes_saved.value)
        for savings in (
            desk.saver.savings(OURS, 1, iccid="8988228066600000001"),
            desk.saver.savings(OURS, 1, iccid="8988228066600000002"),
            desk.saver.savings(THEIRS, 1),
        )
    ]
    assert found == [(2, 34 + 38), (1, 41), (1, 41)]


def test_savings_are_filtered_by_protocol_and_sim(desk):
    desk.count(sent=b"")
    desk.count(iccid="8988228066600000002", protocol="UDP")
    for wanted, expected in (
        ({}, 2),
        ({"protocol": "UDP"}, 1),
        ({"iccid": "8988228066600000001"}, 1),
        ({"iccid": "8988228066600000001", "protocol": "UDP"}, 0),
    ):
        assert desk.saver.savings(OURS, 1, **wanted).messages.value == expected


def test_sums_older_than_two_ranges_are_dropped(desk):
    desk.count()
    desk.now_ms += 61 * DAY_MS
    desk.count()
    assert desk.storage.read(text("SELECT count(*) FROM saving"))[0][0] == 1
