"""Rows that are written together, and the calls after their commit or rollback.

    from sqlalchemy import insert

    work = Work()
    work.write(insert(history), {"event_id": ...})
    work.after_commit(lambda: counters.count())
    work.on_rollback(lambda: known.discard(iccid))
    storage.commit([work], at_ms)

A service changes its memory at once, so that the next request of a batch sees the change, and adds
a call here that undoes it. Visible effects (events, counters) come after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Executable, Table, TextClause, text

from nce_sim.storage.plain import Plain

Row = Mapping[str, Any]


class Work:
    """Statements with their rows, in order; `storage` commits them all or none."""

    __slots__ = ("_after_commit", "_on_rollback", "is_stored", "writes")

    def __init__(self) -> None:
        self.writes: list[tuple[Executable | Plain, Row]] = []
        # What became of a commit that was cut, once that is known.
        self.is_stored: bool | None = None
        self._after_commit: list[Callable[[], object]] = []
        self._on_rollback: list[Callable[[], object]] = []

    def write(self, statement: Executable | Plain, row: Row) -> None:
        """Add a statement; rows for the same statement object are written together."""
        self.writes.append((statement, row))

    def after_commit(self, call: Callable[[], object]) -> None:
        """Call `call()` once the work is on the disk."""
        self._after_commit.append(call)

    def on_rollback(self, call: Callable[[], object]) -> None:
        """Call `call()` when the work is rolled back; the last one added comes first."""
        self._on_rollback.append(call)

    def committed(self) -> None:
        """Make the calls that waited for the commit."""
        calls, self._after_commit = self._after_commit, []
        for call in calls:
            call()

    def discard(self) -> None:
        """Undo all of it before a commit: nothing is left to write or to call."""
        self.rolled_back()
        self.writes.clear()
        self._after_commit.clear()

    def rolled_back(self) -> None:
        """Undo the changes in memory."""
        calls, self._on_rollback = self._on_rollback, []
        for call in reversed(calls):
            call()


def upsert(table: Table) -> TextClause:
    """The statement that inserts a row, or writes it over the one with the same primary key."""
    keys = {column.name for column in table.primary_key.columns}
    names = [column.name for column in table.columns]
    rest = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    # As text: SQLAlchemy compiles such an insert again each time, and that costs more than to run.
    # SQLite and PostgreSQL read it alike. All names are quoted, since their reserved words differ.
    return text(f"{_insert(table)} " + (f"DO UPDATE SET {rest}" if rest else "DO NOTHING"))


def add_up(table: Table) -> TextClause:
    """The statement that inserts a row, or adds its numbers to those of the same primary key."""
    keys = {column.name for column in table.primary_key.columns}
    names = [column.name for column in table.columns]
    sums = ", ".join(
        f'"{name}" = "{table.name}"."{name}" + excluded."{name}"'
        for name in names
        if name not in keys
    )
    return text(f"{_insert(table)} DO UPDATE SET {sums}")


def _insert(table: Table) -> str:
    keys = [column.name for column in table.primary_key.columns]
    names = [column.name for column in table.columns]
    values = ", ".join(f":{name}" for name in names)
    return (
        f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({values}) '
        f"ON CONFLICT ({_quoted(keys)})"
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
