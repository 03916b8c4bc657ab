"""The geofences of all organisations: in the database, and in memory with their shapes.

    fence = geofences.create(organisation_id, "depot", circle([6.96, 50.94], 500), work=work)
    geofences.change(organisation_id, fence.fence_id, name="yard", work=work)
    geofences.watching(organisation_id, position)       # those that see a position

[D] ten for all devices, one for each device; a shape never changes; credits to create one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from sqlalchemy import bindparam, delete, func, insert, select, update

from nce_sim.problems import Invalid, NotFound
from nce_sim.services.identifiers import nanoid
from nce_sim.services.locator.cell_events import Switches
from nce_sim.services.locator.geofence import (
    Geofence,
    wanted_name,
    wanted_sources,
    wanted_types,
)
from nce_sim.services.locator.geometry import Shape, circle
from nce_sim.services.locator.position import Position
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import FENCE_STATE, GEOFENCE
from nce_sim.services.scheduled import WallMs
from nce_sim.services.settings.service import GEOFENCING
from nce_sim.storage import Storage, Work

_ADD = insert(GEOFENCE)
_CHANGE = (
    update(GEOFENCE)
    .where(GEOFENCE.c.fence_id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("name", "event_types", "sources", "updated_ms")})
)
_CHANGED = ("name", "event_types", "sources", "updated_ms")
_DELETE = delete(GEOFENCE).where(GEOFENCE.c.fence_id == bindparam("of_id"))
_FORGET = delete(FENCE_STATE).where(FENCE_STATE.c.fence_id == bindparam("of_id"))


class Owners(Protocol):
    """Knows whose a SIM is (`services.devices`)."""

    def organisation_of(self, iccid: str) -> int | None: ...


@dataclass(frozen=True)
class FencePage:
    """A page of geofences, and how many pages there are."""

    items: list[Geofence]
    page: int
    page_amount: int


class Geofences:
    """Geofences by organisation, in the order of their creation."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        wall_ms: WallMs,
        owners: Owners,
        switches: Switches,
        last_of: Callable[[int, str], Position | None],
        settings: LocatorSettings,
    ) -> None:
        self._storage = storage
        self._random = random
        self._wall_ms = wall_ms
        self._owners = owners
        self._switches = switches
        self._last_of = last_of
        self._settings = settings
        self._fences: dict[int, dict[str, Geofence]] = {}
        for row in storage.read(select(GEOFENCE).order_by(GEOFENCE.c.number)):
            fence = Geofence.of_row(row)
            self._fences.setdefault(fence.organisation_id, {})[fence.fence_id] = fence

    def watching(self, organisation_id: int, position: Position) -> list[Geofence]:
        """The geofences that a position of a device is evaluated by."""
        fences = self._fences.get(organisation_id)
        return [one for one in fences.values() if one.watches(position)] if fences else []

    # -- reading ---------------------------------------------------------------------------

    def listed(self, organisation_id: int, *, page: int = 1, page_size: int = 10) -> FencePage:
        """One page of the geofences of an organisation, the oldest first."""
        page_size = min(page_size, self._settings.most_on_page)
        items, count = self.some(organisation_id, offset=(page - 1) * page_size, count=page_size)
        return FencePage(items, page, max(1, -(-count // page_size)))

    def some(self, organisation_id: int, *, offset: int, count: int) -> tuple[list[Geofence], int]:
        """Some geofences of an organisation, the oldest first, and how many there are."""
        of_organisation = GEOFENCE.c.organisation_id == organisation_id
        [[total]] = self._storage.read(
            select(func.count()).select_from(GEOFENCE).where(of_organisation)
        )
        query = (
            select(GEOFENCE)
            .where(of_organisation)
            .order_by(GEOFENCE.c.number)
            .limit(count)
            .offset(offset)
        )
        return [Geofence.of_row(row) for row in self._storage.read(query)], int(total)

    def get(self, organisation_id: int, fence_id: str) -> Geofence:
        """One geofence; NotFound when it is not there, or another's."""
        fence = self._fences.get(organisation_id, {}).get(fence_id)
        if fence is None:
            raise NotFound(
                f"there is no geofence {fence_id[:40]!r}; take the id of one that is listed"
            )
        return fence

    # -- writing ---------------------------------------------------------------------------

    def create(
        self,
        organisation_id: int,
        name: str,
        shape: Shape,
        *,
        device_id: str | None = None,
        event_types: Iterable[str] | None = None,
        sources: Iterable[str] | None = None,
        work: Work,
    ) -> Geofence:
        """Add a geofence; Invalid without credits, over a limit, for another's device."""
        if self._switches.credits(organisation_id, GEOFENCING).amount < 1:
            raise Invalid("no geofence credits are left; order some to create a geofence")
        self._check_device(organisation_id, device_id)
        now_ms = self._wall_ms()
        fence = Geofence(
            nanoid(self._random),
            organisation_id,
            wanted_name(name),
            device_id,
            shape,
            wanted_types(event_types),
            wanted_sources(sources),
            now_ms,
            now_ms,
        )
        work.write(_ADD, fence.row())
        self._put(fence, work)
        return fence

    def circle_of(
        self,
        organisation_id: int,
        radius: float,
        center: tuple[float, ...] | list[float] | None,
        device_id: str | None,
    ) -> Shape:
        """A circle; without a center, around the last position of its device."""
        if center is not None:
            return circle(center, radius)
        if device_id is None:
            raise Invalid("a circle for all devices needs a center; give its longitude, latitude")
        self._check_owner(organisation_id, device_id)
        last = self._last_of(organisation_id, device_id)
        if last is None:
            raise Invalid(
                f"device {device_id!r} has no position that could be the center; give one"
            )
        return circle((last.longitude, last.latitude), radius)

    def change(
        self,
        organisation_id: int,
        fence_id: str,
        *,
        name: str | None = None,
        event_types: Iterable[str] | None = None,
        sources: Iterable[str] | None = None,
        work: Work,
    ) -> Geofence:
        """Change a geofence, not its shape; NotFound for another's."""
        before = self.get(organisation_id, fence_id)
        fence = replace(
            before,
            name=before.name if name is None else wanted_name(name),
            event_types=before.event_types if event_types is None else wanted_types(event_types),
            sources=before.sources if sources is None else wanted_sources(sources),
            updated_ms=self._wall_ms(),
        )
        row = fence.row()
        work.write(_CHANGE, {"of_id": fence_id, **{column: row[column] for column in _CHANGED}})
        self._put(fence, work)
        return fence

    def delete(self, organisation_id: int, fence_id: str, *, work: Work) -> None:
        """Delete a geofence, and what it knew of devices; NotFound for another's."""
        self.get(organisation_id, fence_id)
        fences = self._fences[organisation_id]
        before = dict(fences)
        work.on_rollback(lambda: self._fences.update({organisation_id: before}))
        del fences[fence_id]
        for statement in (_FORGET, _DELETE):
            work.write(statement, {"of_id": fence_id})

    # -- inside ----------------------------------------------------------------------------

    def _put(self, fence: Geofence, work: Work) -> None:
        fences = self._fences.setdefault(fence.organisation_id, {})
        before = fences.get(fence.fence_id)

        def undo() -> None:
            if before is None:
                fences.pop(fence.fence_id, None)
            else:
                fences[fence.fence_id] = before

        work.on_rollback(undo)
        fences[fence.fence_id] = fence

    def _check_device(self, organisation_id: int, device_id: str | None) -> None:
        if device_id is not None:
            self._check_owner(organisation_id, device_id)
        fences = self._fences.get(organisation_id, {}).values()
        count = sum(one.device_id == device_id for one in fences)
        settings = self._settings
        most = settings.most_global if device_id is None else settings.most_of_device
        if count >= most:
            whose = "for all devices" if device_id is None else f"for device {device_id!r}"
            raise Invalid(f"there are {count} geofences {whose} already; delete one first")

    def _check_owner(self, organisation_id: int, device_id: str) -> None:
        if self._owners.organisation_of(device_id) != organisation_id:
            raise Invalid(
                f"there is no device {device_id[:40]!r}; the device id is the ICCID of a SIM"
            )
