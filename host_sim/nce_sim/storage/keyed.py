"""Rows that come and go by their primary key: of each key the last word of a commit counts.

    KEEP = Keyed(LWM2M_REGISTRATION)
    work.write(KEEP, row)                       # all columns: inserted, or written over
    work.write(KEEP, {"iccid": iccid})          # the primary key alone: deleted

A commit writes the rows of a statement together. With two statements, a row that was inserted and
deleted in one commit would stay when another's deletion came first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, text

from nce_sim.storage.plain import Plain, Rows
from nce_sim.storage.work import upsert


class Keyed(Plain):
    """The writes of one table."""

    def __init__(self, table: Table) -> None:
        self._keys = tuple(column.name for column in table.primary_key.columns)
        self._put = Plain(upsert(table))
        where = " AND ".join(f'"{key}" = :{key}' for key in self._keys)
        self._delete = Plain(text(f'DELETE FROM "{table.name}" WHERE {where}'))

    def execute(self, connection: Connection, rows: Rows) -> None:
        """Write what is left of the rows."""
        last: dict[tuple[Any, ...], Any] = {
            tuple(row[key] for key in self._keys): row for row in rows
        }
        gone = [row for row in last.values() if len(row) == len(self._keys)]
        kept = [row for row in last.values() if len(row) > len(self._keys)]
        # First: what comes may have a value that only one row may have.
        if gone:
            self._delete.execute(connection, gone)
        if kept:
            self._put.execute(connection, kept)
