"""One SQLite database: opened, brought up to date, read and written.

    storage = Storage(METADATA, "world.db")
    storage.commit([work, another], wall_ms)          # all or nothing (StorageUnavailable)
    storage.read(select(history))                     # rows
    storage.close()

One connection writes and reads. No read stays open, so the write-ahead log does not grow because
of us, and no read sees half of a commit.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    MetaData,
    bindparam,
    create_engine,
    func,
    select,
    update,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import StaticPool

from nce_sim.storage import schema
from nce_sim.storage.errors import StorageError, unavailable
from nce_sim.storage.work import Work

IN_MEMORY = ":memory:"

# How long opening waits for another program, before the world runs.
_OPEN_WAIT_MS = 2_000
# How long one try to write may block the event loop; the writer tries again by the world's clock.
_BUSY_MS = 5

# These are errors of a row or a statement, not of the database.
_OF_THE_ROW = (IntegrityError, DataError, ProgrammingError)

_TOUCH = update(schema.WORLD).values(
    # Records may come in any order. SQLite's max() of two arguments.
    last_record_ms=func.max(func.coalesce(schema.WORLD.c.last_record_ms, 0), bindparam("at_ms"))
)
_BOOT = update(schema.WORLD).values(boot_count=schema.WORLD.c.boot_count + 1)


def _close(connection: Connection, engine: Engine) -> None:
    connection.close()
    engine.dispose()


class Storage:
    """The database at `path`, or in memory; `tables` are those of the services.

    Raises StorageError when it cannot be opened: no folder, read-only, locked for two seconds, not
    a world's database, or written by a newer version. Each opening counts as a boot.
    """

    def __init__(self, tables: MetaData, path: str | None = None) -> None:
        self.path = path or IN_MEMORY
        is_file = self.path != IN_MEMORY
        # Parameters stay out of errors: keys are among them.
        self._engine = create_engine(
            URL.create("sqlite", database=self.path if is_file else None),
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "isolation_level": None},
            hide_parameters=True,
        )
        try:
            self._connection = self._engine.connect()
        except DBAPIError as error:
            self._engine.dispose()
            raise unavailable(self.path, error) from error
        # A world that is dropped, in memory mostly, is closed, too.
        self._closing = weakref.finalize(self, _close, self._connection, self._engine)
        try:
            self._open(tables)
        except DBAPIError as error:
            self.close()
            raise unavailable(self.path, error) from error
        except StorageError:
            self.close()
            raise

    def _open(self, tables: MetaData) -> None:
        self._pragma(f"busy_timeout = {_OPEN_WAIT_MS}")
        self._pragma("journal_mode = WAL")
        self._pragma("synchronous = FULL")
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        schema.prepare(self._connection, tables, self.path)
        self._connection.execute(_BOOT)
        row = self._connection.execute(select(schema.WORLD)).mappings().one()
        self._connection.commit()
        self._boot_count: int = row["boot_count"]
        self._last_record_ms: int | None = row["last_record_ms"]
        self._pragma(f"busy_timeout = {_BUSY_MS}")

    def _pragma(self, text: str) -> None:
        self._connection.exec_driver_sql(f"PRAGMA {text}")
        self._connection.rollback()

    # -- the world -------------------------------------------------------------------------

    @property
    def is_file(self) -> bool:
        return self.path != IN_MEMORY

    @property
    def boot_count(self) -> int:
        """How often this database was opened, this time included; 1 for a new one."""
        return self._boot_count

    @property
    def last_record_ms(self) -> int | None:
        """When the world wrote last, in ms since 1970 by its own clock; None if it never did."""
        return self._last_record_ms

    # -- writing and reading ---------------------------------------------------------------

    def commit(self, works: Iterable[Work], at_ms: int | None = None) -> None:
        """Write everything and wait for the disk; StorageUnavailable when the database cannot.

        A row that no database accepts raises the error of SQLAlchemy or Python. In both cases
        nothing was written. `at_ms` is the world's time. The caller makes the calls of a `Work`.
        """
        rows: dict[int, tuple[Executable, list[Any]]] = {}
        for work in works:
            for statement, row in work.writes:
                rows.setdefault(id(statement), (statement, []))[1].append(row)
        if not rows:
            return
        connection = self._connection
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for statement, of_statement in rows.values():
                connection.execute(statement, of_statement)
            if at_ms is not None:
                connection.execute(_TOUCH, {"at_ms": at_ms})
            connection.commit()
        except BaseException as error:
            connection.rollback()
            if isinstance(error, DBAPIError) and not isinstance(error, _OF_THE_ROW):
                raise unavailable(self.path, error) from error
            raise
        if at_ms is not None:
            self._last_record_ms = max(at_ms, self._last_record_ms or 0)

    @contextmanager
    def unit(self, at_ms: int | None = None) -> Iterator[Work]:
        """A Work that is committed when the block ends, and rolled back when it fails."""
        work = Work()
        try:
            yield work
            self.commit([work], at_ms)
        except BaseException:
            work.rolled_back()
            raise
        work.committed()

    def read(self, query: Executable) -> Sequence[Any]:
        """All committed rows of a query, tuples with names."""
        try:
            return self._connection.execute(query).all()
        except DBAPIError as error:
            raise unavailable(self.path, error) from error
        finally:
            self._connection.rollback()

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._closing()
