"""The history of SIM transfers, and deleted organisations whose numbers are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "sim_transfer",
        sa.Column("transfer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sub_id", sa.Integer(), nullable=False),
        sa.Column("sub_name", sa.String(length=100), nullable=False),
        sa.Column("is_to_sub", sa.Boolean(), nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(length=254), nullable=True),
        sa.Column("sims", sa.Integer(), nullable=False),
        sa.Column("iccids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transfer_id"),
    )
    op.create_index("sim_transfer_by_account", "sim_transfer", ["account_id", "transfer_id"])
    op.create_index("sim_transfer_by_sub", "sim_transfer", ["sub_id", "transfer_id"])
    op.add_column("organisation", sa.Column("is_deleted", sa.Boolean(), nullable=True))
