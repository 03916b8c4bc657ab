"""The table of deliveries. A row that is there waits; a delivery that is over leaves no row."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

DELIVERY = Table(
    "delivery",
    METADATA,
    # The order of a target's deliveries. We count: a row's place is known before its commit.
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("delivery_id", String(32), nullable=False),  # the same over all tries
    Column("organisation_id", Integer, nullable=False),
    Column("kind", String(12), nullable=False),  # which service sends it
    Column("target_id", String(64), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("details", Text, nullable=False),  # a JSON object of texts that its owner reads again
    Column("created_ms", BIG, nullable=False),
    Column("due_ms", BIG, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("delivery_by_target", "kind", "target_id", "number"),
)
