"""The one connection to a database, made again after it was lost.

link = Link(place)
connection = link.connection(greet)     # greet(connection, is_first) right after it was made
link.drop()                             # the next call makes another one
link.close()
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from nce_sim.storage.errors import StorageError, unavailable
from nce_sim.storage.place import Place

Greet = Callable[[Connection, bool], None]


class Link:
    """A connection to `place`; StorageError when its driver is missing."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._engine = place.engine()
        self._connection: Connection | None = None
        self._is_first = True
        self._is_closed = False

    def connection(self, greet: Greet) -> Connection:
        """The connection; StorageError when it cannot be made, or `greet` refuses it."""
        if self._connection is None:
            self._connection = self._connect(greet)
            self._is_first = False
        return self._connection

    def _connect(self, greet: Greet) -> Connection:
        if self._is_closed:
            raise StorageError(errno.EBADF, f"the database {self._place.name} is closed")
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            raise self._place.unreachable(error) from error
        try:
            self._place.set_up(connection, is_first=self._is_first)
            greet(connection, self._is_first)
            self._place.hurry(connection)
        except DBAPIError as error:
            connection.close()
            raise unavailable(self._place.name, error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def drop(self) -> None:
        """Forget a connection that is lost."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Close the connection for good; closing twice is harmless."""
        self._is_closed = True
        self.drop()
        self._engine.dispose()
