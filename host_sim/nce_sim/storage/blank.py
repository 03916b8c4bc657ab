"""A new database in memory is a copy of an empty one: its tables are made once for all of them.

blank.fill(connection, METADATA)

Unit tests make hundreds of worlds in one process, and making the tables takes twenty times as long
as copying them.
"""

from __future__ import annotations

import atexit
import sqlite3
import threading

from sqlalchemy import Connection, MetaData, Table

from nce_sim.storage import schema
from nce_sim.storage.sqlite import IN_MEMORY, raw

_BLANKS: dict[tuple[Table, ...], sqlite3.Connection] = {}
_LOCK = threading.Lock()  # worlds may be made on several threads


def fill(connection: Connection, tables: MetaData) -> None:
    """Give a database in memory its tables."""
    key = tuple(tables.tables.values())
    with _LOCK:
        blank = _BLANKS.get(key)
        if blank is not None:
            blank.backup(raw(connection))
            return
        schema.prepare(connection, tables, IN_MEMORY)
        connection.commit()
        blank = _BLANKS[key] = sqlite3.connect(IN_MEMORY, check_same_thread=False)
        atexit.register(blank.close)
        raw(connection).backup(blank)
