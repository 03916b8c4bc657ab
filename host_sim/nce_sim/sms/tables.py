"""The table of short messages, from SIMs and to them.

A message that waits has no `final_ms`; what the forwarder still has to do is in `attempt_...`, and
a status report that waits for its SIM in `report`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

SHORT_MESSAGE = Table(
    "short_message",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("iccid", String(19), nullable=False, index=True),
    Column("direction", Integer, nullable=False),
    Column("dcs", Integer, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("submitted_ms", BIG, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_type", Integer, nullable=False),
    Column("destination", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("wants_report", Boolean, nullable=False),
    Column("status", Integer, nullable=False),
    Column("final_ms", BIG),
    Column("expires_ms", BIG),
    Column("attempt_method", String(5)),
    Column("attempt_tries", Integer),
    Column("attempt_due_ms", BIG),
    Column("report", LargeBinary),
)
