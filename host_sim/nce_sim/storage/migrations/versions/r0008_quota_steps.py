"""Steps of a SIM's quota that are no use of it, and what a user wants to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "quota_step",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("data_added", BIG, nullable=False),
        sa.Column("data_left", BIG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("quota_step_by_sim", "quota_step", ["iccid", "at_ms"])
    op.create_index("ix_quota_step_at_ms", "quota_step", ["at_ms"])
    op.add_column("portal_user", sa.Column("newsletter", sa.Boolean()))
    op.add_column("portal_user", sa.Column("notifications", sa.Boolean()))
