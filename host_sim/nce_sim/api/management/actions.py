"""The Device Controller's operations: actions on one device or many, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from nce_api.models import actions as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.paging import Page
from nce_sim.api.platform import TheBackend, answer, answer_list
from nce_sim.backend import Backend
from nce_sim.services.controller.actions import Action, CoapAction, Lwm2mAction, UdpAction
from nce_sim.services.controller.requests import ActionRequest
from nce_sim.services.controller.states import ACTIVE, ARCHIVED

router = APIRouter()

_ONE = "/v1/integrate/devices/{deviceId}/actions"
_MANY = "/v1/integrate/devices/actions"
_REQUESTS = "/v1/integrate/devices/actions/requests"

PageNumber = Annotated[int, Query(ge=1, le=50)]
PageSize = Annotated[int, Query(ge=1, le=100)]  # [U] the document has no maximum
Sort = Literal["created", "-created", "updated", "-updated"]


# -- sending -----------------------------------------------------------------------------------


@router.post(_ONE + "/UDP", **documented("post", _ONE + "/UDP"))
async def send_udp(
    backend: TheBackend, caller: ManagementCaller, deviceId: str, body: models.UdpAction
) -> Response:
    return await _send(backend, caller.organisation_id, deviceId, _udp(body))


@router.post(_ONE + "/COAP", **documented("post", _ONE + "/COAP"))
async def send_coap(
    backend: TheBackend, caller: ManagementCaller, deviceId: str, body: models.CoapAction
) -> Response:
    return await _send(backend, caller.organisation_id, deviceId, _coap(body))


@router.post(_ONE + "/LWM2M", **documented("post", _ONE + "/LWM2M"))
@router.post(
    "/v1/devices/{deviceId}/actions", **documented("post", "/v1/devices/{deviceId}/actions")
)
async def send_lwm2m(
    backend: TheBackend, caller: ManagementCaller, deviceId: str, body: models.Lwm2mAction
) -> Response:
    return await _send(backend, caller.organisation_id, deviceId, _lwm2m(body))


@router.post(_MANY + "/UDP", **documented("post", _MANY + "/UDP"))
async def send_udp_to_many(
    backend: TheBackend, caller: ManagementCaller, body: models.UdpBulkAction
) -> Response:
    return await _send_many(backend, caller.organisation_id, body.deviceIds, _udp(body))


@router.post(_MANY + "/COAP", **documented("post", _MANY + "/COAP"))
async def send_coap_to_many(
    backend: TheBackend, caller: ManagementCaller, body: models.CoapBulkAction
) -> Response:
    return await _send_many(backend, caller.organisation_id, body.deviceIds, _coap(body))


@router.post(_MANY + "/LWM2M", **documented("post", _MANY + "/LWM2M"))
async def send_lwm2m_to_many(
    backend: TheBackend, caller: ManagementCaller, body: models.Lwm2mBulkAction
) -> Response:
    return await _send_many(backend, caller.organisation_id, body.deviceIds, _lwm2m(body))


# -- reading -----------------------------------------------------------------------------------


@router.get(_REQUESTS, **documented("get", _REQUESTS))
async def all_requests(
    backend: TheBackend,
    caller: ManagementCaller,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    deviceId: str | None = None,
    protocol: str | None = None,
    status: str | None = None,
    sort: Sort = "-created",
) -> Response:
    cut = Page(page, pageSize)
    return _listed(
        backend,
        caller.organisation_id,
        (*ACTIVE, *ARCHIVED),
        cut,
        deviceId,
        protocol,
        status,
        sort,
    )


@router.get(_REQUESTS + "/active", **documented("get", _REQUESTS + "/active"))
async def active_requests(
    backend: TheBackend,
    caller: ManagementCaller,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    deviceId: str | None = None,
    protocol: str | None = None,
    status: str | None = None,
    sort: Sort = "-created",
) -> Response:
    cut = Page(page, pageSize)
    return _listed(backend, caller.organisation_id, ACTIVE, cut, deviceId, protocol, status, sort)


@router.get(_REQUESTS + "/archived", **documented("get", _REQUESTS + "/archived"))
async def archived_requests(
    backend: TheBackend,
    caller: ManagementCaller,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    deviceId: str | None = None,
    protocol: str | None = None,
    status: str | None = None,
    sort: Sort = "-created",
) -> Response:
    cut = Page(page, pageSize)
    return _listed(
        backend, caller.organisation_id, ARCHIVED, cut, deviceId, protocol, status, sort
    )


@router.get(_REQUESTS + "/{requestId}", **documented("get", _REQUESTS + "/{requestId}"))
async def one_request(backend: TheBackend, caller: ManagementCaller, requestId: str) -> Response:
    return answer(_shown(backend.controller.request(caller.organisation_id, requestId)))


# -- cancelling --------------------------------------------------------------------------------


@router.delete(_REQUESTS + "/{requestId}", **documented("delete", _REQUESTS + "/{requestId}"))
async def cancel(backend: TheBackend, caller: ManagementCaller, requestId: str) -> Response:
    call = partial(backend.controller.cancel, caller.organisation_id, requestId)
    return answer(_cancelled(await backend.write(call)))


@router.delete(_ONE + "/requests", **documented("delete", _ONE + "/requests"))
async def cancel_all(backend: TheBackend, caller: ManagementCaller, deviceId: str) -> Response:
    call = partial(backend.controller.cancel_all, caller.organisation_id, deviceId)
    cancelled = await backend.write(call)
    return answer_list([_cancelled(request) for request in cancelled])


# -- inside ------------------------------------------------------------------------------------


async def _send(
    backend: Backend, organisation_id: int, device_id: str, action: Action
) -> Response:
    create = partial(backend.controller.create, organisation_id, device_id, action)
    accepted = await backend.write(create)
    return answer(models.AcceptedAction(id=accepted.request_id, message=accepted.message), 202)


async def _send_many(
    backend: Backend, organisation_id: int, device_ids: Sequence[str], action: Action
) -> Response:
    create = partial(backend.controller.create_many, organisation_id, device_ids, action)
    bulk = await backend.write(create)
    accepted = [
        models.AcceptedBulkRequest(deviceId=device, requestId=request)
        for device, request in bulk.accepted
    ]
    body = models.AcceptedBulkAction(
        acceptedRequests=accepted, rejectedDevices=list(bulk.rejected), message=bulk.message
    )
    return answer(body, 202)


def _listed(
    backend: Backend,
    organisation_id: int,
    statuses: Sequence[str],
    cut: Page,
    device_id: str | None,
    protocol: str | None,
    status: str | None,
    sort: str,
) -> Response:
    found = backend.controller.requests(
        organisation_id,
        statuses,
        device_id=device_id,
        protocol=protocol,
        status=status,
        sort=sort,
        page=cut.number,
        page_size=cut.size,
    )
    items = [_shown(request) for request in found.items]
    return answer(
        models.ActionPage(items=items, page=cut.number, pageAmount=cut.amount(found.total))
    )


def _shown(request: ActionRequest) -> models.Action:
    return models.Action.model_validate(request.as_json())


def _cancelled(request: ActionRequest) -> models.CancelledAction:
    return models.CancelledAction(id=request.request_id, status=request.status)


def _udp(body: models.UdpAction | models.UdpBulkAction) -> UdpAction:
    return UdpAction(body.payload, body.payloadType, body.port, body.requestMode)


def _coap(body: models.CoapAction | models.CoapBulkAction) -> CoapAction:
    return CoapAction(
        body.path,
        body.port,
        body.requestType,
        body.payload,
        body.payloadType,
        body.requestMode,
        body.sendAttempts,
    )


def _lwm2m(body: models.Lwm2mAction | models.Lwm2mBulkAction) -> Lwm2mAction:
    return Lwm2mAction(
        body.action, body.resourceAddress, body.data, body.requestMode, body.sendAttempts
    )
