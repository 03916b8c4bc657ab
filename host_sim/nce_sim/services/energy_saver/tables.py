"""Tables of the Energy Saver: templates, and what they saved by day, device and protocol."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

TEMPLATE = Table(
    "template",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("template_id", String(21), nullable=False, unique=True),
    Column("organisation_id", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("protocols", String(9), nullable=False),  # "COAP", "UDP" or "COAP,UDP"
    Column("status", String(8), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Index("template_by_organisation", "organisation_id", "number"),
)

# Sums of the translated messages; `day` counts from 1970-01-01, UTC.
SAVING = Table(
    "saving",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("iccid", String(19), primary_key=True),
    Column("protocol", String(5), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("json_bytes", Integer, nullable=False),
    Column("payload_bytes", Integer, nullable=False),
)
