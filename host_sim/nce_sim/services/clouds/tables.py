"""The table of the Cloud Integrator: a row for each integration."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

INTEGRATION = Table(
    "integration",
    METADATA,
    Column("integration_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False, index=True),
    Column("type", String(7), nullable=False),
    Column("name", String(128), nullable=False),
    Column("state", String(18), nullable=False),
    Column("event_types", Text, nullable=False),  # JSON: names
    Column("json_payload", Boolean, nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Column("first_success_ms", BIG),
    Column("error", Text),
    Column("url", Text),  # of webhooks, with `headers`, a JSON object
    Column("headers", Text),
    Column("jwt", Text),  # of AWS
    Column("aws_account_id", String(12)),
    Column("region", String(32)),
    Column("rollout_due_ms", BIG),
)
