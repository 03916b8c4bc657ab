"""The world's boots and last record, and the keys of the Device Authenticator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both tables; the last record is the newest that there is."""
    op.create_table(
        "world",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("boot_count", sa.Integer, nullable=False),
        sa.Column("last_record_ms", BIG),
    )
    # The program that wrote this database had opened it: that was the first boot.
    op.execute(
        "INSERT INTO world (number, boot_count, last_record_ms) "
        "SELECT 1, 1, max(at_ms) FROM (SELECT max(received_ms) AS at_ms FROM history "
        "UNION ALL SELECT max(logged_ms) FROM admin_log "
        "UNION ALL SELECT max(updated_ms) FROM state "
        "UNION ALL SELECT max(first_contact_ms) FROM device) AS latest"
    )
    op.create_table(
        "credential",
        sa.Column("iccid", sa.String(19), primary_key=True),
        sa.Column("text", sa.String(256), nullable=False),
        sa.Column("key_format", sa.String(6), nullable=False),
        sa.Column("is_customers", sa.Boolean, nullable=False),
        sa.Column("called_ms", BIG),
    )
