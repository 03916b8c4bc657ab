"""The tables of accounts and services; those of the services at hand, as they are."""

from __future__ import annotations

from alembic import context, op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is missing."""
    context.config.attributes["tables"].create_all(op.get_bind(), checkfirst=True)
