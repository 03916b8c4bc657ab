"""The additional e-mail addresses of organisations, and how a user is addressed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table and the column."""
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
