"""Gives rows from before there were organisations to the organisation that the world had.

adopt(storage, ADMIN_LOG, organisation_id=8_000_001)
"""

from __future__ import annotations

from sqlalchemy import Table, bindparam, select, update

from nce_sim.storage import Storage


def adopt(storage: Storage, table: Table, organisation_id: int) -> None:
    """Write `organisation_id` where there is none; reads only, when there is nothing to do."""
    column = table.c.organisation_id
    if not storage.read(select(column).where(column.is_(None)).limit(1)):
        return
    statement = update(table).where(column.is_(None)).values(organisation_id=bindparam("owner"))
    with storage.unit() as work:
        work.write(statement, {"owner": organisation_id})
