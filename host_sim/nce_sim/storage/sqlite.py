"""An SQLite file in WAL mode, or a database in memory.

One connection writes and reads. No read stays open, so the write-ahead log does not grow because
of us, and no read sees half of a commit.
"""

from __future__ import annotations

import functools
import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, Pool, StaticPool

from nce_sim.storage.errors import StorageUnavailable, unavailable

IN_MEMORY = ":memory:"

# How long opening waits for another program, before the world runs.
_OPEN_WAIT_MS = 2_000
# How long one try to write may block the event loop; the writer tries again by the world's clock.
_BUSY_MS = 5


class Sqlite:
    """The file at `path`, or memory: a `Place`."""

    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: str | None) -> None:
        self.name = path or IN_MEMORY

    @property
    def outlives_program(self) -> bool:
        return self.name != IN_MEMORY

    def engine(self) -> Engine:
        return _engine(self.name, StaticPool) if self.outlives_program else _in_memory()

    def set_up(self, connection: Connection, *, is_first: bool) -> None:
        _pragma(connection, f"busy_timeout = {_OPEN_WAIT_MS if is_first else _BUSY_MS}")
        _pragma(connection, "journal_mode = WAL")
        _pragma(connection, "synchronous = FULL")

    def hurry(self, connection: Connection) -> None:
        _pragma(connection, f"busy_timeout = {_BUSY_MS}")

    def size_bytes(self, connection: Connection) -> int:
        pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def mark(self, connection: Connection) -> None:
        """None: there is no connection to lose."""

    def is_committed(self, connection: Connection, mark: str) -> None:
        """None: `mark` names no transaction."""

    def unreachable(self, error: DBAPIError) -> StorageUnavailable:
        return unavailable(self.name, error)


@functools.cache
def _in_memory() -> Engine:
    """The engine of all databases in memory: each connection is one of its own, and what a
    statement means to SQLite is found out once for all."""
    return _engine(None, NullPool)


def _engine(database: str | None, pool: type[Pool]) -> Engine:
    return create_engine(
        URL.create("sqlite", database=database),
        poolclass=pool,
        connect_args={"check_same_thread": False, "isolation_level": None},
        # Parameters stay out of errors: keys are among them.
        hide_parameters=True,
    )


def raw(connection: Connection) -> sqlite3.Connection:
    """What a connection to SQLite stands on."""
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def _pragma(connection: Connection, text: str) -> None:
    connection.exec_driver_sql(f"PRAGMA {text}")
    connection.rollback()
