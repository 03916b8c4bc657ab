"""One database: opened, brought up to date, read and written.

    storage = Storage(METADATA, "world.db")           # or postgresql://user:secret@host/name
    storage.commit([work, another], wall_ms)          # all or nothing (StorageUnavailable)
    storage.read(select(history))                     # rows
    storage.close()

A connection that is lost (a PostgreSQL server that restarts) is made again at the next use. When
it was lost during a commit, the server is asked what became of that: nothing is written twice.
"""

from __future__ import annotations

import errno
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, MetaData, case, select, text, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from nce_sim.storage import blank, schema
from nce_sim.storage.errors import Fault, StorageError, failed, unavailable
from nce_sim.storage.link import Link
from nce_sim.storage.place import place_of
from nce_sim.storage.plain import Plain
from nce_sim.storage.sqlite import Sqlite
from nce_sim.storage.work import Work

Result = TypeVar("Result")

# These are errors of a row or a statement, not of the database.
_OF_THE_ROW = (IntegrityError, DataError, ProgrammingError)
_NO_RIGHTS = "42501"  # of PostgreSQL: no error of the statement, although psycopg says so

_IN_DOUBT = Fault(True, "at work on the last commit", errno.EBUSY, "wait for it to end")
_TAKEN_OVER = Fault(
    False, "changed by another world", errno.EBUSY, "stop that one, then start this one again"
)

# Records may come in any order. A comparison with no value at all is not true.
_TOUCH = Plain(
    text(
        f"UPDATE {schema.WORLD.name} SET last_record_ms = CASE WHEN last_record_ms >= :at_ms "
        "THEN last_record_ms ELSE :at_ms END"
    )
)
_BOOT = update(schema.WORLD).values(boot_count=schema.WORLD.c.boot_count + 1)


class Storage:
    """The database `db`, a path or a URL, or in memory; `tables` are those of the services.

    Raises StorageError when it cannot be opened: no folder, no server, read-only, locked for two
    seconds, not a world's database, or written by a newer version. Each opening counts as a boot.
    """

    def __init__(self, tables: MetaData, db: str | None = None) -> None:
        self._place = place_of(db)
        self._tables = tables
        self._link = Link(self._place)
        # A world that is dropped, in memory mostly, is closed, too.
        self._closing = weakref.finalize(self, self._link.close)
        # The transaction whose outcome is unknown, and what it wrote.
        self._doubt: tuple[str, list[Work]] | None = None
        self.commits = 0  # since it was opened
        try:
            self._link.connection(self._greet)
        except StorageError:
            self.close()
            raise

    def _greet(self, connection: Connection, is_first: bool) -> None:
        if not is_first:
            # Another world may have had the database while the connection was lost.
            if connection.scalar(select(schema.WORLD.c.boot_count)) != self._boot_count:
                raise failed(self.name, _TAKEN_OVER)
            return
        if not self.outlives_world:
            blank.fill(connection, self._tables)
        connection.exec_driver_sql(self._place.begin)
        schema.prepare(connection, self._tables, self.name)
        connection.execute(_BOOT)
        row = connection.execute(select(schema.WORLD)).mappings().one()
        connection.commit()
        self._boot_count: int = row["boot_count"]
        self._last_record_ms: int | None = row["last_record_ms"]

    # -- the world -------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The path, or the URL without its password."""
        return self._place.name

    @property
    def outlives_world(self) -> bool:
        """Whether the rows are there after `close`; False in memory."""
        return self._place.outlives_program

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
        nothing was written, as far as is known: a connection may be lost during the commit. Then
        trying again with the same works finds out, and writes what is not yet there. `at_ms` is
        the world's time. The caller makes the calls of a `Work`.
        """
        works = list(works)
        rows: dict[int, tuple[Executable | Plain, list[Any]]] = {}
        for work in works:
            for statement, row in work.writes:
                rows.setdefault(id(statement), (statement, []))[1].append(row)
        if not rows:
            return
        for is_last_try in (False, True):
            connection = self._link.connection(self._greet)
            try:
                self._clear_up(connection)
                if not all(work.is_stored for work in works):
                    self._write(connection, works, rows.values(), at_ms)
                break
            except BaseException as error:
                if isinstance(error, StorageError):
                    raise
                if not (isinstance(error, DBAPIError) and error.connection_invalidated):
                    self._doubt = None
                    connection.rollback()
                    if isinstance(error, DBAPIError) and not _is_of_the_row(error):
                        raise unavailable(self.name, error) from error
                    raise
                self._link.drop()
                if is_last_try:
                    raise unavailable(self.name, error) from error
        if at_ms is not None:
            self._last_record_ms = max(at_ms, self._last_record_ms or 0)

    def _write(
        self,
        connection: Connection,
        works: list[Work],
        rows: Iterable[tuple[Executable | Plain, list[Any]]],
        at_ms: int | None,
    ) -> None:
        connection.exec_driver_sql(self._place.begin)
        for statement, of_statement in rows:
            if isinstance(statement, Plain):
                statement.execute(connection, of_statement)
            else:
                connection.execute(statement, of_statement)
        if at_ms is not None:
            _TOUCH.execute(connection, [{"at_ms": at_ms}])
        mark = self._place.mark(connection)
        self._doubt = None if mark is None else (mark, works)
        connection.commit()
        self._doubt = None
        self.commits += 1

    def is_in_doubt(self, work: Work) -> bool:
        """Whether a commit of it was cut, and its outcome is unknown so far."""
        return self._doubt is not None and any(one is work for one in self._doubt[1])

    def clear_up(self) -> None:
        """Find out what became of a commit that was cut, for `Work.is_stored`.

        StorageUnavailable while the database cannot be asked.
        """
        connection = self._link.connection(self._greet)
        try:
            self._clear_up(connection)
        except DBAPIError as error:
            if error.connection_invalidated:
                self._link.drop()
            raise unavailable(self.name, error) from error

    def _clear_up(self, connection: Connection) -> None:
        if self._doubt is None:
            return
        mark, works = self._doubt
        is_committed = self._place.is_committed(connection, mark)
        if is_committed is None:
            raise failed(self.name, _IN_DOUBT)
        self._doubt = None
        for work in works:
            work.is_stored = is_committed

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
        connection = self._link.connection(self._greet)
        try:
            return self._rows(connection, query)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise unavailable(self.name, error) from error
        self._link.drop()
        try:
            return self._rows(self._link.connection(self._greet), query)
        except DBAPIError as error:
            raise unavailable(self.name, error) from error

    def _rows(self, connection: Connection, query: Executable) -> Sequence[Any]:
        try:
            return connection.execute(query).all()
        finally:
            connection.rollback()

    def size_bytes(self) -> int:
        """How much the database takes; StorageUnavailable while it cannot be asked."""
        return self.with_connection(self._place.size_bytes)

    # -- copies ----------------------------------------------------------------------------

    @property
    def tables(self) -> MetaData:
        """The tables of the services."""
        return self._tables

    @property
    def begin(self) -> str:
        """The statement that begins a transaction."""
        return self._place.begin

    @property
    def is_sqlite(self) -> bool:
        """Whether it is an SQLite file, or memory."""
        return isinstance(self._place, Sqlite)

    def with_connection(self, call: Callable[[Connection], Result]) -> Result:
        """What `call(connection)` returns; what it does not commit is rolled back."""
        connection = self._link.connection(self._greet)
        try:
            return call(connection)
        except DBAPIError as error:
            if error.connection_invalidated:
                self._link.drop()
                raise unavailable(self.name, error) from error
            raise
        finally:
            if not connection.invalidated and not connection.closed:
                connection.rollback()

    def was_replaced(self) -> None:
        """All rows are others now: they count as opened, and the world goes on after them."""

        def boot(connection: Connection) -> None:
            connection.exec_driver_sql(self._place.begin)
            connection.execute(
                update(schema.WORLD).values(
                    boot_count=case(
                        (schema.WORLD.c.boot_count > self._boot_count, schema.WORLD.c.boot_count),
                        else_=self._boot_count,
                    )
                    + 1
                )
            )
            row = connection.execute(select(schema.WORLD)).mappings().one()
            connection.commit()
            self._boot_count = row["boot_count"]
            self._last_record_ms = row["last_record_ms"]

        self.with_connection(boot)

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._closing()


def _is_of_the_row(error: DBAPIError) -> bool:
    is_of_rights = getattr(error.orig, "sqlstate", None) == _NO_RIGHTS
    return isinstance(error, _OF_THE_ROW) and not is_of_rights
