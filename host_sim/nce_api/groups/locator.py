"""`client.locator`: positions and geofences."""

from typing import Literal

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, pages
from nce_api.models.locate import (
    CellTowerEvents,
    Geofence,
    GeofenceSummary,
    GeofenceUpdate,
    LatestPosition,
    NewGeofence,
    Position,
    PositionSource,
)


class Locator(Group[M]):
    """Positions and geofences."""

    @pages("locator.positions")
    def positions(
        self,
        device_id: str,
        *,
        sort: list[str] | None = None,
        source: PositionSource | None = None,
        start: str | None = None,
        end: str | None = None,
        page_size: int | None = None,
        mode: Literal["ALL", "SUMMARY"] | None = None,
    ) -> Pages[Position]:
        """Where a device was, of the last seven days."""
        return Pages(
            device_id,
            query={
                "sort": sort,
                "source": source,
                "startDateTime": start,
                "endDateTime": end,
                "pageSize": page_size,
                "mode": mode,
            },
        )

    @pages("locator.latest")
    def latest(
        self,
        *,
        device_id: str | None = None,
        sort: list[str] | None = None,
        source: PositionSource | None = None,
        start: str | None = None,
        end: str | None = None,
        longitude_from: float | None = None,
        longitude_to: float | None = None,
        latitude_from: float | None = None,
        latitude_to: float | None = None,
        page_size: int | None = None,
    ) -> Pages[LatestPosition]:
        """Where devices were last."""
        return Pages(
            query={
                "deviceId": device_id,
                "sort": sort,
                "source": source,
                "startDateTime": start,
                "endDateTime": end,
                "longitudeFrom": longitude_from,
                "longitudeTo": longitude_to,
                "latitudeFrom": latitude_from,
                "latitudeTo": latitude_to,
                "pageSize": page_size,
            }
        )

    @call("locator.activity")
    def activity(
        self, device_id: str, *, start: str | None = None, end: str | None = None
    ) -> Call[CellTowerEvents]:
        """The cell towers that a device was seen at."""
        return Call(device_id, query={"startDateTime": start, "endDateTime": end})

    @pages("locator.geofences")
    def geofences(self, *, page_size: int | None = None) -> Pages[GeofenceSummary]:
        """Geofences."""
        return Pages(query={"pageSize": page_size})

    @call("locator.create_geofence")
    def create_geofence(self, geofence: NewGeofence) -> Call[Geofence]:
        """Make a geofence."""
        return Call(body=geofence)

    @call("locator.delete_geofence")
    def delete_geofence(self, geofence_id: str) -> Call[None]:
        """Delete a geofence."""
        return Call(geofence_id)

    @call("locator.geofence")
    def geofence(self, geofence_id: str) -> Call[Geofence]:
        """One geofence."""
        return Call(geofence_id)

    @call("locator.update_geofence")
    def update_geofence(self, geofence_id: str, update: GeofenceUpdate) -> Call[Geofence]:
        """Change a geofence."""
        return Call(geofence_id, body=update)
