"""A PostgreSQL database, 13 or newer, by psycopg 3.

One connection writes and reads, and holds an advisory lock as long as it lives: two worlds in one
database would each believe their own memory. A server that restarts ends the connection and the
lock; both are taken again at the next use.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from nce_sim.storage.errors import Fault, StorageError, StorageUnavailable, failed, not_reachable

# How long opening waits: for the server, for another world's lock, for tables to be made.
_CONNECT_S = 5
_OPEN_LOCK_MS = 2_000
_OPEN_STATEMENT_MS = 60_000
# How long the event loop may stand still: for another program's lock, and for the server's work.
_LOCK_MS = 20
_STATEMENT_MS = 2_000
# A server that says nothing at all, although its own limits are over, has gone after this time.
_SILENCE_S = 5.0

# The lock of every world's database: "nce", then the number of its purpose.
_WORLD_LOCK = (0x6E6365 << 8) | 1
_IN_USE = Fault(True, "in use by another world", errno.EBUSY, "stop that one, or use another")
# SQLSTATEs.
_LOCK_NOT_AVAILABLE = "55P03"
_IN_THE_FUTURE = "22023"

_LOCK = text("SELECT pg_advisory_lock(:lock)")
_WAITS = text(
    "SELECT set_config('lock_timeout', :lock, false), "
    "set_config('statement_timeout', :statement, false)"
)
_SIZE = text("SELECT pg_database_size(current_database())")
_MARK = text("SELECT CAST(pg_current_xact_id() AS text)")
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:mark AS text) AS xid8))")


class Postgresql:
    """The database that `url` names: a `Place`."""

    begin = "BEGIN"
    outlives_program = True

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        # What follows the question mark may hold a password, too.
        self.name = url.set(drivername="postgresql", query={}).render_as_string()

    def __repr__(self) -> str:
        return f"Postgresql({self.name})"

    def engine(self) -> Engine:
        try:
            engine = create_engine(
                self._url,
                poolclass=NullPool,
                # `Storage` says BEGIN itself; a read alone is a transaction of its own.
                isolation_level="AUTOCOMMIT",
                connect_args={
                    "connect_timeout": _CONNECT_S,
                    "tcp_user_timeout": int(_SILENCE_S * 1000),
                    "application_name": "nce-iot",
                },
                hide_parameters=True,
            )
        except ModuleNotFoundError as error:
            raise StorageError(
                errno.ENOPKG,
                f"the database {self.name} needs psycopg: pip install 'nce-iot[postgres]'",
            ) from error
        event.listen(engine, "do_connect", _connect)
        return engine

    def set_up(self, connection: Connection, *, is_first: bool) -> None:
        if is_first:
            self._wait(connection, _OPEN_LOCK_MS, _OPEN_STATEMENT_MS)
        else:
            self.hurry(connection)
        try:
            connection.execute(_LOCK, {"lock": _WORLD_LOCK})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise failed(self.name, _IN_USE) from error

    def hurry(self, connection: Connection) -> None:
        self._wait(connection, _LOCK_MS, _STATEMENT_MS)

    def size_bytes(self, connection: Connection) -> int:
        return int(connection.scalar(_SIZE) or 0)

    def mark(self, connection: Connection) -> str | None:
        return str(connection.scalar(_MARK))

    def is_committed(self, connection: Connection, mark: str) -> bool | None:
        try:
            status = connection.scalar(_STATUS, {"mark": mark})
        except DBAPIError as error:
            # A crash may forget a transaction, with its number, that never reached the disk.
            if getattr(error.orig, "sqlstate", None) != _IN_THE_FUTURE:
                raise
            return False
        return None if status == "in progress" else status == "committed"

    def unreachable(self, error: DBAPIError) -> StorageUnavailable:
        return not_reachable(self.name, error)

    def _wait(self, connection: Connection, lock_ms: int, statement_ms: int) -> None:
        _limit(connection, statement_ms / 1000 + _SILENCE_S)
        connection.execute(_WAITS, {"lock": str(lock_ms), "statement": str(statement_ms)})


def _connect(dialect: object, record: object, arguments: Sequence[Any], names: Any) -> object:
    # Imported when it is used: SQLite needs none of it.
    from nce_sim.storage.bounded_connection import BoundedConnection

    return BoundedConnection.connect(*arguments, **names)


def _limit(connection: Connection, limit_s: float) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.limit_s = limit_s
