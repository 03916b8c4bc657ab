"""Administration logs: the list, how many each day had, and a link to a payload."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from nce_api.models import logs as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.downloads import LOG_PAYLOADS
from nce_sim.api.filters import read_filter
from nce_sim.api.instants import read_instant, shown
from nce_sim.api.platform import TheBackend, answer
from nce_sim.problems import Invalid
from nce_sim.services.logs.service import CATEGORIES, TYPES, LogFilter, LogItem

router = APIRouter()

_LOGS = "/v1/administrationLogs"
_FILTERS = ("geofenceId", "category", "iccid", "type", "startDateTime", "endDateTime")

PageNumber = Annotated[int, Query(ge=1, le=50)]
PageSize = Annotated[int, Query(ge=1, le=25)]  # [D] 1..25 in the texts; the schema has no end
LogId = Annotated[str, Path(pattern="^[0-9A-Za-z]{27}$")]


@router.get(_LOGS, **documented("get", _LOGS))
async def logs(
    backend: TheBackend,
    caller: ManagementCaller,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    q: str | None = None,
) -> Response:
    found = backend.logs.listed(caller.organisation_id, _filter(q), page=page, page_size=pageSize)
    items = [_entry(item, caller.organisation_id) for item in found.items]
    return answer(models.LogPage(page=page, pageAmount=found.page_amount, items=items))


@router.get(_LOGS + "/stats", **documented("get", _LOGS + "/stats"))
async def statistics(
    backend: TheBackend,
    caller: ManagementCaller,
    timezone: str,
    category: models.LogCategory | None = None,
) -> Response:
    found = backend.logs.statistics(caller.organisation_id, timezone, category)
    days = [
        # [D] "2022-03-07T00:00:00.000+0000": without a colon in the offset.
        models.LogDay(day=f"{day:%Y-%m-%dT%H:%M:%S.000%z}", amount=amount)
        for day, amount in found.days
    ]
    return answer(
        models.LogStatistics(totalUniqueDevices=found.unique_devices, administrationLogs=days)
    )


@router.get(_LOGS + "/{adminLogId}/payload", **documented("get", _LOGS + "/{adminLogId}/payload"))
async def payload(
    request: Request, backend: TheBackend, caller: ManagementCaller, adminLogId: LogId
) -> Response:
    link = backend.logs.link(caller.organisation_id, adminLogId)
    query = urlencode({"expires": link.expires_ms, "signature": link.signature})
    # The host is one that the gate let pass.
    host = f"{request.url.scheme}://{request.headers['host']}"
    url = f"{host}{LOG_PAYLOADS}/{link.log_id}?{query}"
    return Response(url, media_type="text/x-uri")


def _filter(q: str | None) -> LogFilter:
    found = read_filter(q, _FILTERS)
    start, end = found.get("startDateTime"), found.get("endDateTime")
    return LogFilter(
        type=_one_of(TYPES, "type", found.get("type")),
        category=_one_of(CATEGORIES, "category", found.get("category")),
        iccid=_plain("iccid", found.get("iccid")),
        geofence_id=_plain("geofenceId", found.get("geofenceId")),
        start_ms=None if start is None else read_instant(start, "startDateTime").at_ms,
        end_ms=None if end is None else read_instant(end, "endDateTime").at_ms,
    )


def _one_of(known: tuple[str, ...], name: str, value: str | None) -> str | None:
    """The known value that is meant: 1NCE's example has a type in small letters."""
    if value is None:
        return None
    for one in known:
        if one.lower() == value.lower():
            return one
    raise Invalid(f"q has {name} {value!r}; choose one of {', '.join(known)}")


def _plain(name: str, value: str | None) -> str | None:
    """An id: printable ASCII, which every database takes."""
    if value is not None and not (value.isascii() and value.isprintable()):
        raise Invalid(f"q has {name} {value!r}; that is no id")
    return value


def _entry(item: LogItem, organisation_id: int) -> models.LogEntry:
    fields = {
        "id": item.log_id,
        "customerId": str(organisation_id),
        "timestamp": shown(item.logged_ms),
        "type": item.type,
        "category": item.category,
        "message": item.message,
        "description": item.description,
        "traceId": item.trace_id,
        "iccid": item.iccid,
        "imsi": item.imsi,
        "ip": item.ip,
        "geofenceId": item.geofence_id,
        "integrationId": item.integration_id,
        # [D] `<customerId>/<ksuid>`
        "payloadReference": None if item.payload is None else f"{organisation_id}/{item.log_id}",
    }
    known = {name: value for name, value in fields.items() if value is not None}
    return models.LogEntry.model_validate(known)
