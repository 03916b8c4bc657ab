"""Tables of the Device Locator: positions, cell tower events, towers, geofences with state."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

POSITION = Table(
    "position",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("organisation_id", Integer, nullable=False),
    Column("iccid", String(19), nullable=False),
    Column("longitude", Double, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("sampled_ms", BIG, nullable=False, index=True),
    Column("source", String(9), nullable=False),
    Column("metadata", Text),  # JSON
    Index("position_of_device", "organisation_id", "iccid", "sampled_ms"),
)

# The newest of a device by the time of its sample, in the hands of one organisation.
LATEST_POSITION = Table(
    "latest_position",
    METADATA,
    Column("organisation_id", Integer, primary_key=True, autoincrement=False),
    Column("iccid", String(19), primary_key=True),
    Column("longitude", Double, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("sampled_ms", BIG, nullable=False),
    Column("source", String(9), nullable=False),
    Column("metadata", Text),
)

# Each attempt to resolve a cell; without a place it failed.
CELL_EVENT = Table(
    "cell_tower_event",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("organisation_id", Integer, nullable=False),
    Column("iccid", String(19), nullable=False),
    Column("sampled_ms", BIG, nullable=False, index=True),
    Column("mcc", String(3), nullable=False),
    Column("mnc", String(3), nullable=False),
    Column("area", BIG, nullable=False),  # LAC or TAC
    Column("cell", BIG, nullable=False),
    Column("access", String(6), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("metadata", Text),
    Index("cell_tower_event_of_device", "organisation_id", "iccid", "sampled_ms"),
)

# What was imported; it belongs to no customer. Network codes are numbers, as OpenCelliD has them.
TOWER = Table(
    "cell_tower",
    METADATA,
    Column("mcc", Integer, primary_key=True, autoincrement=False),
    Column("mnc", Integer, primary_key=True, autoincrement=False),
    Column("area", BIG, primary_key=True, autoincrement=False),
    Column("cell", BIG, primary_key=True, autoincrement=False),
    Column("longitude", Double, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("range_m", Integer, nullable=False),
)

GEOFENCE = Table(
    "geofence",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("fence_id", String(21), nullable=False, unique=True),
    Column("organisation_id", Integer, nullable=False),
    Column("name", String(50), nullable=False),
    Column("device_id", String(19)),  # None: all devices of the organisation
    Column("shape", Text, nullable=False),  # JSON
    Column("event_types", String(10), nullable=False),  # "ENTER,EXIT"
    Column("sources", String(13), nullable=False),  # "CellTower,GPS"
    Column("created_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Index("geofence_of_organisation", "organisation_id", "number"),
)

# On which side of a fence a device is, by the last position that the fence saw.
FENCE_STATE = Table(
    "geofence_state",
    METADATA,
    Column("fence_id", String(21), primary_key=True),
    Column("iccid", String(19), primary_key=True),
    Column("is_inside", Boolean, nullable=False),
    Column("sampled_ms", BIG, nullable=False),
)
