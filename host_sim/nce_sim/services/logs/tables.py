"""The table of the administration logs."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

ADMIN_LOG = Table(
    "admin_log",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("log_id", String(27), nullable=False),
    Column("logged_ms", BIG, nullable=False, index=True),
    Column("type", String(11), nullable=False),
    Column("category", String(5), nullable=False),
    Column("message", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("trace_id", String(35), nullable=False),
    Column("iccid", String(19)),
    Column("payload", Text),  # base64
    # None in rows from before there were organisations, until the world that has them opens.
    Column("organisation_id", Integer),
    Column("imsi", String(15)),
    Column("ip", String(15)),
    Column("geofence_id", String(21)),
    Column("integration_id", String(21)),
    Index("admin_log_by_organisation", "organisation_id", "number"),
    Index("admin_log_by_id", "log_id"),
)
