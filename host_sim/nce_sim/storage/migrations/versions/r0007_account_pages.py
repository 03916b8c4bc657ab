"""Additional e-mail addresses, how a user is addressed, and exports of SIMs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables and the column."""
    op.create_table(
        "additional_email",
        sa.Column("email_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("email_id"),
    )
    op.create_index("additional_email_by_organisation", "additional_email", ["organisation_id"])
    op.add_column("portal_user", sa.Column("salutation", sa.String(length=1)))
    op.create_table(
        "sim_export",
        sa.Column("export_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("sims", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("export_id"),
    )
    op.create_index("sim_export_by_organisation", "sim_export", ["organisation_id"])
