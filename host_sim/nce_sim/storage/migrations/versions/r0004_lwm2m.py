"""LwM2M: keys of its server, bootstraps, registrations and observations.

Written from the tables as they were then; tables that came later have revisions of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables and their indexes."""
    op.create_table(
        "lwm2m_server_key",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("text", sa.String(length=256), nullable=False),
        sa.Column("key_format", sa.String(length=6), nullable=False),
        sa.Column("is_customers", sa.Boolean(), nullable=False),
        sa.Column("called_ms", BIG, nullable=True),
        sa.Column("created_ms", BIG, nullable=True),
        sa.Column("updated_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("iccid"),
    )
    op.create_table(
        "lwm2m_bootstrap",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("bootstrapped_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("iccid"),
    )
    op.create_table(
        "lwm2m_registration",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(length=21), nullable=False),
        sa.Column("endpoint_name", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=15), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("is_secure", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("lifetime_s", BIG, nullable=False),
        sa.Column("binding", sa.String(length=8), nullable=False),
        sa.Column("is_queueing", sa.Boolean(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("registered_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("due_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("iccid"),
        sa.UniqueConstraint("location"),
    )
    op.create_index(
        op.f("ix_lwm2m_registration_organisation_id"),
        "lwm2m_registration",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_lwm2m_registration_due_ms"), "lwm2m_registration", ["due_ms"], unique=False
    )
    op.create_table(
        "lwm2m_observation",
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("path", sa.String(length=24), nullable=False),
        sa.Column("started_ms", BIG, nullable=False),
        sa.Column("number", BIG, nullable=True),
        sa.Column("notified_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(
        op.f("ix_lwm2m_observation_iccid"), "lwm2m_observation", ["iccid"], unique=False
    )
