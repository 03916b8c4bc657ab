"""A position: a device, a place, a time and where it is known from.

position = Position(iccid, 6.958281, 50.941278, sampled_ms, GPS)
position.is_on_earth
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false

from nce_sim.sim_card import masked

GPS = "GPS"
CELL_TOWER = "CellTower"
SOURCES = (CELL_TOWER, GPS)


@dataclass(frozen=True)
class Position:
    """Where a device was; longitude and latitude in degrees, metadata of the Plus resolver."""

    iccid: str
    longitude: float
    latitude: float
    sampled_ms: int
    source: str
    metadata: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Position({masked(self.iccid)}, {self.source}, {self.sampled_ms})"

    @classmethod
    def of_row(cls, row: Any) -> Position:
        """The position of a row of either table."""
        metadata = None if row.metadata is None else json.loads(row.metadata)
        return cls(row.iccid, row.longitude, row.latitude, row.sampled_ms, row.source, metadata)

    def row(self, organisation_id: int) -> dict[str, Any]:
        """The position as a row of either table."""
        metadata = None if self.metadata is None else json.dumps(self.metadata)
        return {**vars(self), "metadata": metadata, "organisation_id": organisation_id}

    @property
    def is_on_earth(self) -> bool:
        return is_on_earth(self.longitude, self.latitude)

    @property
    def texts(self) -> list[str]:
        """Longitude and latitude as events have them."""
        return [json.dumps(self.longitude), json.dumps(self.latitude)]


def of_device(column: ColumnElement[str], iccid: str) -> ColumnElement[bool]:
    """The rows of a device; of none, for a text that is no ICCID: PostgreSQL refuses a NUL."""
    return column == iccid if iccid.isascii() and iccid.isdecimal() else false()


def is_on_earth(longitude: float, latitude: float) -> bool:
    """Whether these are degrees of a place; NaN is in no range."""
    return abs(longitude) <= 180 and abs(latitude) <= 90
