"""The tables of access: API credentials, portal users and their sessions; hashes for secrets."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

API_CREDENTIAL = Table(
    "api_credential",
    METADATA,
    Column("client_id", String(64), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("last_used_ms", BIG),
    Index("api_credential_by_organisation", "organisation_id"),
)

# A session of a portal user, by the hash of its token.
PORTAL_SESSION = Table(
    "portal_session",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("user_id", String(21), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("expires_ms", BIG, nullable=False),
)

PORTAL_USER = Table(
    "portal_user",
    METADATA,
    Column("user_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("email", String(254), nullable=False, unique=True),  # in lower case: names are unique
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("role", String(9), nullable=False),
    Column("state", String(8), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("last_used_ms", BIG),
    Column("salutation", String(1)),  # "1" is Mr, "2" is Ms
    Column("newsletter", Boolean),
    Column("notifications", Boolean),  # of outages and maintenance
    Index("portal_user_by_organisation", "organisation_id"),
)
