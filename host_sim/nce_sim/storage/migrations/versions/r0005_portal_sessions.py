"""Sessions of portal users, which outlast a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "portal_session",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=21), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("expires_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
