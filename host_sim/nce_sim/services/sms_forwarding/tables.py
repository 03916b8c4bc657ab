"""The table of SMS forwarders: one for an organisation."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from nce_sim.storage.metadata import METADATA

SMS_FORWARDER = Table(
    "sms_forwarder",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
)
