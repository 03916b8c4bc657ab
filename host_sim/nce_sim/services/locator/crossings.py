"""Evaluates positions by geofences: which devices enter and which leave.

crossings = Crossings(storage, geofences, switches, settings)
crossings.of(organisation_id, position, work)       # [Crossing(fence, "ENTER")]

A credit pays for all geofences that see one position; without one nothing is evaluated. Which side
a device is on is in the database: after a restart nothing is told twice.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from nce_sim.services.locator.cell_events import Switches
from nce_sim.services.locator.geofence import ENTER, EXIT, Geofence
from nce_sim.services.locator.geofences import Geofences
from nce_sim.services.locator.position import Position
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import FENCE_STATE
from nce_sim.services.settings.service import GEOFENCING
from nce_sim.storage import Storage, Work, upsert

_PUT = upsert(FENCE_STATE)


class Crossing(NamedTuple):
    """A device crossed the border of a geofence."""

    fence: Geofence
    type: str


class _Side(NamedTuple):
    is_inside: bool
    sampled_ms: int


class Crossings:
    """The sides of the borders on which devices are, by geofence and device."""

    def __init__(
        self,
        storage: Storage,
        geofences: Geofences,
        switches: Switches,
        settings: LocatorSettings,
    ) -> None:
        self._geofences = geofences
        self._switches = switches
        self._settings = settings
        self._sides = {
            (row.fence_id, row.iccid): _Side(row.is_inside, row.sampled_ms)
            for row in storage.read(select(FENCE_STATE))
        }

    def of(self, organisation_id: int, position: Position, work: Work) -> list[Crossing]:
        """Evaluate a position; the crossings that the geofences are to tell."""
        fences = self._geofences.watching(organisation_id, position)
        if not fences or not self._switches.is_enabled(organisation_id, GEOFENCING):
            return []
        if not self._switches.take_credit(organisation_id, GEOFENCING, work=work):
            return []
        found = (self._evaluated(fence, position, work) for fence in fences)
        return [crossing for crossing in found if crossing is not None]

    def _evaluated(self, fence: Geofence, position: Position, work: Work) -> Crossing | None:
        key = fence.fence_id, position.iccid
        before = self._sides.get(key)
        if before is not None and position.sampled_ms < before.sampled_ms:
            return None  # a sample that was late: the device has moved on since
        is_inside = fence.shape.contains(position.longitude, position.latitude)
        if before is not None and before.is_inside == is_inside:
            return None
        self._keep(key, _Side(is_inside, position.sampled_ms), before, work)
        if before is None and not (is_inside and self._settings.first_inside_is_enter):
            return None
        kind = ENTER if is_inside else EXIT
        return Crossing(fence, kind) if kind in fence.event_types else None

    def _keep(self, key: tuple[str, str], side: _Side, before: _Side | None, work: Work) -> None:
        self._sides[key] = side

        def undo() -> None:
            if before is None:
                self._sides.pop(key, None)
            else:
                self._sides[key] = before

        work.on_rollback(undo)
        fence_id, iccid = key
        work.write(_PUT, {"fence_id": fence_id, "iccid": iccid, **side._asdict()})
