"""The table of the Device Controller: action requests, active and archived."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage import BIG
from nce_sim.storage.metadata import METADATA

# `due_ms`: when a scheduled request expires, and when any other is deleted.
ACTION_REQUEST = Table(
    "action_request",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("request_id", String(27), nullable=False, unique=True),
    Column("organisation_id", Integer, nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("ip", String(15), nullable=False),
    Column("protocol", String(5), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("status", String(11), nullable=False),
    Column("created_ms", BIG, nullable=False, index=True),
    Column("updated_ms", BIG, nullable=False),
    Column("due_ms", BIG, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("result", Text),
    Index("action_request_of_organisation", "organisation_id", "status", "created_ms"),
    Index("action_request_of_device", "device_id", "status"),
)
