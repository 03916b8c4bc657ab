"""Tables of the SIM group: changes that wait in the queue, and the limits of organisations."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

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
