"""What a device was told is stored is stored: answers, batches, refusals, restarts.

The database is an SQLite file or a PostgreSQL server's; this test reads and locks it by its own
connection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from nce_sim.backend import Backend, open_storage
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.storage import StorageUnavailable
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.databases import another_program, is_sqlite, rows_of

COAP = Address("10.60.2.219", 5683)
UDP = Address("10.60.2.239", 4445)
BACKBONE_MS = 5  # from an address to a service, and back

# CON POST / with one byte of payload, by message ID; and what comes back.
CREATED = "2.04"
BOOTSTRAP = b"\x40\x01%b\xb9bootstrap"


def post(mid, payload=b"1", kind=0x40):
    return bytes((kind, 0x02)) + mid.to_bytes(2, "big") + b"\xff" + payload


def code_of(answer):
    return f"{answer[1] >> 5}.{answer[1] & 31:02d}"


class Scene:
    """SIMs in front of a backend on a database file; `answers` are (ms, code, message ID)."""

    def __init__(self, db, *, settings=None, sims=1, seed=1):
        self.db = db
        self.world = World(seed=seed)
        self.backend = Backend(self.world, db=db, settings=settings)
        self.sims = [self.world.add_sim() for _ in range(sims)]
        self.answers, self.raw = [], []
        self.world.core.set_twin(self.heard)

    def heard(self, datagram):
        answer = datagram.payload
        self.raw.append(answer)
        row = (self.world.clock.now_ms(), code_of(answer), int.from_bytes(answer[2:4], "big"))
        self.answers.append(row)

    def send(self, payload, service=COAP, sim=0):
        source = Address(self.world.core.address_of(self.sims[sim]), 40000)
        self.world.core.send(Datagram(source, service, payload))

    def advance(self, ms):
        """Let time pass; the answers of it."""
        self.world.advance(ms)
        answers, self.answers = self.answers, []
        return answers

    def kinds(self):
        return Counter(record.kind for record in self.world.timeline.records(source="backend"))

    def stored(self):
        return rows_of(self.db, "SELECT count(*) FROM history")[0][0]


@pytest.fixture
def scene(db):
    scene = Scene(db)
    yield scene
    scene.backend.close()


@pytest.fixture
def other(db, scene):
    """Another program at the same database."""
    with another_program(db) as other:
        yield other


# -- commit, then answer -----------------------------------------------------------------------


def test_the_rows_are_there_when_the_device_hears_2_04(scene):
    seen = []
    scene.world.core.set_twin(
        lambda datagram: seen.append(
            [
                rows_of(scene.db, f"SELECT count(*) FROM {table}")[0][0]
                for table in ("history", "state", "device", "admin_log")
            ]
        )
    )
    scene.send(post(1))
    scene.advance(2 * BACKBONE_MS)
    scene.send(post(2))
    scene.advance(2 * BACKBONE_MS)
    assert seen == [[1, 1, 1, 1], [2, 1, 1, 1]]


def test_a_lone_message_waits_for_nobody(scene):
    scene.send(post(1))
    assert scene.advance(1_000) == [(2 * BACKBONE_MS, CREATED, 1)]


def test_what_comes_at_one_instant_is_committed_at_once_and_64_at_most(scene, monkeypatch):
    batches = []
    commit = scene.backend.storage.commit

    def counted(works, at_ms=None):
        batches.append(len(works))
        commit(works, at_ms)

    monkeypatch.setattr(scene.backend.storage, "commit", counted)
    for mid in range(100):
        scene.send(post(mid))
    scene.send(b"raw", UDP)
    answers = scene.advance(2 * BACKBONE_MS)
    assert answers == [(2 * BACKBONE_MS, CREATED, mid) for mid in range(100)]
    assert batches == [64, 37]
    assert scene.stored() == 101


def test_what_stores_nothing_needs_no_commit(scene, other):
    other.hold()
    scene.send(b"\x40\x01\x00\x01")
    scene.send(post(2)[:-2] + b"\xd6\x02t=a//b")  # Uri-Query is option 15
    answers = scene.advance(2 * BACKBONE_MS)
    assert [code for _, code, _ in answers] == ["4.04", "4.00"]
    other.let_go()


# -- a database that is held -------------------------------------------------------------------


def test_a_message_waits_for_another_programs_write_and_its_duplicate_is_kept_quiet(scene, other):
    other.hold()
    scene.send(post(1))
    assert scene.advance(700) == []
    scene.send(post(1))
    assert scene.advance(100) == [], "a duplicate of what is under way"
    assert scene.backend.counters.messages == 0
    other.let_go()
    [(at_ms, code, mid)] = scene.advance(100)
    assert (code, mid) == (CREATED, 1)
    assert at_ms <= 800 + 25 + BACKBONE_MS
    assert scene.stored() == scene.backend.counters.messages == 1
    assert scene.backend.coap.counters["duplicate"] == 1
    assert scene.kinds()["not_stored"] == 0


def test_a_message_that_cannot_be_stored_meets_5_03_and_is_taken_when_it_comes_again(scene, other):
    events = []
    scene.backend.integrator.subscribe(lambda event: events.append(event["type"]))
    other.hold()
    for mid in (1, 2):
        scene.send(post(mid))
    answers = scene.advance(1_900)
    assert [(code, mid) for _, code, mid in answers] == [("5.03", 1), ("5.03", 2)]
    assert answers[0][0] <= 1_500 + 25 + 2 * BACKBONE_MS, "before a device repeats its request"
    # RFC 7252, 5.10: Max-Age is option 14, here of one byte: 5 seconds.
    assert scene.raw[0][4:].startswith(b"\xd1\x01\x05\xff"), scene.raw[0]
    assert b"locked by another program" in scene.raw[0]
    assert events == []
    assert (scene.backend.counters.messages, scene.backend.counters.refused) == (0, 2)
    assert scene.stored() == 0
    [record] = scene.world.timeline.records(kind="not_stored")
    assert record.fields["requests"] == 2
    assert "locked by another program" in record.fields["reason"]
    assert scene.kinds()["uplink"] == 0
    other.let_go()
    # The 5.03 to the first was lost on the air: it comes again. The second is a new message.
    scene.send(post(1))
    scene.send(post(3))
    answers = scene.advance(100)
    assert [(code, mid) for _, code, mid in answers] == [(CREATED, 1), (CREATED, 3)]
    assert events == ["LIFECYCLE", "TELEMETRY_DATA", "TELEMETRY_DATA"], "the first contact is now"
    assert scene.stored() == scene.backend.counters.messages == 2
    assert scene.kinds()["storing_again"] == 1


def test_everything_in_line_is_told_in_time_while_the_database_is_held(db):
    scene = Scene(db, settings=BackendSettings(store_max_waiting=100))
    with scene.backend, another_program(db) as other:
        other.hold()
        for mid in range(300):
            scene.send(post(mid))
            scene.world.advance(1)
        answers = scene.advance(2_000)
        assert Counter(code for _, code, _ in answers) == {"5.03": 300}
        # Each was sent at the millisecond of its message ID.
        assert max(at_ms - mid for at_ms, _, mid in answers) <= 1_500 + 5 * 25
        assert scene.backend.counters.refused == 300
        assert scene.kinds()["not_stored"] <= 4, "a flood is no flood of lines"
        other.let_go()
        scene.send(post(1_000))
        assert [code for _, code, _ in scene.advance(100)] == [CREATED]


def test_udp_that_cannot_be_stored_is_lost_and_counted(scene, other):
    other.hold()
    scene.send(b"lost", UDP)
    assert scene.advance(2_000) == []
    other.let_go()
    scene.send(b"kept", UDP)
    scene.advance(100)
    assert scene.stored() == scene.backend.counters.messages == 1
    assert scene.backend.udp.counters["lost: not stored"] == 1
    assert scene.backend.counters.refused == 1


@contextmanager
def full_disk(scene):
    """Nothing more fits into the database; at the end there is room again."""
    storage = scene.backend.storage
    if is_sqlite(scene.db):
        # SQLite's own way to a full disk.
        pages = storage.read(text("PRAGMA page_count"))[0][0]
        storage.read(text(f"PRAGMA max_page_count = {pages}"))
        yield
        storage.read(text(f"PRAGMA max_page_count = {pages + 1000}"))
        return
    # PostgreSQL's error for it, by a trigger: a disk of its own would need root.
    with another_program(scene.db) as other:
        other.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; "
            "END $$ LANGUAGE plpgsql"
        )
        other.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON history EXECUTE FUNCTION full_disk()"
        )
        yield
        other.execute("DROP TRIGGER full_disk ON history")


def test_a_full_disk_is_told_at_once_and_the_world_goes_on(scene):
    with full_disk(scene):
        for mid in range(64):
            scene.send(post(mid, bytes(1_000)))
        answers = scene.advance(2 * BACKBONE_MS)
        assert {code for _, code, _ in answers} == {"5.03"}
        [record] = scene.world.timeline.records(kind="not_stored")
        assert "full disk" in record.fields["reason"]
        assert "free some space" in record.fields["reason"]
    scene.send(post(1, bytes(1_000)))
    assert [code for _, code, _ in scene.advance(100)] == [CREATED]


def test_a_reader_with_an_open_transaction_hinders_nobody(scene, other):
    other.begin_to_read()
    other.execute("SELECT count(*) FROM history").fetchall()
    for mid in range(50):
        scene.send(post(mid))
        assert [code for _, code, _ in scene.advance(2 * BACKBONE_MS)] == [CREATED]
    assert scene.stored() == 50


def test_reading_shows_no_half_of_a_batch_that_waits(scene, other):
    other.hold()
    scene.send(post(1))
    scene.advance(100)
    assert scene.backend.inspector.history() == []
    assert scene.backend.inspector.state(scene.sims[0].iccid, "COAP") is None
    other.let_go()
    scene.advance(100)
    assert len(scene.backend.inspector.history()) == 1


def test_closing_commits_and_answers_what_waits(scene, other):
    other.hold()
    scene.send(post(1))
    scene.advance(100)
    other.let_go()
    scene.backend.close()
    assert [code for _, code, _ in scene.advance(100)] == [CREATED]
    assert scene.stored() == 1


def test_a_bug_in_a_service_answers_5_00_and_the_others_are_served(scene, monkeypatch):
    accept = scene.backend.integrator.accept

    def buggy(sim, protocol, payload, **more):
        event = accept(sim, protocol, payload, **more)
        if payload == b"bug":
            raise LookupError("a bug")
        return event

    monkeypatch.setattr(scene.backend.integrator, "accept", buggy)
    for mid, payload in enumerate((b"bug", b"good", b"bug", b"good")):
        scene.send(post(mid, payload))
    with pytest.raises(LookupError, match="a bug"):
        scene.advance(BACKBONE_MS)
    answers = scene.advance(BACKBONE_MS)
    assert [code for _, code, _ in sorted(answers, key=lambda one: one[2])] == [
        "5.00", CREATED, "5.00", CREATED]  # fmt: skip
    assert scene.stored() == 2
    assert rows_of(scene.db, "SELECT count(*) FROM device") == [(1,)]


def test_a_row_that_cannot_be_written_costs_its_own_message_alone(scene, monkeypatch):
    accept = scene.backend.integrator.accept

    def buggy(sim, protocol, payload, **more):
        topic = more.pop("topic")
        return accept(
            sim, protocol, payload, topic="\ud800" if payload == b"bug" else topic, **more
        )

    monkeypatch.setattr(scene.backend.integrator, "accept", buggy)
    for mid, payload in enumerate((b"good", b"bug", b"good")):
        scene.send(post(mid, payload))
    with pytest.raises(UnicodeEncodeError):
        scene.advance(BACKBONE_MS)
    answers = scene.advance(BACKBONE_MS)
    assert [code for _, code, _ in answers] == [CREATED, "5.00", CREATED]
    assert scene.stored() == 2


def test_an_asset_of_half_a_surrogate_pair_is_logged(scene):
    template = {"sense": [{"asset": "\ud800", "value": {"byte": 5, "type": "uint"}}]}
    scene.backend.add_template("odd", template)
    scene.send(post(1))
    assert [code for _, code, _ in scene.advance(100)] == [CREATED]
    assert "\\ud800" in scene.backend.logs.latest()[0].description


# -- keys --------------------------------------------------------------------------------------


def key_of(scene, mid=1, sim=0):
    scene.raw.clear()
    scene.send(BOOTSTRAP % mid.to_bytes(2, "big"), sim=sim)
    scene.advance(2 * BACKBONE_MS)
    [answer] = scene.raw
    assert code_of(answer) == "2.05"
    return answer[4:].partition(b"\xff")[2].split(b",")[1]


def test_a_key_is_stored_before_it_is_told_and_survives_a_kill(db):
    scene = Scene(db)
    key = key_of(scene)
    assert rows_of(db, "SELECT text FROM credential") == [(key.decode(),)]
    # The first backend is never closed, as after `kill -9`.
    if not is_sqlite(db):
        # The kernel ends the connection of a program that is killed.
        rows_of(
            db,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()",
        )
    again = Scene(db)
    assert again.backend.authenticator.psk(again.sims[0].iccid) == key
    assert key_of(again) == key, "asked within five minutes"
    again.advance(300_000)
    assert key_of(again, 2) != key
    for one in (scene, again):
        one.backend.close()


def test_a_customers_key_survives_a_restart(db):
    scene = Scene(db)
    iccid = scene.sims[0].iccid
    scene.backend.authenticator.set_psk(iccid, "0011223344556677", "HEX")
    scene.backend.close()
    again = Scene(db)
    again.advance(1_000_000)
    assert key_of(again) == b"0011223344556677"
    assert again.backend.authenticator.psk(iccid) == bytes.fromhex("0011223344556677")
    again.backend.close()


def test_a_key_that_cannot_be_stored_is_not_told_and_not_used(scene, other):
    other.hold()
    scene.send(BOOTSTRAP % b"\0\1")
    assert [code for _, code, _ in scene.advance(1_900)] == ["5.03"]
    iccid = scene.sims[0].iccid
    assert scene.backend.authenticator.psk(iccid) is None
    assert scene.backend.counters.bootstraps == 0
    with pytest.raises(StorageUnavailable):
        scene.backend.authenticator.set_psk(iccid, "long enough")
    assert scene.backend.authenticator.psk(iccid) is None
    other.let_go()
    assert scene.backend.authenticator.psk(iccid) is None
    assert key_of(scene) == scene.backend.authenticator.psk(iccid)


def test_two_boots_on_one_database_never_make_the_same_keys_or_ids(db):
    keys, ids = set(), set()
    for boot in range(3):
        # A world of its own each time, and another SIM asks first.
        scene = Scene(db, sims=3)
        keys.add(key_of(scene, sim=boot))
        scene.send(post(2), sim=boot)
        scene.advance(100)
        scene.backend.close()
        ids = {row[0] for row in rows_of(db, "SELECT event_id FROM history")}
        ids |= {row[0] for row in rows_of(db, "SELECT log_id FROM admin_log")}
    assert len(keys) == 3
    assert len(ids) == 6
    assert len({one.rpartition("-")[2] for one in ids}) == 6, "not by their times alone"


def test_a_virtual_world_on_a_new_database_is_reproducible(tmp_path):
    def run(name):
        scene = Scene(str(tmp_path / name))
        key = key_of(scene)
        scene.send(post(2))
        scene.advance(100)
        scene.backend.close()
        return key, scene.world.timeline.hash(), rows_of(scene.db, "SELECT * FROM history")

    assert run("1.db") == run("2.db")


def test_a_real_time_world_takes_its_secrets_from_the_system():
    async def keys():
        world = World(seed=1, clock=LoopClock())
        sim = world.add_sim()
        with Backend(world) as backend:
            backend.authenticator.bootstrap(sim.iccid, 0)
            return backend.authenticator.psk(sim.iccid)

    first, second = asyncio.run(keys()), asyncio.run(keys())
    assert first != second


# -- over a restart ----------------------------------------------------------------------------


def test_first_contacts_and_states_are_known_over_a_restart(db):
    for run in (1, 2):
        scene = Scene(db)
        scene.send(post(run, b"run %d" % run))
        scene.advance(100)
        scene.backend.close()
        assert rows_of(db, "SELECT count(*) FROM device") == [(1,)]
        [(state,)] = rows_of(db, "SELECT state FROM state")
        assert state == '{"message":"%s"}' % {1: "cnVuIDE=", 2: "cnVuIDI="}[run]


def test_the_database_tells_its_boots_and_its_last_record(db):
    scene = Scene(db)
    scene.advance(60_000)
    scene.send(post(1))
    scene.advance(1_000)
    scene.backend.close()
    storage = open_storage(db)
    assert storage.boot_count == 2
    start_ms = scene.world.settings.calendar_start_s * 1000
    assert storage.last_record_ms == start_ms + 61_000  # what the twin used
    with Backend(World(seed=1), db=storage) as backend:
        assert backend.storage is storage
