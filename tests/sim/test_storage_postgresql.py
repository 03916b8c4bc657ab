"""A world's database on a PostgreSQL server: one world, restarts, plain faults, no password told.

The server is Debian's, started by the tests (`support.postgres`).
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select, text

from nce_sim.backend import Backend, open_storage
from nce_sim.storage import (
    BIG,
    Storage,
    StorageError,
    StorageUnavailable,
    Work,
    postgresql,
    schema,
)
from nce_sim.storage.place import place_of
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.cut_line import cut_line
from support.databases import connect, rows_of

TABLES = MetaData()
THING = Table("thing", TABLES, Column("name", BIG, primary_key=True), Column("size", BIG))
ADD = insert(THING)
ALL = select(THING.c.name).order_by(THING.c.name)


def add(storage, name, at_ms=None):
    with storage.unit(at_ms) as work:
        work.write(ADD, {"name": name, "size": 1})


def names(storage):
    return [name for (name,) in storage.read(ALL)]


# -- what needs no server ----------------------------------------------------------------------

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("db", "reason"),
    [
        (f"mysql://u:{SECRET}@h/world", "mysql is no database for a world"),
        (f"postgresql://u:{SECRET}@h", "has no name"),
        (f"postgresql://u:pa:{SECRET}@ss@h:{SECRET}/world", "no URL"),
        (f"://u:{SECRET}@h/world", "no URL"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/world", "not reachable"),
        (f"postgresql://u@127.0.0.1:1/world?password={SECRET}", "not reachable"),
        (f"postgres://u:{SECRET}@127.0.0.1:1/world", "not reachable"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(db, reason):
    pytest.importorskip("psycopg", reason="psycopg is not installed; `make peers` installs it")
    with pytest.raises(StorageError, match=reason) as caught:
        Storage(TABLES, db)
    error = caught.value
    assert SECRET not in f"{error}{error!r}"
    assert SECRET not in f"{error.__cause__}{error.__cause__!r}"


def test_the_password_is_not_in_names():
    place = place_of(
        f"postgresql+psycopg://u:{SECRET}@h:5/world?password={SECRET}&sslmode=require"
    )
    assert place.name == "postgresql://u:***@h:5/world"
    assert SECRET not in repr(place)


def test_a_url_of_sqlite_is_a_path(tmp_path):
    storage = Storage(TABLES, f"sqlite:///{tmp_path}/world.db")
    assert storage.name == f"{tmp_path}/world.db"
    storage.close()
    assert Storage(TABLES, "sqlite://").outlives_world is False


def test_without_psycopg_the_message_says_what_to_install(tmp_path):
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError('No module named psycopg')")
    script = (
        "from nce_sim.backend import open_storage\n"
        "from nce_sim.storage import StorageError\n"
        "try: open_storage('postgresql://u:pw@h/world')\n"
        "except StorageError as error: print(error)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == (
        "the database postgresql://u:***@h/world needs psycopg: pip install 'nce-iot[postgres]'\n"
    )


# -- one world at a time -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_second_world_is_refused_until_the_first_has_gone(postgres):
    url = postgres.new_database()
    first = Storage(TABLES, url)
    with pytest.raises(StorageUnavailable, match="in use by another world") as caught:
        Storage(TABLES, url)
    assert caught.value.errno == errno.EBUSY
    add(first, 1)
    first.close()
    with closing(Storage(TABLES, url)) as second:
        assert (names(second), second.boot_count) == ([1], 2)


@pytest.mark.slow
def test_two_worlds_of_one_sqlite_file_write_in_turns(tmp_path):
    """As it always was: each waits for the other, and each believes its own memory."""
    path = str(tmp_path / "world.db")
    with closing(Storage(TABLES, path)) as first, closing(Storage(TABLES, path)) as second:
        for name in range(0, 10, 2):
            add(first, name)
            add(second, name + 1)
        assert names(first) == names(second) == list(range(10))


@pytest.mark.slow
def test_a_world_that_lost_its_database_to_another_one_writes_no_more(postgres):
    url = postgres.new_database()
    first = Storage(TABLES, url)
    rows_of(url, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    second = Storage(TABLES, url)
    with pytest.raises(StorageUnavailable, match="in use by another world") as caught:
        add(first, 1)
    assert caught.value.is_transient, "it may be a connection of its own that still ends"
    second.close()
    with pytest.raises(StorageUnavailable, match="changed by another world") as caught:
        add(first, 1)
    assert not caught.value.is_transient
    first.close()


# -- restarts ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_restart_between_two_writes_is_not_noticed(postgres):
    storage = Storage(TABLES, postgres.new_database())
    add(storage, 1, at_ms=1_000)
    postgres.restart()
    add(storage, 2, at_ms=2_000)
    postgres.restart()
    assert names(storage) == [1, 2]
    assert storage.boot_count == 1
    storage.close()


@pytest.mark.slow
def test_while_the_server_is_down_the_error_says_so_and_may_pass(postgres):
    url = postgres.new_database()
    storage = Storage(TABLES, url)
    work = Work()
    work.write(ADD, {"name": 1, "size": 1})
    postgres.stop()
    try:
        for _ in range(2):
            with pytest.raises(StorageUnavailable, match="check that its server runs") as caught:
                storage.commit([work])
            assert caught.value.is_transient
        with pytest.raises(StorageUnavailable, match="not reachable"):
            storage.read(ALL)
    finally:
        postgres.start()
    storage.commit([work])
    assert names(storage) == [1]
    storage.close()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["cut_before_commit", "cut_after_commit"])
def test_a_line_cut_at_the_commit_loses_nothing_and_repeats_nothing(postgres, moment):
    url = postgres.new_database()
    with cut_line(postgres.folder) as line:
        storage = Storage(TABLES, url.replace(str(postgres.folder), str(line.folder)))
        work = Work()
        work.write(ADD, {"name": 1, "size": 1})
        setattr(line, moment, True)
        storage.commit([work], 5_000)
        assert line.cuts == 1
        add(storage, 2)
        assert names(storage) == [1, 2]
        assert (storage.last_record_ms, storage.boot_count) == (5_000, 1)
        storage.close()


@pytest.mark.slow
@pytest.mark.parametrize("tried_again", [True, False])
def test_a_commit_whose_outcome_is_unknown_is_asked_for_once_the_line_is_back(
    postgres, tried_again
):
    url = postgres.new_database()
    with cut_line(postgres.folder) as line:
        storage = Storage(TABLES, url.replace(str(postgres.folder), str(line.folder)))
        first, other = Work(), Work()
        first.write(ADD, {"name": 1, "size": 1})
        other.write(ADD, {"name": 2, "size": 1})
        line.cut_after_commit = line.is_down_after_cut = True
        with pytest.raises(StorageUnavailable) as caught:
            storage.commit([first])
        assert caught.value.is_transient
        line.is_down_after_cut = False
        storage.commit([first] if tried_again else [other])
        assert names(storage) == ([1] if tried_again else [1, 2])
        storage.close()


COAP = Address("10.60.2.219", 5683)


@pytest.mark.slow
def test_a_server_that_is_away_for_a_second_costs_no_message(postgres):
    url = postgres.new_database()
    world = World(seed=1)
    answers = []
    with Backend(world, db=url) as backend:
        source = Address(world.core.address_of(world.add_sim()), 40_000)
        world.core.set_twin(lambda datagram: answers.append(datagram.payload[1]))

        def post(mid):
            payload = b"\x40\x02" + mid.to_bytes(2, "big") + b"\xff1"
            world.core.send(Datagram(source, COAP, payload))

        post(1)
        world.advance(100)
        postgres.stop(signal.SIGQUIT)
        post(2)
        world.advance(1_000)
        assert answers == [0x44]
        postgres.start()
        world.advance(200)
        assert answers == [0x44, 0x44]
        assert backend.counters.refused == 0
        assert len(backend.inspector.history()) == 2


# -- faults ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_the_server_refuses_is_told_with_its_remedy(postgres):
    cases = (
        (postgres.url("nobody_made_it"), "createdb"),
        (postgres.url("postgres", user="stranger"), "user and password"),
    )
    for url, remedy in cases:
        with pytest.raises(StorageError, match=remedy):
            Storage(TABLES, url)


@pytest.mark.slow
def test_another_programs_database_is_refused_and_left_alone(postgres):
    url = postgres.new_database()
    with closing(connect(url)) as another:
        another.execute("CREATE TABLE bookmarks (url text)")
    with pytest.raises(StorageError, match="not a world's database"):
        Storage(TABLES, url)
    assert rows_of(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [
        ("bookmarks",)
    ]


@pytest.mark.slow
def test_a_user_without_rights_is_told_so(postgres):
    url = postgres.new_database()
    Storage(TABLES, url).close()
    with closing(connect(url)) as owner:
        owner.execute("DROP ROLE IF EXISTS guest")
        owner.execute("CREATE ROLE guest LOGIN")
        owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    with pytest.raises(StorageError, match="GRANT"):
        Storage(TABLES, url.replace("world@", "guest@"))


@pytest.mark.slow
def test_a_statement_that_takes_too_long_ends_and_may_pass(postgres):
    storage = Storage(TABLES, postgres.new_database())
    with pytest.raises(StorageUnavailable, match="too slow") as caught:
        storage.read(text("SELECT pg_sleep(20)"))
    assert caught.value.is_transient
    assert names(storage) == []
    storage.close()


@pytest.mark.slow
def test_a_server_that_is_frozen_is_given_up(postgres, monkeypatch):
    monkeypatch.setattr(postgresql, "_SILENCE_S", 0.3)
    monkeypatch.setattr(postgresql, "_STATEMENT_MS", 200)
    url = postgres.new_database()
    storage = Storage(TABLES, url)
    [(pid,)] = storage.read(text("SELECT pg_backend_pid()"))
    os.kill(pid, signal.SIGSTOP)
    try:
        before_s = time.monotonic()
        # It still holds the lock of the world, so another connection is no help.
        with pytest.raises(StorageUnavailable, match="in use by another world") as caught:
            add(storage, 1)
        assert caught.value.is_transient
        assert time.monotonic() - before_s < 5
    finally:
        os.kill(pid, signal.SIGCONT)
    deadline = time.monotonic() + 10
    while rows_of(url, f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"):
        assert time.monotonic() < deadline
    add(storage, 1)
    assert names(storage) == [1]
    storage.close()


# -- revisions ---------------------------------------------------------------------------------


def at_baseline(url):
    """Give the database the tables of the first revision, as before there were revisions."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    engine = create_engine(url.replace("://", "+psycopg://"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema.BASELINE)
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()


@pytest.mark.slow
def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(postgres):
    url = postgres.new_database()
    with closing(open_storage(url)):
        pass
    shape = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    )
    shape += " WHERE table_schema = 'public' ORDER BY 1, 2"
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    new = rows_of(url, shape), rows_of(url, indexes)
    older = postgres.new_database()
    at_baseline(older)
    with closing(connect(older)) as connection:
        connection.execute("INSERT INTO device VALUES ('8988228066600000001', 1767225780005)")
    with closing(open_storage(older)) as storage:
        assert (storage.boot_count, storage.last_record_ms) == (2, 1_767_225_780_005)
    assert (rows_of(older, shape), rows_of(older, indexes)) == new
    assert rows_of(older, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]
