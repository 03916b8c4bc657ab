"""Tables of the older onboarding: the CA, and the certificate of each device."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from nce_sim.storage import BIG
from nce_sim.storage.metadata import METADATA

# One row.
ONBOARDING_CA = Table(
    "onboarding_ca",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("certificate", Text, nullable=False),
    Column("private_key", Text, nullable=False),
)

ONBOARDED = Table(
    "onboarded",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("certificate", Text, nullable=False),
    Column("private_key", Text, nullable=False),
    Column("created_ms", BIG, nullable=False),
)
