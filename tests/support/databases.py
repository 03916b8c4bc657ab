"""A test that takes `db` runs on SQLite and on PostgreSQL; `db` is a path or a URL.

rows_of(db, "SELECT count(*) FROM history")         # by the database's own driver
with another_program(db) as other:
    other.hold()                                    # as a program that writes for a while
    other.let_go()
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager

import pytest

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(params=KINDS)
def db(request):
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield str(request.getfixturevalue("tmp_path") / "world.db")
        return
    server = request.getfixturevalue("postgres")
    url = server.new_database()
    yield url
    server.drop(url)


def is_sqlite(db):
    return "://" not in db


def connect(db):
    """A connection that commits each statement."""
    if is_sqlite(db):
        return sqlite3.connect(db, isolation_level=None)
    import psycopg

    return psycopg.connect(db, autocommit=True, connect_timeout=5)


def rows_of(db, query):
    with closing(connect(db)) as connection:
        return connection.execute(query).fetchall()


class AnotherProgram:
    """A second connection to a world's database."""

    def __init__(self, db):
        self._is_sqlite = is_sqlite(db)
        self._connection = connect(db)

    def execute(self, query):
        return self._connection.execute(query)

    def hold(self):
        """Begin to write: nobody else can until `let_go`, and all can read."""
        if self._is_sqlite:
            self.execute("BEGIN IMMEDIATE")
            return
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        tables = ", ".join(name for (name,) in self.execute(query).fetchall())
        self.execute("BEGIN")
        self.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")

    def begin_to_read(self):
        """Open a transaction that sees the rows of now."""
        self.execute("BEGIN" if self._is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ")

    def let_go(self):
        self.execute("COMMIT")

    def close(self):
        self._connection.close()


@contextmanager
def another_program(db):
    with closing(AnotherProgram(db)) as other:
        yield other
