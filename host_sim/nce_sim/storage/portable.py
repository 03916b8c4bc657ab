"""A whole database as one file of JSON lines, for another computer or another kind of database.

    with open("world.jsonl", "w") as file:
        write_rows(connection, tables, file)
    read_rows(connection, tables, lines, "world.jsonl")     # into a database without rows

    {"format": "nce-world", "revision": "0003"}
    {"table": "history", "row": {"number": 1, …}}
    {"rows": 1}

The revision of the schema is the format's version: a file of another one is refused. The last line
counts the rows, so that half a file is noticed. Bytes are in base64.
"""

from __future__ import annotations

import base64
import binascii
import errno
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, delete, func, insert, select, text

from nce_sim.storage import schema
from nce_sim.storage.errors import StorageError

FORMAT = "nce-world"
_AT_ONCE = 1_000  # rows of one statement


def write_rows(connection: Connection, tables: Sequence[Table], file: IO[str]) -> int:
    """Write all rows; how many there are."""
    count = 0
    file.write(json.dumps({"format": FORMAT, "revision": schema.HEAD}) + "\n")
    for table in tables:
        for row in connection.execute(select(table)).mappings():
            values = {name: _shown(value) for name, value in row.items()}
            file.write(json.dumps({"table": table.name, "row": values}) + "\n")
            count += 1
    file.write(json.dumps({"rows": count}) + "\n")
    return count


def read_rows(
    connection: Connection, tables: Sequence[Table], lines: Iterable[str], name: str
) -> int:
    """Put the rows of a file in the place of all that is there; how many there are.

    StorageError, which names the line, for a file of another revision or one that is damaged.
    """
    for table in reversed(tables):
        connection.execute(delete(table))
    by_name = {table.name: table for table in tables}
    rows = _rows(lines, by_name, name)
    count = 0
    for table, of_table in groupby(rows, lambda row: row[0]):
        values = (value for _, value in of_table)
        while some := list(islice(values, _AT_ONCE)):
            connection.execute(insert(table), some)
            count += len(some)
    if connection.dialect.name == "postgresql":
        _set_counters(connection, tables)
    return count


def _rows(
    lines: Iterable[str], tables: dict[str, Table], name: str
) -> Iterator[tuple[Table, dict[str, Any]]]:
    count, is_complete = 0, False
    for number, line in enumerate(lines, 1):
        where = f"{name}, line {number}"
        said = _object(line, where)
        if number == 1:
            _check_head(said, name)
        elif set(said) == {"rows"}:
            if said["rows"] != count:
                raise _wrong(f"{where}: {said['rows']} rows were written, {count} are there")
            is_complete = True
        elif is_complete or set(said) != {"table", "row"}:
            raise _wrong(f'{where} is not {{"table": …, "row": {{…}}}}')
        else:
            table = tables.get(str(said["table"]))
            if table is None:
                raise _wrong(f"{where}: there is no table {str(said['table'])[:40]!r}")
            yield table, _values(table, said["row"], where)
            count += 1
    if not is_complete:
        raise _wrong(f"{name} has no end: it was not written completely; export it again")


def _check_head(said: dict[str, Any], name: str) -> None:
    if said.get("format") != FORMAT:
        raise _wrong(f"{name} is no export of a world; `nce sim up --export FILE` makes one")
    if said.get("revision") != schema.HEAD:
        raise _wrong(
            f"{name} was exported at revision {str(said.get('revision'))[:20]!r} of the database; "
            f"this nce-iot has {schema.HEAD!r}: export it again with this version"
        )


def _values(table: Table, row: Any, where: str) -> dict[str, Any]:
    names = {column.name for column in table.columns}
    if not isinstance(row, dict) or set(row) != names:
        raise _wrong(f"{where}: a row of {table.name} has the columns {', '.join(sorted(names))}")
    values = dict(row)
    for column in table.columns:
        value = values[column.name]
        if isinstance(column.type, LargeBinary) and value is not None:
            try:
                values[column.name] = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError, TypeError) as error:
                raise _wrong(f"{where}: {column.name} is not base64") from error
    return values


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{where} is not JSON") from error
    if not isinstance(said, dict):
        raise _wrong(f"{where} is not a JSON object")
    return said


def _shown(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _set_counters(connection: Connection, tables: Sequence[Table]) -> None:
    """PostgreSQL counts rows apart from them: it goes on after the largest number."""
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        most = connection.scalar(select(func.max(column)))
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, :column), :most, :is_used)"),
            {
                "name": table.name,
                "column": column.name,
                "most": most or 1,
                "is_used": most is not None,
            },
        )


def _wrong(message: str) -> StorageError:
    return StorageError(errno.EINVAL, message)
