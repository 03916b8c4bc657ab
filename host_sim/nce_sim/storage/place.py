"""Where a database is: an SQLite file, memory, or a PostgreSQL server; all that differs is here.

place = place_of("postgresql://user:secret@localhost/world")
place.name                      # "postgresql://user:***@localhost/world"
place_of("world.db").name       # "world.db"
"""

from __future__ import annotations

import errno
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError

from nce_sim.storage.errors import StorageError, StorageUnavailable
from nce_sim.storage.postgresql import Postgresql
from nce_sim.storage.sqlite import Sqlite

_FORMS = (
    "write a path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME, "
    "with %40 for an @ in the password"
)


class Place(Protocol):
    """What `Storage` needs to know of one database."""

    @property
    def name(self) -> str:
        """For people and messages, without a password."""

    @property
    def outlives_program(self) -> bool:
        """False in memory."""

    @property
    def begin(self) -> str:
        """The statement that begins a transaction of ours."""

    def engine(self) -> Engine:
        """An engine; nothing is connected yet. Raises StorageError."""

    def set_up(self, connection: Connection, *, is_first: bool) -> None:
        """Make a new connection ours; the first waits seconds for another program."""

    def hurry(self, connection: Connection) -> None:
        """From now on wait for milliseconds only: the event loop stands still meanwhile."""

    def size_bytes(self, connection: Connection) -> int:
        """How much the database takes, on its disk or in memory."""

    def mark(self, connection: Connection) -> str | None:
        """The name of the transaction, by which its outcome is known later; None: no need."""

    def is_committed(self, connection: Connection, mark: str) -> bool | None:
        """Whether that transaction was committed; None while that is open."""

    def unreachable(self, error: DBAPIError) -> StorageUnavailable:
        """The error for a connection that could not be made."""


def place_of(db: str | None) -> Place:
    """The place that `db` names: None is memory; StorageError for a URL of another kind."""
    if db is None or "://" not in db:
        return Sqlite(db)
    url = _read(db)
    kind = url.get_backend_name()
    if kind == "sqlite":
        return Sqlite(url.database)
    if kind not in ("postgresql", "postgres"):
        raise StorageError(errno.EINVAL, f"{kind} is no database for a world; {_FORMS}")
    if not url.database:
        raise StorageError(errno.EINVAL, f"the URL of the database has no name; {_FORMS}")
    return Postgresql(url)


def _read(text: str) -> URL:
    try:
        return make_url(text)
    except Exception:  # noqa: BLE001 whatever is wrong with it
        # SQLAlchemy's error may repeat a part of the text, and that may be the password.
        raise StorageError(errno.EINVAL, f"the URL of the database is no URL; {_FORMS}") from None
