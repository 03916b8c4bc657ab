"""Cell towers: from the cell of a device to a place, by the basic or the Plus resolver.

    sighting = Sighting(iccid, sampled_ms, "262", "01", 11023, 27447299, "4G")
    resolver.resolve(organisation_id, sighting, work)       # a Position, or None
    resolver.events(organisation_id, iccid, Span(start_ms, end_ms))

At most once an hour for a device, and only when the customer has switched it on. Plus costs a
credit; without one it is the basic resolver again. Every attempt is kept, also one that failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, func, insert, select

from nce_sim.problems import Invalid
from nce_sim.services.locator.position import CELL_TOWER, Position, of_device
from nce_sim.services.locator.positions import Span
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import CELL_EVENT
from nce_sim.services.locator.towers import CellId, Tower, Towers
from nce_sim.services.scheduled import WallMs
from nce_sim.services.settings.service import (
    ADVANCED_CELL_TOWER_LOCATION,
    CELL_TOWER_LOCATION,
    Credits,
)
from nce_sim.sim_card import masked
from nce_sim.storage import Storage, Work

BASIC, ADVANCED = "BASIC", "ADVANCED"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"

_ADD = insert(CELL_EVENT)
_PURGE = delete(CELL_EVENT).where(CELL_EVENT.c.sampled_ms < bindparam("oldest_ms"))


class Switches(Protocol):
    """The customer's settings and credits (`services.settings`)."""

    def is_enabled(self, organisation_id: int, name: str) -> bool: ...

    def credits(self, organisation_id: int, name: str) -> Credits: ...

    def take_credit(self, organisation_id: int, name: str, *, work: Work) -> bool: ...


@dataclass(frozen=True)
class Sighting:
    """The cell in which a device opened a session; `access` is a `radioAccessType`."""

    iccid: str
    sampled_ms: int  # since 1970
    mcc: str
    mnc: str
    area: int
    cell: int
    access: str

    def __repr__(self) -> str:
        return f"Sighting({masked(self.iccid)}, {self.mcc}-{self.mnc}-{self.area}-{self.cell})"


@dataclass(frozen=True)
class CellEvent:
    """One attempt to resolve a cell; `place` is (longitude, latitude) when it succeeded."""

    sighting: Sighting
    mode: str
    place: tuple[float, float] | None
    metadata: dict[str, Any] | None
    number: int = 0  # in the database

    @property
    def status(self) -> str:
        return FAILED if self.place is None else SUCCEEDED

    def row(self, organisation_id: int) -> dict[str, Any]:
        """The event as a row."""
        longitude, latitude = self.place or (None, None)
        return {
            **vars(self.sighting),
            "organisation_id": organisation_id,
            "mode": self.mode,
            "longitude": longitude,
            "latitude": latitude,
            "metadata": None if self.metadata is None else json.dumps(self.metadata),
        }

    @classmethod
    def of_row(cls, row: Any) -> CellEvent:
        """The event of a row."""
        sighting = Sighting(
            row.iccid, row.sampled_ms, row.mcc, row.mnc, row.area, row.cell, row.access
        )
        place = None if row.longitude is None else (row.longitude, row.latitude)
        metadata = None if row.metadata is None else json.loads(row.metadata)
        return cls(sighting, row.mode, place, metadata, row.number)


class CellResolver:
    """The attempts of all organisations; every reading names one."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: WallMs,
        switches: Switches,
        towers: Towers,
        settings: LocatorSettings,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._switches = switches
        self._towers = towers
        self._settings = settings
        # When each device had the attempt that its next one waits for.
        self._attempt_ms: dict[str, int] = {}
        table = CELL_EVENT.c
        query = select(table.iccid, func.max(table.sampled_ms)).group_by(table.iccid)
        query = query.where(table.sampled_ms > wall_ms() - settings.every_ms)
        if not settings.failure_waits_too:
            query = query.where(table.longitude.is_not(None))
        for iccid, sampled_ms in storage.read(query):
            self._attempt_ms[iccid] = int(sampled_ms)

    def is_on(self, organisation_id: int) -> bool:
        """Whether the organisation has switched cell tower location on."""
        return self._switches.is_enabled(organisation_id, CELL_TOWER_LOCATION)

    def is_plus(self, organisation_id: int) -> bool:
        """Whether the Plus resolver works for the organisation: it is on, and has credits."""
        name, switches = ADVANCED_CELL_TOWER_LOCATION, self._switches
        return (
            switches.is_enabled(organisation_id, name)
            and switches.credits(organisation_id, name).amount > 0
        )

    def resolve(self, organisation_id: int, sighting: Sighting, work: Work) -> Position | None:
        """Where the device is by its cell; None when that is off, too early, or unknown."""
        sampled_ms = sighting.sampled_ms
        before_ms = self._attempt_ms.get(sighting.iccid)
        if not self.is_on(organisation_id):
            return None
        if before_ms is not None and sampled_ms - before_ms < self._settings.every_ms:
            return None
        is_plus = self.is_plus(organisation_id)
        tower = self._tower(sighting, is_plus)
        if is_plus and (tower is not None or self._settings.failure_costs_a_credit):
            self._switches.take_credit(organisation_id, ADVANCED_CELL_TOWER_LOCATION, work=work)
        metadata = self._accuracy(tower) if is_plus and tower is not None else None
        place = None if tower is None else (tower.longitude, tower.latitude)
        mode = ADVANCED if is_plus else BASIC
        event = CellEvent(sighting, mode, place, metadata)
        work.write(_ADD, event.row(organisation_id))
        if place is not None or self._settings.failure_waits_too:
            self._remember(sighting.iccid, sampled_ms, before_ms, work)
        if place is None:
            return None
        return Position(sighting.iccid, *place, sampled_ms, CELL_TOWER, metadata)

    def events(self, organisation_id: int, iccid: str, span: Span) -> list[CellEvent]:
        """The attempts of a device, newest first; Invalid for more than seven days."""
        settings, now_ms = self._settings, self._wall_ms()
        start_ms, end_ms = span.start_ms, span.end_ms
        if start_ms is None:
            start_ms = (now_ms if end_ms is None else end_ms) - settings.activity_ms
        elif end_ms is None:
            end_ms = start_ms + settings.activity_ms
        end_ms = now_ms if end_ms is None else end_ms
        if end_ms - start_ms > settings.kept_ms:
            raise Invalid(
                f"from startDateTime to endDateTime are {(end_ms - start_ms) / 86_400_000:.1f} "
                f"days; at most {settings.kept_ms // 86_400_000} are answered"
            )
        query = (
            select(CELL_EVENT)
            .where(
                CELL_EVENT.c.organisation_id == organisation_id,
                of_device(CELL_EVENT.c.iccid, iccid),
                CELL_EVENT.c.sampled_ms >= max(start_ms, now_ms - settings.kept_ms),
                CELL_EVENT.c.sampled_ms <= end_ms,
            )
            .order_by(CELL_EVENT.c.sampled_ms.desc(), CELL_EVENT.c.number.desc())
            .limit(settings.most_events)
        )
        return [CellEvent.of_row(row) for row in self._storage.read(query)]

    def by_plus(self, sighting: Sighting) -> CellEvent:
        """What the Plus resolver finds for a cell; nothing is kept, and it costs no credit."""
        tower = self._tower(sighting, is_plus=True)
        if tower is None:
            return CellEvent(sighting, ADVANCED, None, None)
        place = tower.longitude, tower.latitude
        return CellEvent(sighting, ADVANCED, place, self._accuracy(tower))

    def purge(self, oldest_ms: int, work: Work) -> None:
        """Drop attempts from before `oldest_ms`."""
        work.write(_PURGE, {"oldest_ms": oldest_ms})

    # -- inside ----------------------------------------------------------------------------

    def _tower(self, sighting: Sighting, is_plus: bool) -> Tower | None:
        settings = self._settings
        if sighting.access not in (settings.plus_access if is_plus else settings.basic_access):
            return None
        cell_id = CellId(int(sighting.mcc), int(sighting.mnc), sighting.area, sighting.cell)
        return self._towers.find(cell_id)

    def _accuracy(self, tower: Tower) -> dict[str, Any]:
        settings = self._settings
        metadata: dict[str, Any] = {
            "horizontalAccuracy": tower.range_m,
            "horizontalConfidenceLevel": settings.confidence,
        }
        if settings.vertical_accuracy_m is not None:
            metadata["verticalAccuracy"] = settings.vertical_accuracy_m
            metadata["verticalConfidenceLevel"] = settings.confidence
        return metadata

    def _remember(self, iccid: str, sampled_ms: int, before_ms: int | None, work: Work) -> None:
        self._attempt_ms[iccid] = sampled_ms

        def forget() -> None:
            if before_ms is None:
                self._attempt_ms.pop(iccid, None)
            else:
                self._attempt_ms[iccid] = before_ms

        work.on_rollback(forget)
