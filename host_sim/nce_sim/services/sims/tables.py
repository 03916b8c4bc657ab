"""Tables of the SIM group: changes that wait, limits of organisations, events, usage, exports."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

# A change that was accepted and is not done; what is NULL stays as it is.
SIM_CHANGE = Table(
    "sim_change",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("organisation_id", Integer, nullable=False),
    Column("iccid", String(19), nullable=False),
    Column("due_ms", BIG, nullable=False, index=True),
    Column("is_enabled", Boolean),
    Column("imei_lock", Boolean),
    Column("label", String(255)),
    Column("is_reset", Boolean, nullable=False),
)

# The monthly limit of all SIMs of an organisation: "data", "smsMT" or "smsMO".
SIM_LIMIT = Table(
    "sim_limit",
    METADATA,
    Column("organisation_id", Integer, primary_key=True),
    Column("service", String(5), primary_key=True),
    Column("option_id", Integer, nullable=False),
)

SIM_EVENT = Table(
    "sim_event",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("iccid", String(19), nullable=False),
    Column("at_ms", BIG, nullable=False, index=True),
    Column("type", Integer, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("source", Integer, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("description", Text, nullable=False),
    Column("detail", Text),  # a JSON object
    Index("sim_event_by_sim", "iccid", "id"),
)

# What a SIM used on a day, UTC: bytes and messages, tx from the device, rx to it.
SIM_USAGE = Table(
    "sim_usage",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("day_ms", BIG, primary_key=True, autoincrement=False),
    Column("data_tx", BIG, nullable=False),
    Column("data_rx", BIG, nullable=False),
    Column("data_total", BIG, nullable=False),
    Column("sms_tx", BIG, nullable=False),
    Column("sms_rx", BIG, nullable=False),
)

# A file of SIMs that a user of the portal asked for.
SIM_EXPORT = Table(
    "sim_export",
    METADATA,
    Column("export_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("user", String(254), nullable=False),
    Column("filters", Text, nullable=False),  # a JSON object of texts
    Column("sims", Integer, nullable=False),
    Column("content", Text, nullable=False),  # CSV
    Index("sim_export_by_organisation", "organisation_id"),
)
