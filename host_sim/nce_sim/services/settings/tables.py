"""Tables of the customer's settings, credits and agreements."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

SETTING = Table(
    "os_setting",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    Column("is_enabled", Boolean, nullable=False),
    Column("updated_ms", BIG, nullable=False),
)

# What was bought for a setting and is not yet used.
CREDIT = Table(
    "os_credit",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    Column("credits", Integer, nullable=False),
    Column("expires_ms", BIG, nullable=False),
)

# The organisations that accepted the Terms of Use and the Data Processing Agreement.
AGREEMENT = Table(
    "os_agreement",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("accepted_ms", BIG, nullable=False),
)
