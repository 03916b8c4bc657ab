"""The Device Locator."""

from nce_api.models import locate
from nce_api.operations.parameters import (
    COORDINATES,
    DEVICE_ID,
    END,
    ITEMS,
    OS_PAGE,
    SORT_KEYS,
    START,
    page_size,
)
from nce_api.operations.shape import Operation, Query

_DOCUMENT = "1nce-os"
_SOURCE = Query("source", choices=("GPS", "CellTower"))

OPERATIONS = (
    Operation(
        "locator.positions",
        "GET",
        "/v1/locate/devices/{deviceId}/positions",
        document=_DOCUMENT,
        answers={200: locate.PositionPage},
        errors=(400, 401, 403, 500),
        query=(
            OS_PAGE,
            SORT_KEYS,
            _SOURCE,
            START,
            END,
            page_size(100, 100),
            Query("mode", default="ALL", choices=("ALL", "SUMMARY")),
        ),
        paging=COORDINATES,
    ),
    Operation(
        "locator.latest",
        "GET",
        "/v1/locate/positions/latest",
        document=_DOCUMENT,
        answers={200: locate.LatestPositionPage},
        errors=(400, 401, 403, 500),
        query=(
            DEVICE_ID,
            OS_PAGE,
            SORT_KEYS,
            _SOURCE,
            START,
            END,
            Query("longitudeFrom", "number", minimum=-180, maximum=180),
            Query("longitudeTo", "number", minimum=-180, maximum=180),
            Query("latitudeFrom", "number", minimum=-90, maximum=90),
            Query("latitudeTo", "number", minimum=-90, maximum=90),
            page_size(100, 100),
        ),
        paging=COORDINATES,
    ),
    Operation(
        "locator.activity",
        "GET",
        "/v1/locate/devices/{deviceId}/activity",
        document=_DOCUMENT,
        answers={200: locate.CellTowerEvents},
        errors=(400, 401, 403, 500),
        query=(START, END),
    ),
    Operation(
        "locator.geofences",
        "GET",
        "/v1/locate/geofences",
        document=_DOCUMENT,
        answers={200: locate.GeofencePage},
        errors=(400, 500),
        query=(page_size(10), OS_PAGE),
        paging=ITEMS,
    ),
    Operation(
        "locator.create_geofence",
        "POST",
        "/v1/locate/geofences",
        document=_DOCUMENT,
        answers={201: locate.Geofence},
        errors=(400, 401, 403, 500),
        body=locate.NewGeofence,
        once="look for its name in locator.geofences()",
    ),
    Operation(
        "locator.delete_geofence",
        "DELETE",
        "/v1/locate/geofences/{geofenceId}",
        document=_DOCUMENT,
        answers={204: None},
        errors=(404, 500),
    ),
    Operation(
        "locator.geofence",
        "GET",
        "/v1/locate/geofences/{geofenceId}",
        document=_DOCUMENT,
        answers={200: locate.Geofence},
        errors=(404, 500),
    ),
    Operation(
        "locator.update_geofence",
        "PATCH",
        "/v1/locate/geofences/{geofenceId}",
        document=_DOCUMENT,
        answers={200: locate.Geofence},
        errors=(400, 404, 500),
        body=locate.GeofenceUpdate,
    ),
)
