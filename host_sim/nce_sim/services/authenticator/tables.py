"""Tables of the Device Authenticator: keys by SIM, and the imports of many keys."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA


def _of_keys(name: str) -> Table:
    """A table of keys by SIM."""
    return Table(
        name,
        METADATA,
        Column("iccid", String(19), primary_key=True),
        Column("text", String(256), nullable=False),
        Column("key_format", String(6), nullable=False),
        Column("is_customers", Boolean, nullable=False),
        Column("called_ms", BIG),
        # None in rows of CoAP from before these columns.
        Column("created_ms", BIG),
        Column("updated_ms", BIG),
    )


# The DTLS keys of CoAP by SIM, as the customer or the Authenticator wrote them.
CREDENTIAL = _of_keys("credential")
# The keys of LwM2M by SIM; they have nothing to do with those of CoAP.
LWM2M_KEY = _of_keys("lwm2m_key")
# The keys by SIM that a bootstrap gave its LwM2M client for the LwM2M server.
LWM2M_SERVER_KEY = _of_keys("lwm2m_server_key")

# An import of many keys, and its result once it is done.
KEY_IMPORT = Table(
    "key_import",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("job_id", String(27), nullable=False, unique=True),
    Column("organisation_id", Integer, nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Column("due_ms", BIG),  # None: done
    Column("amount", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Index("key_import_by_organisation", "organisation_id", "number"),
    Index("key_import_by_due", "due_ms"),
)

# The keys that an import has still to set.
KEY_IMPORT_ITEM = Table(
    "key_import_item",
    METADATA,
    Column("job_id", String(27), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("device_id", String(64), nullable=False),
    Column("protocol", String(5), nullable=False),
    Column("text", String(128), nullable=False),
    Column("key_format", String(6), nullable=False),
)
