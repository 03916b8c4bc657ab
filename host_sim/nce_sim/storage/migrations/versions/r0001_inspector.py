"""The tables as they were before the database had revisions: Inspector and administrator logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "history",
        sa.Column("number", BIG, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(35), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("iccid", sa.String(19), nullable=False),
        sa.Column("protocol", sa.String(5), nullable=False),
        sa.Column("topic", sa.String(253)),
        sa.Column("received_ms", BIG, nullable=False),
        sa.Column("is_json", sa.Boolean, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_index("history_by_device", "history", ["device_id", "number"])
    op.create_index("ix_history_received_ms", "history", ["received_ms"])
    op.create_table(
        "state",
        sa.Column("device_id", sa.String(64), primary_key=True),
        sa.Column("protocol", sa.String(5), primary_key=True),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("device_id", sa.String(64), primary_key=True),
        sa.Column("first_contact_ms", BIG, nullable=False),
    )
    op.create_table(
        "admin_log",
        sa.Column("number", BIG, primary_key=True, autoincrement=True),
        sa.Column("log_id", sa.String(27), nullable=False),
        sa.Column("logged_ms", BIG, nullable=False),
        sa.Column("type", sa.String(11), nullable=False),
        sa.Column("category", sa.String(5), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("trace_id", sa.String(35), nullable=False),
        sa.Column("iccid", sa.String(19)),
        sa.Column("payload", sa.Text),
    )
    op.create_index("ix_admin_log_logged_ms", "admin_log", ["logged_ms"])
