"""The world's database: made, brought up to date, written all or nothing, plain about faults."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from nce_sim.backend import open_storage
from nce_sim.storage import (
    BIG,
    Keyed,
    Plain,
    Storage,
    StorageError,
    StorageUnavailable,
    Work,
    schema,
    upsert,
)
from nce_sim.tables import METADATA
from support.databases import another_program, is_sqlite, rows_of

# Written by the commit before the database had revisions: four messages of one SIM.
BEFORE_REVISIONS = Path(__file__).parent / "data" / "world_before_revisions.sqlite"
ROOT = Path(__file__).parents[2]
ITS_LAST_RECORD_MS = 1_767_225_780_005

TABLES = MetaData()
THING = Table("thing", TABLES, Column("name", Integer, primary_key=True), Column("size", BIG))
ADD = insert(THING)
PUT = upsert(THING)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "world.db")


def test_databases_in_memory_are_apart_though_their_tables_are_made_once(monkeypatch):
    made, create_all = [], MetaData.create_all
    monkeypatch.setattr(
        MetaData, "create_all", lambda *given: (made.append(given[0]), create_all(*given))
    )
    tables = MetaData()
    thing = Table("thing", tables, Column("name", Integer, primary_key=True))
    first, second = Storage(tables), Storage(tables)
    with first.unit() as work:
        work.write(insert(thing), {"name": 1})
    third = Storage(tables)
    assert [len(one.read(select(thing))) for one in (first, second, third)] == [1, 0, 0]
    assert [one.boot_count for one in (first, second, third)] == [1, 1, 1]
    assert made.count(tables) == 1
    for one in (first, second, third):
        one.close()


def test_a_table_that_came_later_is_in_the_next_database_in_memory():
    tables = MetaData()
    Table("thing", tables, Column("name", Integer, primary_key=True))
    Storage(tables).close()
    later = Table("later", tables, Column("name", Integer, primary_key=True))
    storage = Storage(tables)
    assert storage.read(select(later)) == []
    storage.close()


def old_database(path):
    shutil.copy(BEFORE_REVISIONS, path)
    return path


def shape_of(db):
    """Tables with their columns, keys and indexes, as the database itself tells."""
    engine = create_engine(
        f"sqlite:///{db}" if is_sqlite(db) else db.replace("://", "+psycopg://")
    )
    try:
        inspector = inspect(engine)
        return {
            table: (
                [
                    (column["name"], str(column["type"]), column["nullable"], column["default"])
                    for column in inspector.get_columns(table)
                ],
                inspector.get_pk_constraint(table)["constrained_columns"],
                sorted(
                    (index["name"], tuple(index["column_names"]), index["unique"])
                    for index in inspector.get_indexes(table)
                ),
            )
            for table in inspector.get_table_names()
        }
    finally:
        engine.dispose()


# -- revisions ---------------------------------------------------------------------------------


def test_a_database_from_before_the_revisions_opens_and_keeps_its_rows(path):
    old_database(path)
    before = {
        table: rows_of(path, f"SELECT * FROM {table}")
        for table in ("history", "state", "device", "admin_log")
    }
    assert [len(rows) for rows in before.values()] == [4, 2, 1, 2]
    storage = open_storage(path)
    assert storage.boot_count == 2, "the first boot was that of its writer"
    assert storage.last_record_ms == ITS_LAST_RECORD_MS
    storage.close()
    for table, rows in before.items():
        columns = len(rows[0])
        after = rows_of(path, f"SELECT * FROM {table}")
        assert [row[:columns] for row in after] == rows
        assert not any(any(row[columns:]) for row in after), "a new column is empty"
    assert rows_of(path, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]


def test_migrations_and_a_new_database_have_the_same_tables(tmp_path):
    open_storage(str(tmp_path / "new.db")).close()
    open_storage(old_database(str(tmp_path / "old.db"))).close()
    assert shape_of(str(tmp_path / "new.db")) == shape_of(str(tmp_path / "old.db"))


def test_what_counts_far_has_64_bits():
    """PostgreSQL's Integer ends at 2**31: at 25 days in ms."""
    for table in METADATA.tables.values():
        for column in table.columns:
            is_far = column.name.endswith("_ms") or column.autoincrement is True
            assert not is_far or column.type is BIG, f"{column} is not BIG"


def test_the_revisions_are_those_of_the_folder():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(one.revision for one in scripts.walk_revisions())[::-1] == schema.REVISIONS


def test_alembic_is_imported_only_where_a_database_is_older(path):
    script = (
        "import sys\n"
        "from nce_sim.backend import open_storage\n"
        f"for path in (None, {path!r}, {path!r}):\n"
        "    open_storage(path).close()\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.slow
def test_the_revisions_are_found_from_a_wheel(tmp_path, path):
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps")
    subprocess.run([*pip, "-w", wheels, ROOT], check=True, timeout=300, capture_output=True)
    [wheel] = wheels.glob("nce_iot-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    script = (
        "import nce_sim\n"
        "from nce_sim.backend import open_storage\n"
        f"open_storage({old_database(path)!r}).close()\n"
        "print(nce_sim.__file__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert rows_of(path, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]


def test_a_migration_that_is_cut_leaves_the_old_database(path, monkeypatch):
    old_database(path)
    upgrade = schema._upgrade

    def killed(connection, revision):
        upgrade(connection, revision)
        raise StorageError(errno.EIO, "killed here")

    monkeypatch.setattr(schema, "_upgrade", killed)
    with pytest.raises(StorageError, match="killed here"):
        open_storage(path)
    assert rows_of(path, "SELECT name FROM sqlite_master WHERE name = 'alembic_version'") == []
    monkeypatch.undo()
    open_storage(path).close()


# -- boots and the last record -----------------------------------------------------------------


def test_boots_are_counted_and_the_last_record_is_kept(db):
    for boot, at_ms in ((1, 500), (2, 900), (3, 700)):
        storage = Storage(TABLES, db)
        assert storage.boot_count == boot
        assert storage.last_record_ms == (None if boot == 1 else {2: 500, 3: 900}[boot])
        with storage.unit(at_ms) as work:
            work.write(ADD, {"name": boot, "size": 1})
        assert storage.last_record_ms == max(at_ms, 900 if boot == 3 else 0)
        storage.close()
        storage.close()
    in_memory = Storage(TABLES)
    assert (in_memory.boot_count, in_memory.last_record_ms, in_memory.outlives_world) == (
        1,
        None,
        False,
    )
    in_memory.close()


# -- all or nothing ----------------------------------------------------------------------------


def test_sqlite_syncs_to_the_disk_and_waits_for_nobody(path):
    storage = Storage(TABLES, path)
    pragmas = {name: storage.read(text(f"PRAGMA {name}"))[0][0] for name in (
        "journal_mode", "synchronous", "busy_timeout")}  # fmt: skip
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5}
    storage.close()


def test_a_commit_is_durable_and_whole(db):
    storage = Storage(TABLES, db)
    with storage.unit() as work:
        for name in range(3):
            work.write(ADD, {"name": name, "size": name})
            work.write(PUT, {"name": name, "size": name * 10})
    assert rows_of(db, "SELECT size FROM thing ORDER BY size") == [(0,), (10,), (20,)]
    calls = []
    work = Work()
    for number in (1, 2):
        work.on_rollback(lambda number=number: calls.append(number))
    work.write(PUT, {"name": 7, "size": 7})
    work.write(ADD, {"name": 1, "size": 0})
    with pytest.raises(IntegrityError, match=r"UNIQUE|unique"):
        storage.commit([work])
    work.rolled_back()
    assert calls == [2, 1], "what came last is taken back first"
    assert rows_of(db, "SELECT count(*) FROM thing") == [(3,)], "nothing of it is kept"
    with storage.unit() as work:
        work.write(ADD, {"name": 8, "size": 8})
        work.after_commit(lambda: calls.append("committed"))
    assert calls == [2, 1, "committed"]
    storage.close()


def test_plain_rows_are_written_like_others_and_stay_out_of_errors(db):
    table = Table(
        "plain",
        MetaData(),
        Column("name", String(9), primary_key=True),
        Column("is_on", Boolean),
        Column("size", BIG),
        Column("text", String),
    )
    add, put = Plain(insert(table)), Plain(upsert(table))
    storage = Storage(table.metadata, db)
    big = 1_767_225_600_000
    rows = [
        {"name": "a", "is_on": True, "size": big, "text": "é"},
        {"name": "b", "is_on": False, "size": None, "text": None},
    ]
    with storage.unit() as work:
        for row in rows:
            work.write(add, row)
        work.write(put, {**rows[1], "text": "':name"})
    found = [tuple(row) for row in storage.read(select(table).order_by(table.c.name))]
    assert found == [("a", True, big, "é"), ("b", False, None, "':name")]
    for wrong, error in (([rows[0]], IntegrityError), ([{"name": "c"}], ValueError)):
        work = Work()
        work.write(put, {**rows[0], "name": "d"})
        for row in wrong:
            work.write(add, row)
        with pytest.raises(error) as caught:
            storage.commit([work])
        assert str(big) not in f"{caught.value}{caught.value!r}"
        assert len(storage.read(select(table))) == 2, "nothing of it is kept"
    storage.close()


def test_of_rows_that_come_and_go_the_last_word_counts(db):
    table = Table(
        "keyed",
        MetaData(),
        Column("name", String(9), primary_key=True),
        Column("place", String(9), unique=True),
    )
    keep, storage = Keyed(table), Storage(table.metadata, db)
    with storage.unit() as work:
        for row in (
            {"name": "a"},
            {"name": "a", "place": "1"},
            {"name": "b", "place": "2"},
            {"name": "b"},
            {"name": "c", "place": "2"},
        ):
            work.write(keep, row)
    found = storage.read(select(table).order_by(table.c.name))
    assert [tuple(row) for row in found] == [("a", "1"), ("c", "2")]
    with storage.unit() as work:
        work.write(keep, {"name": "d", "place": "1"})
        work.write(keep, {"name": "a"})
        work.write(keep, {"name": "c", "place": "3"})
    found = storage.read(select(table).order_by(table.c.name))
    assert [tuple(row) for row in found] == [("c", "3"), ("d", "1")]
    storage.close()


# -- what is told of faults --------------------------------------------------------------------


def refused(storage):
    with pytest.raises(StorageUnavailable) as caught, storage.unit() as work:
        work.write(PUT, {"name": 1, "size": 1})
    return caught.value


def test_a_database_that_another_program_holds_is_free_again_later(db):
    storage = Storage(TABLES, db)
    with another_program(db) as other:
        other.hold()
        error = refused(storage)
        assert error.is_transient
        assert error.errno == errno.EBUSY
        assert "locked by another program" in str(error)
        assert storage.name in str(error)
        other.let_go()
    with storage.unit() as work:
        work.write(PUT, {"name": 1, "size": 1})
    storage.close()


def test_a_reader_in_a_transaction_hinders_nobody(db):
    storage = Storage(TABLES, db)
    with another_program(db) as other:
        other.begin_to_read()
        assert other.execute("SELECT count(*) FROM thing").fetchall() == [(0,)]
        for name in range(50):
            with storage.unit() as work:
                work.write(ADD, {"name": name, "size": 1})
        assert other.execute("SELECT count(*) FROM thing").fetchall() == [(0,)]
        other.let_go()
        assert other.execute("SELECT count(*) FROM thing").fetchall() == [(50,)]
    storage.close()


def test_a_full_disk_is_told_as_such(path):
    storage = Storage(TABLES, path)
    storage.read(text("PRAGMA max_page_count = 1"))  # SQLite's own way to a full disk
    large = Work()
    for name in range(10_000):
        large.write(ADD, {"name": name, "size": name})
    with pytest.raises(StorageUnavailable) as caught:
        storage.commit([large])
    assert caught.value.errno == errno.ENOSPC
    assert not caught.value.is_transient
    assert "free some space" in str(caught.value)
    storage.read(text("PRAGMA max_page_count = 100000"))
    with storage.unit() as work:
        work.write(ADD, {"name": 1, "size": 1})
    storage.close()


def test_a_database_that_became_read_only_is_told_as_such(path):
    storage = Storage(TABLES, path)
    storage._link.connection(storage._greet).exec_driver_sql("PRAGMA query_only = 1")
    error = refused(storage)
    assert error.errno == errno.EROFS
    assert "writable" in str(error)
    storage.close()


def bad_folder(path):
    return str(Path(path).parent / "nowhere" / "world.db")


def no_database(path):
    Path(path).write_bytes(b"these are notes, and no database at all\n" * 100)
    return path


def another_programs(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    return path


def newer(path):
    Storage(TABLES, path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    return path


UNUSABLE = (
    (bad_folder, "its folder"),
    (no_database, "not an SQLite database"),
    (another_programs, "not a world's database"),
    (newer, "newer than this"),
)


def test_what_is_no_use_is_refused_with_the_reason(tmp_path):
    for number, (make, reason) in enumerate(UNUSABLE):
        path = make(str(tmp_path / f"{number}.db"))
        with pytest.raises(StorageError, match=reason) as caught:
            Storage(TABLES, path)
        assert path in str(caught.value)
        assert not os.path.exists(path + "-wal")


def test_opening_a_database_that_is_held_ends_with_an_error(db):
    Storage(TABLES, db).close()
    with another_program(db) as other:
        other.hold()
        with pytest.raises(StorageUnavailable, match="locked by another program"):
            Storage(TABLES, db)


def test_parameters_stay_out_of_errors(db):
    storage = Storage(TABLES, db)
    twice = Work()
    for _ in range(2):
        twice.write(ADD, {"name": 1, "size": 4_242_424_242})
    with pytest.raises(IntegrityError) as caught:
        storage.commit([twice])
    assert "4242424242" not in f"{caught.value}{caught.value!r}"
    storage.close()
