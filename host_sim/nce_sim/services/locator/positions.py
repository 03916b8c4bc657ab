"""The positions of devices in the database, kept for a week: history, summary and the latest.

positions.add(organisation_id, position, work)
positions.listed(organisation_id, iccid, Span(start_ms, end_ms), source="GPS", page=1)
positions.summary(organisation_id, iccid)
positions.latest(organisation_id, box=Box(-10, 10, -10, 10))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, insert, or_, select, text

from nce_sim.problems import Invalid
from nce_sim.services.locator.position import Position, of_device
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import LATEST_POSITION, POSITION
from nce_sim.services.scheduled import WallMs
from nce_sim.storage import Storage, Work

_ADD = insert(POSITION)
# As text: SQLAlchemy would compile it again for each position. A sample that is older than the
# latest leaves that in place.
_PUT_LATEST = text(
    "INSERT INTO latest_position (organisation_id, iccid, longitude, latitude, sampled_ms, "
    "source, metadata) VALUES (:organisation_id, :iccid, :longitude, :latitude, :sampled_ms, "
    ":source, :metadata) ON CONFLICT (organisation_id, iccid) DO UPDATE SET "
    "longitude = excluded.longitude, latitude = excluded.latitude, "
    "sampled_ms = excluded.sampled_ms, source = excluded.source, metadata = excluded.metadata "
    "WHERE excluded.sampled_ms >= latest_position.sampled_ms"
)
_PURGES = tuple(
    delete(table).where(table.c.sampled_ms < bindparam("oldest_ms"))
    for table in (POSITION, LATEST_POSITION)
)
_SORTS = ("sampleTime", "source")
_COLUMNS = {"sampleTime": "sampled_ms", "source": "source"}


@dataclass(frozen=True)
class Span:
    """From when until when, both included; None: as far as there is anything."""

    start_ms: int | None = None
    end_ms: int | None = None

    def __post_init__(self) -> None:
        if self.start_ms is None or self.end_ms is None:
            return
        if self.start_ms > self.end_ms:
            raise Invalid("startDateTime is later than endDateTime; exchange them")


@dataclass(frozen=True)
class Box:
    """A rectangle of a map; one whose west is larger than its east crosses 180 degrees."""

    west: float | None = None
    east: float | None = None
    south: float | None = None
    north: float | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The box as conditions on the latest positions."""
        longitude, latitude = LATEST_POSITION.c.longitude, LATEST_POSITION.c.latitude
        if self.west is not None and self.east is not None and self.west > self.east:
            yield or_(longitude >= self.west, longitude <= self.east)
        else:
            if self.west is not None:
                yield longitude >= self.west
            if self.east is not None:
                yield longitude <= self.east
        if self.south is not None:
            yield latitude >= self.south
        if self.north is not None:
            yield latitude <= self.north


@dataclass(frozen=True)
class PositionPage:
    """A page of positions, and how many pages there are."""

    items: list[Position]
    page: int
    page_amount: int


class Positions:
    """The rows of all organisations; every reading names one."""

    def __init__(self, storage: Storage, wall_ms: WallMs, settings: LocatorSettings) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._settings = settings

    def add(self, organisation_id: int, position: Position, work: Work) -> None:
        """Keep a position."""
        row = position.row(organisation_id)
        work.write(_ADD, row)
        work.write(_PUT_LATEST, row)

    def purge(self, oldest_ms: int, work: Work) -> None:
        """Drop what was sampled before `oldest_ms`."""
        for statement in _PURGES:
            work.write(statement, {"oldest_ms": oldest_ms})

    # -- reading ---------------------------------------------------------------------------

    def listed(
        self,
        organisation_id: int,
        iccid: str,
        span: Span | None = None,
        *,
        source: str | None = None,
        sort: Sequence[str] = (),
        page: int = 1,
        page_size: int = 100,
    ) -> PositionPage:
        """One page of the positions of a device, the newest first unless `sort` says else."""
        conditions = self._conditions(POSITION, organisation_id, span, iccid, source)
        return self._page(POSITION, conditions, sort, page, page_size)

    def summary(
        self,
        organisation_id: int,
        iccid: str,
        span: Span | None = None,
        *,
        source: str | None = None,
        sort: Sequence[str] = (),
    ) -> PositionPage:
        """The first position, the last, and some in between at equal distances."""
        conditions = self._conditions(POSITION, organisation_id, span, iccid, source)
        [[count]] = self._storage.read(select(func.count()).where(*conditions))
        points = min(int(count), self._settings.summary_points)
        if points < 2:
            return self._page(POSITION, conditions, sort, 1, 1)
        wanted = {round(number * (count - 1) / (points - 1)) + 1 for number in range(points)}
        place = func.row_number().over(order_by=(POSITION.c.sampled_ms, POSITION.c.number))
        numbered = select(POSITION.c.number, place.label("place")).where(*conditions).subquery()
        chosen = select(numbered.c.number).where(numbered.c.place.in_(wanted))
        return self._page(POSITION, [POSITION.c.number.in_(chosen)], sort, 1, points)

    def latest(
        self,
        organisation_id: int,
        span: Span | None = None,
        *,
        iccid: str | None = None,
        source: str | None = None,
        box: Box | None = None,
        sort: Sequence[str] = (),
        page: int = 1,
        page_size: int = 100,
    ) -> PositionPage:
        """One page of the latest positions, one of each device at most."""
        conditions = self._conditions(LATEST_POSITION, organisation_id, span, iccid, source)
        conditions += (box or Box()).conditions()
        return self._page(LATEST_POSITION, conditions, sort, page, page_size)

    def last_of(self, organisation_id: int, iccid: str) -> Position | None:
        """Where a device was last, or None."""
        found = self.latest(organisation_id, iccid=iccid, page_size=1).items
        return found[0] if found else None

    def _conditions(
        self,
        table: Table,
        organisation_id: int,
        span: Span | None,
        iccid: str | None,
        source: str | None,
    ) -> list[ColumnElement[bool]]:
        span = span or Span()
        oldest_ms = self._wall_ms() - self._settings.kept_ms
        conditions = [
            table.c.organisation_id == organisation_id,
            table.c.sampled_ms >= max(oldest_ms, span.start_ms or oldest_ms),
        ]
        if span.end_ms is not None:
            conditions.append(table.c.sampled_ms <= span.end_ms)
        if iccid is not None:
            conditions.append(of_device(table.c.iccid, iccid))
        if source is not None:
            conditions.append(table.c.source == source)
        return conditions

    def _page(
        self,
        table: Table,
        conditions: Sequence[ColumnElement[bool]],
        sort: Sequence[str],
        page: int,
        page_size: int,
    ) -> PositionPage:
        [[count]] = self._storage.read(select(func.count()).select_from(table).where(*conditions))
        query = (
            select(table)
            .where(*conditions)
            .order_by(*_order(table, sort))
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        items = [Position.of_row(row) for row in self._storage.read(query)]
        return PositionPage(items, page, max(1, -(-int(count) // page_size)))


def _order(table: Table, sort: Sequence[str]) -> list[ColumnElement[Any]]:
    # Rows of one time have an order as well, or a page could show a row of another again.
    tie: ColumnElement[Any] = table.c.number if "number" in table.c else table.c.iccid
    keys = list(sort) or ["-sampleTime"]
    order = []
    for key in keys:
        name = key.removeprefix("-")
        if name not in _SORTS:
            raise Invalid(
                f"sort has {key!r}; choose from {', '.join(_SORTS)}, with - before it to begin "
                "with the last"
            )
        column = table.c[_COLUMNS[name]]
        order.append(column.desc() if key.startswith("-") else column.asc())
    return [*order, tie.desc() if keys[0].startswith("-") else tie.asc()]
