"""Exports that another database takes, and snapshots: whole, versioned, refused when damaged."""

import json
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from nce_sim.backend import Backend, open_storage
from nce_sim.storage import StorageError, export_to, import_from, load, save, schema
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.databases import is_sqlite

UDP = Address("10.60.2.239", 4445)
TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


def lived(db):
    """A database with a SIM, its key, a template and three messages."""
    world = World(1)
    sim = world.add_sim()
    with Backend(world, db) as backend:
        backend.add_template("tank", TEMPLATE)
        backend.authenticator.bootstrap(sim.iccid, 0)
        world.sms.send_mt(sim, "hello")
        world.core.set_twin(lambda datagram: None)
        send(world, sim, b"\x01", b"\x02", b"\x03")
    return sim


def send(world, sim, *payloads):
    for payload in payloads:
        source = Address(world.core.address_of(sim), 40000)
        world.core.send(Datagram(source, UDP, payload))
        world.advance(2_000)


def rows(storage):
    """All rows of the services, by table."""
    return {
        table.name: [tuple(row) for row in storage.read(select(table))]
        for table in storage.tables.sorted_tables
    }


def opened(db):
    storage = open_storage(db)
    try:
        return storage, rows(storage)
    except BaseException:
        storage.close()
        raise


def test_an_export_has_every_row_and_another_database_takes_it(db, tmp_path):
    sim = lived(db)
    path = str(tmp_path / "world.jsonl")
    storage, before = opened(db)
    count = export_to(storage, path)
    storage.close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # it holds keys
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    assert lines[0] == {"format": "nce-world", "revision": schema.HEAD}
    assert lines[-1] == {"rows": count}
    assert {"history", "credential", "subscription", "world"} <= {
        line["table"] for line in lines[1:-1]
    }
    new = open_storage(None if is_sqlite(db) else str(tmp_path / "other.db"))
    try:
        assert import_from(new, path) == count
        assert rows(new) == before
        assert new.last_record_ms == storage.last_record_ms
        assert new.boot_count == storage.boot_count + 1
        world = World(1)
        with Backend(world, new) as backend:
            [again] = world.sims
            assert (again.iccid, again.imsi) == (sim.iccid, sim.imsi)
            send(world, again, b"\x04")
            values = [item.value for item in backend.inspector.history(sim.iccid)]
            assert values == [{"level": level} for level in (4, 3, 2, 1)]
    finally:
        new.close()


@pytest.mark.slow
def test_postgresql_goes_on_after_the_numbers_of_an_sqlite_file(postgres, tmp_path):
    db, path = str(tmp_path / "world.db"), str(tmp_path / "world.jsonl")
    sim = lived(db)
    storage, before = opened(db)
    export_to(storage, path)
    storage.close()
    url = postgres.new_database()
    try:
        new = open_storage(url)
        import_from(new, path)
        assert rows(new) == before
        world = World(1)
        with Backend(world, new) as backend:
            send(world, world.sims[0], b"\x04")
            assert len(backend.inspector.history(sim.iccid)) == 4
    finally:
        postgres.drop(url)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The lines of an export."""
    folder = tmp_path_factory.mktemp("exported")
    db, path = str(folder / "world.db"), folder / "world.jsonl"
    lived(db)
    storage = open_storage(db)
    export_to(storage, str(path))
    storage.close()
    return path.read_text().splitlines()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A file with a new database, for several tests: all must leave it so."""
    storage = open_storage(str(tmp_path_factory.mktemp("empty") / "world.db"))
    yield storage
    storage.close()


def changed(number, change):
    """A damage: one line of the file is another object."""

    def damage(lines):
        said = json.loads(lines[number])
        change(said)
        lines[number] = json.dumps(said)

    return damage


def of_table(name, change):
    def damage(lines):
        for number, line in enumerate(lines):
            said = json.loads(line)
            if said.get("table") == name:
                change(said["row"])
                lines[number] = json.dumps(said)
                return
        raise LookupError(name)

    return damage


DAMAGES = {
    "another revision": (changed(0, lambda head: head.update(revision="0002")), "'0002'"),
    "another program's": (changed(0, lambda head: head.update(format="x")), "is no export"),
    "no JSON": (lambda lines: lines.__setitem__(2, "{"), "line 3 is not JSON"),
    "no object": (lambda lines: lines.__setitem__(2, "[]"), "line 3 is not a JSON object"),
    "half": (lambda lines: lines.__delitem__(slice(5, None)), "has no end"),
    "a line is missing": (lambda lines: lines.__delitem__(5), "rows were written"),
    "unknown table": (changed(3, lambda line: line.update(table="x")), "no table 'x'"),
    "unknown column": (of_table("history", lambda row: row.update(x=1)), "has the columns"),
    "no base64": (of_table("short_message", lambda row: row.update(body="*")), "is not base64"),
    "row twice": (lambda lines: lines.insert(3, lines[3]), "does not take|rows were written"),
    "more after the end": (lambda lines: lines.append(lines[3]), "is not"),
    "empty": (lambda lines: lines.clear(), "has no end"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_export_is_refused_and_nothing_of_it_is_kept(name, exported, empty, tmp_path):
    damage, words = DAMAGES[name]
    lines, path = [*exported], tmp_path / "world.jsonl"
    damage(lines)
    path.write_text("".join(line + "\n" for line in lines))
    with pytest.raises(StorageError, match=words):
        import_from(empty, str(path))
    assert not any(rows(empty).values())
    assert empty.read(select(schema.WORLD.c.boot_count)) == [(1,)]


def test_an_import_needs_a_new_database(empty, tmp_path):
    lived(str(tmp_path / "world.db"))
    storage, before = opened(str(tmp_path / "world.db"))
    path = tmp_path / "world.jsonl"
    export_to(storage, str(path))
    try:
        with pytest.raises(StorageError, match="has rows already"):
            import_from(storage, str(path))
        with pytest.raises(StorageError, match=r"none\.jsonl cannot be read: No such file"):
            import_from(empty, str(tmp_path / "none.jsonl"))
        assert rows(storage) == before
        with pytest.raises(StorageError, match="cannot be exported"):
            export_to(storage, str(tmp_path / "none" / "world.jsonl"))
    finally:
        storage.close()


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_snapshot_takes_the_database_back(in_memory, tmp_path):
    storage = open_storage(None if in_memory else str(tmp_path / "world.db"))
    path = str(tmp_path / "snapshot.db")
    world = World(1)
    sim = world.add_sim()
    backend = Backend(world, storage)
    try:
        world.core.set_twin(lambda datagram: None)
        send(world, sim, b"before")
        save(storage, path)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        before, last_ms, boots = rows(storage), storage.last_record_ms, storage.boot_count
        send(world, sim, b"after")
        assert rows(storage) != before
        backend.stop()
        load(storage, path)
        assert rows(storage) == before
        assert (storage.last_record_ms, storage.boot_count) == (last_ms, boots + 1)
        # It is written on as before.
        with storage.unit(last_ms + 1) as work:
            work.write(storage.tables.tables["history"].delete(), {})
        assert storage.read(select(storage.tables.tables["history"])) == []
    finally:
        backend.close()


def test_a_snapshot_of_a_locked_database_leaves_it_as_it_is(tmp_path):
    db, path = str(tmp_path / "world.db"), str(tmp_path / "snapshot.db")
    lived(db)
    storage, before = opened(db)
    save(storage, path)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageError, match="cannot be replaced"):
            load(storage, path)
    finally:
        other.close()
    assert rows(storage) == before
    storage.close()


@pytest.mark.slow
def test_postgresql_has_no_snapshots(postgres, tmp_path):
    url = postgres.new_database()
    try:
        storage = open_storage(url)
        with pytest.raises(StorageError, match="in SQLite alone"):
            save(storage, str(tmp_path / "snapshot.db"))
        storage.close()
    finally:
        postgres.drop(url)
