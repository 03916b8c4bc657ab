"""SIMs, version 1: read, changed, reset (1NCE's sim-management document)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_api.models import sims as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.management.sims_answers import (
    EventPageSize,
    ListQuery,
    PageNumber,
    UsageQuery,
    document,
    document_page,
)
from nce_sim.api.platform import TheBackend
from nce_sim.problems import Invalid
from nce_sim.services.sims.changes import Change
from nce_sim.services.sims.record import ENABLED

router = APIRouter()


def change_of(update: models.SimUpdate) -> Change:
    """The change that a body describes; [D] an `imei_lock` that is left out is false."""
    return Change(update.iccid, update.status == ENABLED, update.imei_lock, update.label)


@router.get("/v1/sims", **documented("get", "/v1/sims"))
async def get_sims(backend: TheBackend, caller: ManagementCaller, query: ListQuery) -> Response:
    """The SIMs of the account."""
    found = backend.sims.page(
        caller.organisation_id,
        1,
        query=query.q,
        sort=query.sort,
        page=query.page,
        page_size=query.pageSize,
    )
    return document_page(found)


@router.post("/v1/sims", **documented("post", "/v1/sims"))
async def update_sims(
    backend: TheBackend, caller: ManagementCaller, body: models.SimUpdates
) -> Response:
    """Change several SIMs after a while."""
    changes = [change_of(update) for update in body]
    await backend.write(
        lambda work: backend.sims.update_later(caller.organisation_id, 1, changes, work)
    )
    return Response(status_code=201)


@router.get("/v1/sims/{iccid}", **documented("get", "/v1/sims/{iccid}"))
async def get_sim(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """One SIM."""
    return document(backend.sims.record(backend.sims.find(caller.organisation_id, iccid, 1)))


@router.put("/v1/sims/{iccid}", **documented("put", "/v1/sims/{iccid}"))
async def update_sim(
    backend: TheBackend, caller: ManagementCaller, iccid: str, body: models.SimUpdate
) -> Response:
    """Change one SIM at once: a disabled one is thrown off."""
    if body.iccid != iccid:
        raise Invalid("the ICCID in the body is not the one in the path; give the same")
    await backend.write(
        lambda work: backend.sims.update(caller.organisation_id, 1, change_of(body), work)
    )
    return Response(status_code=200)


@router.post("/v1/sims/{iccid}/reset", **documented("post", "/v1/sims/{iccid}/reset"))
async def reset(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """Let the device attach again, after a while."""
    await backend.write(lambda work: backend.sims.reset(caller.organisation_id, 1, iccid, work))
    return Response(status_code=201)


@router.get("/v1/sims/{iccid}/status", **documented("get", "/v1/sims/{iccid}/status"))
async def get_status(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """Whether the SIM is attached or online, and where."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(backend.sims.status.v1(subscription))


@router.get(
    "/v1/sims/{iccid}/connectivity_info", **documented("get", "/v1/sims/{iccid}/connectivity_info")
)
async def get_connectivity(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    subscriber: bool = True,
    ussd: bool = False,
) -> Response:
    """The cell of a SIM on 2G or 3G."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(
        backend.sims.status.connectivity(subscription, subscriber=subscriber, ussd=ussd)
    )


@router.get("/v1/sims/{iccid}/events", **documented("get", "/v1/sims/{iccid}/events"))
async def get_events(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    page: PageNumber = 1,
    pageSize: EventPageSize = 10,
    sort: str | None = None,
) -> Response:
    """Events of a SIM."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    found = backend.sims.events(subscription, 1, sort=sort, page=page, page_size=pageSize)
    body = {
        "events": list(found.items),
        "totalEvents": found.total,
        "totalPages": found.pages,
    }
    return document_page(found, body)


@router.get("/v1/sims/{iccid}/usage", **documented("get", "/v1/sims/{iccid}/usage"))
async def get_usage(
    backend: TheBackend, caller: ManagementCaller, iccid: str, query: UsageQuery
) -> Response:
    """Usage by day."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(backend.sims.usage(subscription, query.start_dt, query.end_dt))


@router.get("/v1/sims/{iccid}/quota/data", **documented("get", "/v1/sims/{iccid}/quota/data"))
async def get_data_quota(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """What is left of the data volume."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(backend.sims.quota(subscription, "data", 1))


@router.get("/v1/sims/{iccid}/quota/sms", **documented("get", "/v1/sims/{iccid}/quota/sms"))
async def get_sms_quota(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """What is left of the messages."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(backend.sims.quota(subscription, "sms", 1))
