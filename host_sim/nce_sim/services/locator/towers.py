"""The places of cell towers: those that were imported, and the simulated cells.

towers = Towers(storage, placed)                 # placed(cell_id): a simulated cell's, or None
towers.put([Tower(CellId(262, 1, 11023, 27447299), 6.96, 50.94, 500)], work)
towers.find(CellId(262, 1, 11023, 27447299))     # what was imported counts first
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from nce_sim.services.locator.tables import TOWER
from nce_sim.storage import Storage, Work, upsert

_PUT = upsert(TOWER)
_FIND = select(TOWER).where(
    TOWER.c.mcc == bindparam("mcc"),
    TOWER.c.mnc == bindparam("mnc"),
    TOWER.c.area == bindparam("area"),
    TOWER.c.cell == bindparam("cell"),
)


class CellId(NamedTuple):
    """Which cell: network codes as numbers, LAC or TAC, and the cell's number."""

    mcc: int
    mnc: int
    area: int
    cell: int


class Tower(NamedTuple):
    """Where the tower of a cell is, in degrees, and how far it reaches."""

    cell_id: CellId
    longitude: float
    latitude: float
    range_m: int


Placed = Callable[[CellId], Tower | None]


class Towers:
    """All towers; they belong to no customer."""

    def __init__(self, storage: Storage, placed: Placed) -> None:
        self._storage = storage
        self._placed = placed

    def find(self, cell_id: CellId) -> Tower | None:
        """The tower of a cell; None when nobody knows where it is."""
        rows = self._storage.read(_FIND.params(cell_id._asdict()))
        if not rows:
            return self._placed(cell_id)
        row = rows[0]
        return Tower(cell_id, row.longitude, row.latitude, row.range_m)

    def count(self) -> int:
        """How many were imported."""
        return int(self._storage.read(select(func.count()).select_from(TOWER))[0][0])

    def put(self, towers: Iterable[Tower], work: Work) -> int:
        """Keep towers, in the place of those of the same cells; how many they are."""
        count = 0
        for tower in towers:
            row = {
                **tower.cell_id._asdict(),
                "longitude": tower.longitude,
                "latitude": tower.latitude,
                "range_m": tower.range_m,
            }
            work.write(_PUT, row)
            count += 1
        return count
