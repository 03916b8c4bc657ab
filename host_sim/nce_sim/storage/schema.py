"""Gives a database its tables, or the ones it lacks.

    schema.prepare(connection, METADATA, "world.db")    # inside a transaction

A new database gets all tables at once and is stamped with the newest revision. That is a third of
a second faster than migrations, since Alembic is imported only for an older database. A test
checks that both ways lead to the same tables.
"""

from __future__ import annotations

import errno
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from nce_sim.storage.columns import BIG
from nce_sim.storage.errors import StorageError

# The revisions of `migrations/versions`, oldest first.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
BASELINE, HEAD = REVISIONS[0], REVISIONS[-1]

METADATA = MetaData()
# One row: how often the database was opened, and the last time by the clock of its world.
WORLD = Table(
    "world",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("boot_count", Integer, nullable=False),
    Column("last_record_ms", BIG),
)
# Alembic's own table, as Alembic makes it.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32)),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
# The tables of every world's database before there were revisions.
_BASELINE_TABLES = {"history", "state", "device", "admin_log"}


def prepare(connection: Connection, tables: MetaData, name: str) -> None:
    """Bring the database up to date; StorageError when it is not a world's, or newer."""
    present = set(inspect(connection).get_table_names())
    if not present:
        tables.create_all(connection)
        METADATA.create_all(connection)
        _VERSION.create(connection)
        connection.execute(insert(_VERSION), {"version_num": HEAD})
        connection.execute(insert(WORLD), {"number": 1, "boot_count": 0})
        return
    if _VERSION.name in present:
        revision = connection.scalar(select(_VERSION.c.version_num))
    else:
        revision = None
    if revision not in REVISIONS and (revision is not None or not present >= _BASELINE_TABLES):
        what = "newer than this nce-iot" if revision is not None else "not a world's database"
        remedy = "install its version" if revision is not None else "use another one"
        raise StorageError(errno.EINVAL, f"the database {name} is {what}; {remedy}")
    if revision != HEAD:
        _upgrade(connection, revision)


def _upgrade(connection: Connection, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    if revision is None:
        command.stamp(config, BASELINE)
    command.upgrade(config, HEAD)
