"""The tables of organisations: their addresses, VPN configurations and transfers."""

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
    # What is left of a deleted one keeps its numbers: no other organisation finds its data.
    Column("is_deleted", Boolean),
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

# Between an account and its sub-account, whose name is kept when it is deleted.
SIM_TRANSFER = Table(
    "sim_transfer",
    METADATA,
    Column("transfer_id", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Integer, nullable=False),
    Column("sub_id", Integer, nullable=False),
    Column("sub_name", String(100), nullable=False),
    Column("is_to_sub", Boolean, nullable=False),
    Column("at_ms", BIG, nullable=False),
    Column("by_id", Integer, nullable=False),  # whose user or program started it
    Column("user", String(254)),  # null for a program
    Column("sims", Integer, nullable=False),
    Column("iccids", Text, nullable=False),  # a line each
    Index("sim_transfer_by_account", "account_id", "transfer_id"),
    Index("sim_transfer_by_sub", "sub_id", "transfer_id"),
)
