"""The table of the Device Authenticator: DTLS keys by SIM."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

# The DTLS keys by SIM, as the customer or the Authenticator wrote them.
CREDENTIAL = Table(
    "credential",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("text", String(256), nullable=False),
    Column("key_format", String(6), nullable=False),
    Column("is_customers", Boolean, nullable=False),
    Column("called_ms", BIG),
)
