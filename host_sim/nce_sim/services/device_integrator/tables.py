"""The table of the Device Integrator: what an organisation changed of an endpoint."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from nce_sim.storage.metadata import METADATA

DEVICE_ENDPOINT = Table(
    "device_endpoint",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("protocol", String(5), primary_key=True),
    Column("is_active", Boolean, nullable=False),
)
