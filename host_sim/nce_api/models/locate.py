"""The Device Locator: positions, cell tower events, geofences."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from nce_api.models.sides import Answer, JsonObject, Request

PositionSource = Literal["GPS", "CellTower"]
RadioAccess = Literal["3G", "2G", "3.5G", "4G", "NB-IoT", "LTE-M"]
ResolutionMode = Literal["BASIC", "ADVANCED"]
ResolutionState = Literal["SUCCEEDED", "FAILED"]
FenceEvent = Literal["ENTER", "EXIT"]


class Position(Answer):
    """Where one device was: longitude, latitude."""

    coordinate: list[float]
    sampleTime: str
    source: PositionSource | str
    metadata: JsonObject | None = None


class PositionPage(Answer):
    """Where one device was."""

    page: int
    pageAmount: int
    coordinates: list[Position]


class LatestPosition(Answer):
    """Where a device was last: longitude, latitude."""

    deviceId: str
    coordinate: list[float]
    sampleTime: str
    source: PositionSource | str
    metadata: JsonObject | None = None


class LatestPositionPage(Answer):
    """Where devices were last."""

    page: int
    pageAmount: int
    coordinates: list[LatestPosition]


class TowerLocation(Answer):
    """Where a cell tower stands."""

    longitude: float | None = None
    latitude: float | None = None


class TowerMetadata(Answer):
    """Which cell it was; LAC may hold a TAC."""

    MCC: str | None = None
    MNC: str | None = None
    LAC: str | None = None
    CellID: str | None = None


class CellTowerEvent(Answer):
    """A cell tower that a device was seen at."""

    iccid: str
    towerLocation: TowerLocation | None = None
    towerMetadata: TowerMetadata | None = None
    sampleTime: str
    resolutionMetadata: JsonObject | None = None
    radioAccessType: RadioAccess | str
    resolutionMode: ResolutionMode | str
    locationResolutionStatus: ResolutionState | str


class CellTowerEvents(Answer):
    """Cell towers that a device was seen at."""

    items: list[CellTowerEvent]


def _all_different(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("a value stands there twice: %s" % ", ".join(values))
    return values


Point = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Longitude, latitude."""
Ring = Annotated[list[Point], Field(min_length=4)]
"""Points of a polygon; the last is the first."""
FenceType = Literal["polygon", "circle"]
FenceEvents = Annotated[
    list[FenceEvent], Field(min_length=1, max_length=2), AfterValidator(_all_different)
]
FenceSources = Annotated[
    list[PositionSource], Field(min_length=1, max_length=2), AfterValidator(_all_different)
]


class GeofenceSummary(Answer):
    """A geofence in short."""

    id: str
    name: str
    created: str
    updated: str
    deviceId: str | None
    type: FenceType | str


class GeofencePage(Answer):
    """Geofences."""

    items: list[GeofenceSummary]
    page: int
    pageAmount: int


class NewPolygon(Request):
    """A geofence of straight lines; without a device it holds for all."""

    may_be_null = frozenset({"deviceId"})

    name: str = Field(max_length=50)
    eventTypes: FenceEvents | None = None
    eventSources: FenceSources | None = None
    deviceId: str | None = None
    type: Literal["polygon"]
    coordinates: list[Ring] = Field(min_length=1)


class NewCircle(Request):
    """A round geofence, its radius in metres; without a device it holds for all.

    Only that of a device may leave out `center`: then it is where the device was last.
    """

    may_be_null = frozenset({"deviceId"})

    name: str = Field(max_length=50)
    eventTypes: FenceEvents | None = None
    eventSources: FenceSources | None = None
    deviceId: str | None = None
    type: Literal["circle"]
    radius: float = Field(ge=50, le=30000)
    center: Point | None = None


NewGeofence = Annotated[NewPolygon | NewCircle, Field(discriminator="type")]
"""A geofence of either form."""


class GeofenceUpdate(Request):
    """What changes of a geofence."""

    name: str | None = Field(default=None, max_length=50)
    eventTypes: FenceEvents | None = None
    eventSources: FenceSources | None = None


class PolygonGeofence(Answer):
    """A geofence of straight lines."""

    id: str
    name: str
    created: str | None = None
    updated: str | None = None
    deviceId: str | None
    eventTypes: list[FenceEvent | str]
    eventSources: list[PositionSource | str]
    type: FenceType | str | None = None
    coordinates: list[list[list[float]]]


class CircleGeofence(Answer):
    """A round geofence, its radius in metres."""

    id: str
    name: str
    created: str | None = None
    updated: str | None = None
    deviceId: str | None
    eventTypes: list[FenceEvent | str]
    eventSources: list[PositionSource | str]
    type: FenceType | str | None = None
    radius: float
    center: list[float]


Geofence = PolygonGeofence | CircleGeofence
"""A geofence of either form."""
