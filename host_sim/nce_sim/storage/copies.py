"""Copies of a database that is open: exports, imports and snapshots.

    export_to(storage, "world.jsonl")           # rows as JSON lines, of either kind of database
    import_from(storage, "world.jsonl")         # into a new database
    save(storage, "/tmp/…/lunch.db")            # a snapshot: quick, and of this database alone
    load(storage, "/tmp/…/lunch.db")

An import or a load that fails leaves the database as it was. The files hold keys: only their
owner can read them.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from nce_sim.storage import schema
from nce_sim.storage.database import Storage
from nce_sim.storage.errors import StorageError
from nce_sim.storage.portable import read_rows, write_rows
from nce_sim.storage.sqlite import raw

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def export_to(storage: Storage, path: str) -> int:
    """Write all rows to `path`, which is replaced once that is complete; how many there are."""
    unfinished = f"{path}.unfinished"
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            count = storage.with_connection(
                lambda connection: write_rows(connection, _tables(storage), file)
            )
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise _failed(f"the world cannot be exported to {path}", error) from error
    return count


def import_from(storage: Storage, path: str) -> int:
    """Fill a new database with an export; StorageError when it is not new, or the file wrong."""
    if not storage.with_connection(lambda connection: _is_new(connection, storage)):
        raise StorageError(
            errno.EEXIST,
            f"the database {storage.name} has rows already; import into a new one",
        )
    try:
        with open(path, encoding="utf-8") as file:
            return _replace_rows(storage, file, path)
    except UnicodeDecodeError as error:
        raise StorageError(errno.EINVAL, f"{path} is not UTF-8: no export of a world") from error
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise _failed(f"{path} cannot be read", error) from error


def save(storage: Storage, path: str) -> None:
    """Copy the database to a file that `load` takes; StorageError when that fails."""
    _need_sqlite(storage)

    def copy(connection: Connection) -> None:
        with closing(sqlite3.connect(path)) as target:
            raw(connection).backup(target, progress=_check)

    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        storage.with_connection(copy)
    except sqlite3.Error as error:
        raise _failed(f"the database {storage.name} cannot be copied", error) from error


def load(storage: Storage, path: str) -> None:
    """Put what `save` copied in the place of all that is there."""
    _need_sqlite(storage)

    def copy(connection: Connection) -> None:
        with closing(sqlite3.connect(path)) as source:
            source.backup(raw(connection), progress=_check)

    try:
        storage.with_connection(copy)
    except sqlite3.Error as error:
        raise _failed(f"the database {storage.name} cannot be replaced", error) from error
    storage.was_replaced()


def _replace_rows(storage: Storage, lines: Iterable[str], path: str) -> int:
    def replace(connection: Connection) -> int:
        connection.exec_driver_sql(storage.begin)
        count = read_rows(connection, _tables(storage), lines, path)
        connection.commit()
        return count

    try:
        count = storage.with_connection(replace)
    except SQLAlchemyError as error:
        # Its message may repeat a row, and keys are among them.
        raise StorageError(
            errno.EINVAL, f"{path} has a row that the database does not take"
        ) from error
    storage.was_replaced()
    return count


def _tables(storage: Storage) -> list[Table]:
    """All tables; those that others refer to come first."""
    return [schema.WORLD, *storage.tables.sorted_tables]


def _is_new(connection: Connection, storage: Storage) -> bool:
    return not any(
        connection.scalar(select(func.count()).select_from(table))
        for table in storage.tables.sorted_tables
    )


def _check(status: int, remaining: int, total: int) -> None:
    # Python would try again for ever, and the world's loop stands still.
    if status in _LOCKED:
        raise sqlite3.OperationalError("it is locked by another program; close that one")


def _need_sqlite(storage: Storage) -> None:
    if not storage.is_sqlite:
        raise StorageError(
            errno.ENOTSUP,
            f"{storage.name}: a running world has snapshots in SQLite alone; open it with "
            "`--db FILE` or without `--db`, or use the server's own copies and `--export`",
        )


def _failed(what: str, error: Exception) -> StorageError:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return StorageError(errno.EIO, f"{what}: {said}")
