"""Cell tower events of all devices, and one of them resolved again by Plus.

    review = CellReview(storage, wall_ms, cells, settings)
    review.listed(organisation_id, iccid=None, offset=0, count=10)      # (events, total)
    review.again(organisation_id, number)           # the Network Event Resolver

1NCE's portal has both without an operation of its API (1nce_os_2.md, 3.7).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from nce_sim.problems import NotFound
from nce_sim.services.locator.cell_events import CellEvent, CellResolver
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import CELL_EVENT
from nce_sim.services.scheduled import WallMs
from nce_sim.storage import Storage


class CellReview:
    """Reads the attempts that `cells` made; every reading names an organisation."""

    def __init__(
        self, storage: Storage, wall_ms: WallMs, cells: CellResolver, settings: LocatorSettings
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._cells = cells
        self._settings = settings

    def listed(
        self, organisation_id: int, *, iccid: str | None, offset: int, count: int
    ) -> tuple[list[CellEvent], int]:
        """Attempts of the last seven days, newest first, and how many there are."""
        wanted = self._kept(organisation_id)
        if iccid is not None:
            wanted.append(CELL_EVENT.c.iccid == iccid)
        [[total]] = self._storage.read(select(func.count()).select_from(CELL_EVENT).where(*wanted))
        query = (
            select(CELL_EVENT)
            .where(*wanted)
            .order_by(CELL_EVENT.c.sampled_ms.desc(), CELL_EVENT.c.number.desc())
            .limit(count)
            .offset(offset)
        )
        return [CellEvent.of_row(row) for row in self._storage.read(query)], int(total)

    def again(self, organisation_id: int, number: int) -> CellEvent:
        """An attempt resolved again by Plus; NotFound for another's and for an expired one.

        [D] It is free, takes no credits and is not stored.
        """
        query = select(CELL_EVENT).where(
            CELL_EVENT.c.number == number, *self._kept(organisation_id)
        )
        rows = self._storage.read(query)
        if not rows:
            raise NotFound(
                f"there is no cell tower event {number}; take the id of one that is listed"
            )
        return self._cells.by_plus(CellEvent.of_row(rows[0]).sighting)

    def _kept(self, organisation_id: int) -> list[ColumnElement[bool]]:
        return [
            CELL_EVENT.c.organisation_id == organisation_id,
            CELL_EVENT.c.sampled_ms >= self._wall_ms() - self._settings.kept_ms,
        ]
