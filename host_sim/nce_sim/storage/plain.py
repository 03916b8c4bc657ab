"""A statement whose rows go to the driver as they are: for what every message writes.

    ADD = Plain(history.insert())
    work.write(ADD, row)

SQLAlchemy looks at each row and at each value of it, which costs a third of such a write. Here it
compiles the statement, once for a kind of database. All rows need the same keys, and values that
the driver knows: text, numbers, booleans, None. Rows that would be written over within one commit
need not be written at all: `merged` takes the rows of a commit and returns what is left of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, TextClause

Rows = Sequence[Mapping[str, Any]]


class Plain:
    """An insert, or a text with named parameters."""

    def __init__(
        self, statement: Insert | TextClause, merged: Callable[[Rows], Rows] = lambda rows: rows
    ) -> None:
        self._statement = statement
        self._merged = merged
        # By dialect: the text, the names of its parameters when they have places instead, and
        # how many keys a row has.
        self._forms: dict[str, tuple[str, Sequence[str] | None, int]] = {}

    def execute(self, connection: Connection, rows: Rows) -> None:
        """Write the rows."""
        rows = self._merged(rows)
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            compiled = self._statement.compile(dialect=dialect, column_keys=list(rows[0]))
            form = self._forms[dialect.name] = (
                compiled.string,
                compiled.positiontup,
                len(rows[0]),
            )
        written, names, count = form
        if any(len(row) != count for row in rows):
            raise ValueError(f"rows with other keys than the {count} of the first row of all")
        if names is None:
            connection.exec_driver_sql(written, [dict(row) for row in rows])
        else:
            connection.exec_driver_sql(written, [tuple([row[n] for n in names]) for row in rows])
