"""The tables of the support: requests, and what was said in them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

SERVICE_REQUEST = Table(
    "service_request",
    METADATA,
    Column("case_id", Integer, primary_key=True, autoincrement=False),
    Column("organisation_id", Integer, nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("solved_ms", BIG),
    Column("status", String(11), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Index("service_request_by_organisation", "organisation_id", "case_id"),
)

COMMUNICATION = Table(
    "service_communication",
    METADATA,
    Column("case_id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", BIG, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("kind", String(9), nullable=False),
    Column("originator", String(254), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
)
