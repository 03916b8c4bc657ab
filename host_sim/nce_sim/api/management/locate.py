"""The Device Locator's operations: positions, cell tower events and geofences."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from nce_api.models import locate as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.instants import read_instant, shown
from nce_sim.api.platform import TheBackend, answer
from nce_sim.services.locator.cell_events import ADVANCED, CellEvent
from nce_sim.services.locator.geofence import Geofence
from nce_sim.services.locator.geometry import Shape, polygon
from nce_sim.services.locator.positions import Box, Span

router = APIRouter()

_POSITIONS = "/v1/locate/devices/{deviceId}/positions"
_LATEST = "/v1/locate/positions/latest"
_ACTIVITY = "/v1/locate/devices/{deviceId}/activity"
_FENCES = "/v1/locate/geofences"
_FENCE = _FENCES + "/{geofenceId}"

PageNumber = Annotated[int, Query(ge=1, le=50)]
PageSize = Annotated[int, Query(ge=1, le=100)]
FencePageSize = Annotated[int, Query(ge=1)]
Longitude = Annotated[float | None, Query(ge=-180, le=180)]
Latitude = Annotated[float | None, Query(ge=-90, le=90)]


# -- positions ---------------------------------------------------------------------------------


@router.get(_POSITIONS, **documented("get", _POSITIONS))
async def positions(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: str,
    page: PageNumber = 1,
    sort: str | None = None,
    source: models.PositionSource | None = None,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    pageSize: PageSize = 100,
    mode: Literal["ALL", "SUMMARY"] = "ALL",
) -> Response:
    book, span = backend.locator.positions, _span(startDateTime, endDateTime)
    of_device = caller.organisation_id, deviceId, span
    if mode == "SUMMARY":
        found = book.summary(*of_device, source=source, sort=_keys(sort))
    else:
        found = book.listed(
            *of_device, source=source, sort=_keys(sort), page=page, page_size=pageSize
        )
    items = []
    for one in found.items:
        item = models.Position(
            coordinate=[one.longitude, one.latitude],
            sampleTime=shown(one.sampled_ms),
            source=one.source,
        )
        if one.metadata is not None:
            item.metadata = one.metadata
        items.append(item)
    return answer(
        models.PositionPage(page=found.page, pageAmount=found.page_amount, coordinates=items)
    )


@router.get(_LATEST, **documented("get", _LATEST))
async def latest_positions(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: str | None = None,
    page: PageNumber = 1,
    sort: str | None = None,
    source: models.PositionSource | None = None,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    longitudeFrom: Longitude = None,
    longitudeTo: Longitude = None,
    latitudeFrom: Latitude = None,
    latitudeTo: Latitude = None,
    pageSize: PageSize = 100,
) -> Response:
    found = backend.locator.positions.latest(
        caller.organisation_id,
        _span(startDateTime, endDateTime),
        iccid=deviceId,
        source=source,
        box=Box(longitudeFrom, longitudeTo, latitudeFrom, latitudeTo),
        sort=_keys(sort),
        page=page,
        page_size=pageSize,
    )
    items = []
    for one in found.items:
        item = models.LatestPosition(
            deviceId=one.iccid,
            coordinate=[one.longitude, one.latitude],
            sampleTime=shown(one.sampled_ms),
            source=one.source,
        )
        if one.metadata is not None:
            item.metadata = one.metadata
        items.append(item)
    return answer(
        models.LatestPositionPage(page=found.page, pageAmount=found.page_amount, coordinates=items)
    )


@router.get(_ACTIVITY, **documented("get", _ACTIVITY))
async def activity(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: str,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
) -> Response:
    found = backend.locator.cells.events(
        caller.organisation_id, deviceId, _span(startDateTime, endDateTime)
    )
    return answer(models.CellTowerEvents(items=[_event(one) for one in found]))


# -- geofences ---------------------------------------------------------------------------------


@router.get(_FENCES, **documented("get", _FENCES))
async def geofences(
    backend: TheBackend,
    caller: ManagementCaller,
    pageSize: FencePageSize = 10,
    page: PageNumber = 1,
) -> Response:
    found = backend.locator.geofences.listed(caller.organisation_id, page=page, page_size=pageSize)
    items = [
        models.GeofenceSummary(
            id=one.fence_id,
            name=one.name,
            created=shown(one.created_ms),
            updated=shown(one.updated_ms),
            deviceId=one.device_id,
            type=one.shape.type,
        )
        for one in found.items
    ]
    return answer(models.GeofencePage(items=items, page=found.page, pageAmount=found.page_amount))


@router.post(_FENCES, **documented("post", _FENCES))
async def create_geofence(
    backend: TheBackend, caller: ManagementCaller, body: models.NewGeofence
) -> Response:
    fences = backend.locator.geofences
    if isinstance(body, models.NewPolygon):
        shape: Shape = polygon(body.coordinates, backend.settings.locator.most_points)
    else:
        shape = fences.circle_of(caller.organisation_id, body.radius, body.center, body.deviceId)
    create = partial(
        fences.create,
        caller.organisation_id,
        body.name,
        shape,
        device_id=body.deviceId,
        event_types=body.eventTypes,
        sources=body.eventSources,
    )
    # The answer to this one has no times.
    return answer(_shown(await backend.write(lambda work: create(work=work))), 201)


@router.get(_FENCE, **documented("get", _FENCE))
async def geofence(backend: TheBackend, caller: ManagementCaller, geofenceId: str) -> Response:
    found = backend.locator.geofences.get(caller.organisation_id, geofenceId)
    return answer(with_times(found))


@router.patch(_FENCE, **documented("patch", _FENCE))
async def change_geofence(
    backend: TheBackend, caller: ManagementCaller, geofenceId: str, body: models.GeofenceUpdate
) -> Response:
    change = partial(
        backend.locator.geofences.change,
        caller.organisation_id,
        geofenceId,
        name=body.name,
        event_types=body.eventTypes,
        sources=body.eventSources,
    )
    return answer(with_times(await backend.write(lambda work: change(work=work))))


@router.delete(_FENCE, **documented("delete", _FENCE))
async def delete_geofence(
    backend: TheBackend, caller: ManagementCaller, geofenceId: str
) -> Response:
    delete = partial(backend.locator.geofences.delete, caller.organisation_id, geofenceId)
    await backend.write(lambda work: delete(work=work))
    return Response(status_code=204)


# -- inside ------------------------------------------------------------------------------------


def _span(start: str | None, end: str | None) -> Span:
    return Span(
        None if start is None else read_instant(start, "startDateTime").at_ms,
        None if end is None else read_instant(end, "endDateTime").at_ms,
    )


def _keys(sort: str | None) -> tuple[str, ...]:
    return tuple(key.strip() for key in (sort or "").split(",") if key.strip())


def _event(event: CellEvent) -> models.CellTowerEvent:
    seen = event.sighting
    item = models.CellTowerEvent(
        iccid=seen.iccid,
        sampleTime=shown(seen.sampled_ms),
        radioAccessType=seen.access,
        resolutionMode=event.mode,
        locationResolutionStatus=event.status,
    )
    if event.place is not None:
        longitude, latitude = event.place
        item.towerLocation = models.TowerLocation(longitude=longitude, latitude=latitude)
    if event.mode == ADVANCED:  # [D] the rest is Plus's alone
        item.towerMetadata = models.TowerMetadata(
            MCC=seen.mcc, MNC=seen.mnc, LAC=str(seen.area), CellID=str(seen.cell)
        )
        if event.metadata is not None:
            item.resolutionMetadata = event.metadata
    return item


def _shown(fence: Geofence) -> models.PolygonGeofence | models.CircleGeofence:
    form = models.CircleGeofence if fence.shape.type == "circle" else models.PolygonGeofence
    return form.model_validate(
        {
            "id": fence.fence_id,
            "name": fence.name,
            "deviceId": fence.device_id,
            "eventTypes": list(fence.event_types),
            "eventSources": list(fence.sources),
            "type": fence.shape.type,
            **fence.shape.written(),
        }
    )


def with_times(fence: Geofence) -> models.PolygonGeofence | models.CircleGeofence:
    """A geofence with its shape and its times."""
    body = _shown(fence)
    body.created, body.updated = shown(fence.created_ms), shown(fence.updated_ms)
    return body
