"""Tables of the Data Streamer: streams, and the records of the last days for a replay."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

STREAM = Table(
    "stream",
    METADATA,
    Column("stream_id", String(21), primary_key=True),
    Column("organisation_id", Integer, nullable=False, index=True),
    Column("name", String(128), nullable=False),
    Column("type", String(5), nullable=False),
    Column("url", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("state", String(7), nullable=False),
    Column("created_ms", BIG, nullable=False),
    Column("error", Text),
)

STREAM_RECORD = Table(
    "stream_record",
    METADATA,
    Column("record_id", BIG, primary_key=True, autoincrement=False),
    Column("organisation_id", Integer, nullable=False),
    Column("type", String(5), nullable=False),
    Column("at_ms", BIG, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Index("stream_record_by_organisation", "organisation_id", "type", "record_id"),
)
