"""The tables of organisations, their addresses and their VPN configurations."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

ORGANISATION = Table(
    "organisation",
    METADATA,
    Column("organisation_id", Integer, primary_key=True),
    Column("parent_id", Integer),
    Column("name", String(100), nullable=False),
    Column("account_number", String(20), nullable=False, unique=True),
    Column("block", String(18), nullable=False),  # its first addresses
    Column("created_ms", BIG, nullable=False),
    Column("email", String(254), nullable=False),
    Column("phone", String(40)),
    Column("language", String(2), nullable=False),
    Column("vat_id", String(20)),
    Column("currency", String(3), nullable=False),
    Column("country", String(2), nullable=False),
    Column("payment_methods", String(100), nullable=False),  # with commas
    Column("locks_new_sims", Boolean, nullable=False),
    Column("tops_up_new_sims", Boolean, nullable=False),
    Column("breakout_mode", String(9)),
    Column("breakout_region", String(40)),
    Column("apn", String(100)),
)

POSTAL_ADDRESS = Table(
    "postal_address",
    METADATA,
    Column("address_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("postal_address_by_organisation", "organisation_id"),
)

# Where invoices and notifications of the volume go besides.
ADDITIONAL_EMAIL = Table(
    "additional_email",
    METADATA,
    Column("email_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("kind", String(7), nullable=False),
    Column("email", String(254), nullable=False),
    Index("additional_email_by_organisation", "organisation_id"),
)

VPN_CONFIGURATION = Table(
    "vpn_configuration",
    METADATA,
    Column("vpn_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False),
    Column("kind", String(7), nullable=False),
    Column("name", String(100), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("body", Text, nullable=False),
    Index("vpn_configuration_by_organisation", "organisation_id"),
)
