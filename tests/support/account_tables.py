"""A database with the tables of customers alone: a world's has many more, and each takes time."""

from functools import cache

from sqlalchemy import MetaData, Table

import nce_sim.account.access.tables
import nce_sim.account.orders.tables
import nce_sim.account.organisations.tables
import nce_sim.account.support.tables
import nce_sim.account.tables
import nce_sim.services.settings.tables
from nce_sim.storage import Storage

_MODULES = (
    nce_sim.account.access.tables,
    nce_sim.account.orders.tables,
    nce_sim.account.organisations.tables,
    nce_sim.account.support.tables,
    nce_sim.account.tables,
    nce_sim.services.settings.tables,
)


@cache
def _tables_of(modules):
    tables = MetaData()
    for module in modules:
        for table in vars(module).values():
            if isinstance(table, Table):
                table.to_metadata(tables)
    return tables


def storage_with(*modules):
    """An empty database in memory with the tables of these modules, or of all customers' ones."""
    return Storage(_tables_of(modules or _MODULES))
