"""The tables of the plugins: installations, and the tokens that Mender gave devices."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from nce_sim.storage import BIG
from nce_sim.storage.metadata import METADATA

# `details` is the JSON of what the partner needs, keys among it.
PLUGIN = Table(
    "plugin",
    METADATA,
    Column("plugin_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("partner", String(8), nullable=False),
    Column("status", String(9), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Column("details", Text, nullable=False),
    UniqueConstraint("organisation_id", "partner", name="plugin_of_partner"),
)

MENDER_TOKEN = Table(
    "mender_token",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("host", String(64), primary_key=True),
    Column("plugin_id", String(21), nullable=False, index=True),
    Column("token", Text, nullable=False),
)
