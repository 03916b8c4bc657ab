"""The tables of accounts and services; those of the services at hand, as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is missing: tables, and columns and indexes of the older tables."""
    tables = context.config.attributes["tables"]
    bind = op.get_bind()
    there = sa.inspect(bind)
    older = [table for table in tables.sorted_tables if there.has_table(table.name)]
    missing = [
        (table, {column["name"] for column in there.get_columns(table.name)}) for table in older
    ]
    for table, names in missing:
        for column in table.columns:
            if column.name not in names:
                op.add_column(table.name, sa.Column(column.name, column.type))
        indexes = {index["name"] for index in there.get_indexes(table.name)}
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            if index.name not in indexes:
                index.create(bind)
    tables.create_all(bind, checkfirst=True)
