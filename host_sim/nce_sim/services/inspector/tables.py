"""Tables of the Device Inspector: history, state, devices.

Times are milliseconds since 1970 by the world's clock. Payloads are text: the JSON of a translated
message, or the base64 of a raw one.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

# One row per message in the history of a device.
HISTORY = Table(
    "history",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("event_id", String(35), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("iccid", String(19), nullable=False),
    Column("protocol", String(5), nullable=False),
    Column("topic", String(253)),
    Column("received_ms", BIG, nullable=False, index=True),
    Column("is_json", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
    # None in rows from before there were organisations, until the world that has them opens.
    Column("organisation_id", Integer),
    Index("history_by_device", "device_id", "number"),
    Index("history_by_organisation", "organisation_id", "protocol", "number"),
)

# The last known state of a device by one protocol.
STATE = Table(
    "state",
    METADATA,
    Column("device_id", String(64), primary_key=True),
    Column("protocol", String(5), primary_key=True),
    Column("updated_ms", BIG, nullable=False),
    Column("state", Text, nullable=False),
    Column("organisation_id", Integer),
)

# The devices that have been in contact at least once.
DEVICE = Table(
    "device",
    METADATA,
    Column("device_id", String(64), primary_key=True),
    Column("first_contact_ms", BIG, nullable=False),
)
