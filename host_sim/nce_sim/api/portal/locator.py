"""Device Locator: geofences with their shapes, cell tower events of all devices, the resolver.

1NCE's API lists geofences without shapes, thirty times a minute, and the events of one device;
its portal shows more [F].
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from nce_api.models import locate
from nce_sim.api.caller import PortalCaller
from nce_sim.api.management.locate import with_times
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.pages import ThePage
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time
from nce_sim.services.locator.cell_events import CellEvent

router = APIRouter(tags=["Device Locator"])
_SEE = needs("os.open")
_MOST_NUMBER = 2**63 - 1  # of a row


class ShownCellEvent(Shown):
    """One attempt to find a device by its cell; degrees where it succeeded."""

    id: str
    iccid: str
    time: str
    access: str
    status: str
    mode: str
    longitude: float | None = None
    latitude: float | None = None


class CellEventDetails(ShownCellEvent):
    """The same with the cell, and in metres how far the place may be wrong."""

    mcc: str
    mnc: str
    area: int
    cell: int
    accuracy_m: float | None = None
    confidence: float | None = None


@router.get("/locator/geofences", response_model=None, **_SEE)
async def geofences(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[locate.PolygonGeofence | locate.CircleGeofence]:
    """The geofences with their shapes, the oldest first."""
    found, total = backend.locator.geofences.some(
        caller.organisation_id, offset=page.offset, count=page.size
    )
    response.headers.update(page.headers(total, len(found)))
    return [with_times(fence) for fence in found]


@router.get("/locator/cell-events", **_SEE)
async def cell_events(
    backend: TheBackend,
    caller: PortalCaller,
    page: ThePage,
    response: Response,
    iccid: Annotated[str | None, Query(max_length=20)] = None,
) -> list[ShownCellEvent]:
    """Cell tower events of all devices, or of one, of the last seven days; newest first."""
    found, total = backend.locator.review.listed(
        caller.organisation_id, iccid=iccid, offset=page.offset, count=page.size
    )
    response.headers.update(page.headers(total, len(found)))
    return [ShownCellEvent.model_validate(_told(each)) for each in found]


@router.get("/locator/cell-events/{number}/plus", **_SEE)
async def resolved_by_plus(
    backend: TheBackend,
    caller: PortalCaller,
    number: Annotated[int, Path(ge=0, le=_MOST_NUMBER)],
) -> CellEventDetails:
    """One event resolved again by Plus: it is free, and nothing of it is kept."""
    found = backend.locator.review.again(caller.organisation_id, number)
    seen, metadata = found.sighting, found.metadata or {}
    return CellEventDetails.model_validate(
        {
            **_told(found),
            "id": str(number),
            "mcc": seen.mcc,
            "mnc": seen.mnc,
            "area": seen.area,
            "cell": seen.cell,
            "accuracy_m": metadata.get("horizontalAccuracy"),
            "confidence": metadata.get("horizontalConfidenceLevel"),
        }
    )


def _told(event: CellEvent) -> dict[str, object]:
    longitude, latitude = event.place or (None, None)
    return {
        "id": str(event.number),
        "iccid": event.sighting.iccid,
        "time": iso_time(event.sighting.sampled_ms),
        "access": event.sighting.access,
        "status": event.status,
        "mode": event.mode,
        "longitude": longitude,
        "latitude": latitude,
    }
