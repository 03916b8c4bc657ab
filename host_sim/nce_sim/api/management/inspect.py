"""The Device Inspector's operations: devices, their state, their messages and how many came."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from nce_api.models import inspect as models
from nce_api.models.actions import Protocol
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.filters import read_filter
from nce_sim.api.instants import Instant, read_instant, shown
from nce_sim.api.platform import TheBackend, answer
from nce_sim.backend import Backend
from nce_sim.services.devices import Device
from nce_sim.services.inspector.history import HistoryItem, Wanted
from nce_sim.services.json_text import json_text

router = APIRouter()

_DEVICES = "/v1/inspect/devices"
_DEVICE = _DEVICES + "/{deviceId}"
_ICCID = "^[0-9]{19}$"

DeviceId = Annotated[str, Path(pattern=_ICCID)]
WantedDevice = Annotated[str | None, Query(pattern=_ICCID)]
PageNumber = Annotated[int, Query(ge=1, le=50)]
PageSize = Annotated[int, Query(ge=1, le=50)]
HistorySize = Annotated[int, Query(ge=1, le=25)]  # [D] 1..25 in the texts; the schema has no end


# -- devices -----------------------------------------------------------------------------------


@router.get(_DEVICES, **documented("get", _DEVICES))
async def devices(
    backend: TheBackend,
    caller: ManagementCaller,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    sort: str | None = None,
    q: str | None = None,
) -> Response:
    keys = tuple(key.strip() for key in (sort or "").split(",") if key.strip())
    wanted = read_filter(q, ("iccid",)).get("iccid")
    found = backend.inspector.devices(
        caller.organisation_id, page=page, page_size=pageSize, sort=keys, iccid=wanted
    )
    items = [_device(device) for device in found.items]
    return answer(models.DevicePage(items=items, page=page, pageAmount=found.page_amount))


# Above the operations on one device: `history` is not an id.
@router.get(_DEVICES + "/history", **documented("get", _DEVICES + "/history"))
async def all_messages(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: WantedDevice = None,
    iccid: WantedDevice = None,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    pageSize: HistorySize = 10,
    protocol: Protocol | None = None,
    nextToken: str | None = None,
) -> Response:
    span = _Span(startDateTime, endDateTime)
    wanted = _wanted(deviceId, iccid, protocol, span)
    # The schema of all devices' messages has no topic.
    return _messages(backend, caller.organisation_id, wanted, span, pageSize, nextToken, False)


@router.get(_DEVICES + "/history/insights", **documented("get", _DEVICES + "/history/insights"))
async def all_insights(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: WantedDevice = None,
    iccid: WantedDevice = None,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    protocol: Protocol | None = None,
    interval: str = "1d",
) -> Response:
    span = _Span(startDateTime, endDateTime)
    wanted = _wanted(deviceId, iccid, protocol, span)
    return await _insights(backend, caller.organisation_id, wanted, span, interval)


@router.get(_DEVICE, **documented("get", _DEVICE))
async def device(backend: TheBackend, caller: ManagementCaller, deviceId: str) -> Response:
    return answer(_device(backend.inspector.device(caller.organisation_id, deviceId)))


@router.get(_DEVICE + "/telemetry", **documented("get", _DEVICE + "/telemetry"))
async def telemetry(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: DeviceId,
    protocol: Protocol | None = None,
) -> Response:
    state = backend.inspector.telemetry(caller.organisation_id, deviceId, protocol)
    # In ASCII: a template may make half a surrogate pair, which UTF-8 has no bytes for.
    body = json_text(models.DeviceState(id=deviceId, state=state).model_dump())
    return Response(body, media_type="application/json")


@router.get(_DEVICE + "/history", **documented("get", _DEVICE + "/history"))
async def messages(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: DeviceId,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    pageSize: HistorySize = 10,
    protocol: Protocol | None = None,
    nextToken: str | None = None,
) -> Response:
    span = _Span(startDateTime, endDateTime)
    wanted = _wanted(deviceId, None, protocol, span)
    return _messages(backend, caller.organisation_id, wanted, span, pageSize, nextToken, True)


@router.get(_DEVICE + "/history/insights", **documented("get", _DEVICE + "/history/insights"))
async def insights(
    backend: TheBackend,
    caller: ManagementCaller,
    deviceId: DeviceId,
    startDateTime: str | None = None,
    endDateTime: str | None = None,
    protocol: Protocol | None = None,
    interval: str = "1d",
) -> Response:
    span = _Span(startDateTime, endDateTime)
    wanted = _wanted(deviceId, None, protocol, span)
    return await _insights(backend, caller.organisation_id, wanted, span, interval)


@router.get("/v1/devices/stats", **documented("get", "/v1/devices/stats"))
async def statistics(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.inspector.statistics(caller.organisation_id)
    body = models.DeviceStatistics(totalDevices=found.total, activatedDevices=found.activated)
    return answer(body)


# -- inside ------------------------------------------------------------------------------------


class _Span:
    """The times of a query; answers are written in the zone of the first that has one."""

    def __init__(self, start: str | None, end: str | None) -> None:
        self.start = None if start is None else read_instant(start, "startDateTime")
        self.end = None if end is None else read_instant(end, "endDateTime")

    def shown(self, at_ms: int) -> str:
        """A time of an answer."""
        given = self.start or self.end or Instant(0)
        return shown(at_ms, given.zone)


def _wanted(
    device_id: str | None, iccid: str | None, protocol: str | None, span: _Span
) -> Wanted | None:
    """The messages of a query; None when no message can be meant."""
    if None not in (device_id, iccid) and device_id != iccid:
        return None
    return Wanted(
        device_id or iccid,
        protocol,
        None if span.start is None else span.start.at_ms,
        None if span.end is None else span.end.at_ms,
    )


def _messages(
    backend: Backend,
    organisation_id: int,
    wanted: Wanted | None,
    span: _Span,
    page_size: int,
    token: str | None,
    has_topics: bool,
) -> Response:
    if wanted is None:
        return answer(models.MessagePage(items=[]))
    page = backend.inspector.historian.page(
        organisation_id, wanted, page_size=page_size, token=token
    )
    body = models.MessagePage(items=[_message(item, span, has_topics) for item in page.items])
    if page.next_token is not None:
        body.nextToken = page.next_token
    if page.first_token is not None:
        body.firstToken = page.first_token
    return answer(body)


def _message(item: HistoryItem, span: _Span, has_topic: bool) -> models.Message:
    message = models.Message(
        time=span.shown(item.received_ms),
        payload=item.payload,
        iccid=item.iccid,
        deviceId=item.device_id,
        protocol=item.protocol,
    )
    if has_topic and item.topic is not None:
        message.topic = item.topic
    return message


async def _insights(
    backend: Backend,
    organisation_id: int,
    wanted: Wanted | None,
    span: _Span,
    interval: str,
) -> Response:
    historian = backend.inspector.historian
    found = await historian.insights(organisation_id, wanted or _NOTHING, interval)
    items = [
        models.Insight(time=span.shown(one.start_ms), protocol=one.protocol, amount=one.amount)
        for one in found
    ]
    return answer(models.Insights(items=items, interval=interval))


# No message is of this device.
_NOTHING = Wanted(device_id="")


def _device(device: Device) -> models.Device:
    shape = models.Device(
        id=device.iccid, iccid=device.iccid, imsi1=device.imsi, ip=device.address
    )
    if device.name:
        shape.name = device.name
    return shape
