"""SIMs, version 2: read, changed, reset, topped up (1NCE's sim-management-v2 document).

Three operations are in 1NCE's list and in no document that we have: daily usage, auto top-up and
extension. [U] They have the paths and bodies of version 1 under /v2.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_api.models import sims as models_1
from nce_api.models import sims_v2 as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.management.sims_answers import (
    EventPageSize,
    ListQuery,
    PageNumber,
    UsageQuery,
    document,
    document_page,
    method_of,
    numbered,
    ordered,
    several,
)
from nce_sim.api.platform import TheBackend, TheDoor
from nce_sim.problems import Invalid
from nce_sim.services.sims.changes import Change
from nce_sim.services.sims.record import ENABLED

router = APIRouter()


@router.get("/v2/sims", **documented("get", "/v2/sims"))
async def get_sims(backend: TheBackend, caller: ManagementCaller, query: ListQuery) -> Response:
    """The SIMs of the account, of both platforms."""
    found = backend.sims.page(
        caller.organisation_id,
        2,
        query=query.q,
        sort=query.sort,
        page=query.page,
        page_size=query.pageSize,
    )
    return document_page(found)


@router.get("/v2/sims/{iccid}", **documented("get", "/v2/sims/{iccid}"))
async def get_sim(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """One SIM."""
    return document(backend.sims.record(backend.sims.find(caller.organisation_id, iccid, 2)))


@router.put("/v2/sims/{iccid}", **documented("put", "/v2/sims/{iccid}"))
async def update_sim(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    body: models.SimUpdate | None = None,
) -> Response:
    """Change one SIM at once; what the body leaves out stays."""
    wanted = body or models.SimUpdate()
    if wanted.iccid not in (None, iccid):
        raise Invalid("the ICCID in the body is not the one in the path; give the same")
    is_enabled = None if wanted.status is None else wanted.status == ENABLED
    change = Change(iccid, is_enabled, wanted.imei_lock, wanted.label)
    await backend.write(lambda work: backend.sims.update(caller.organisation_id, 2, change, work))
    return Response(status_code=200)


@router.post("/v2/sims/{iccid}/reset", **documented("post", "/v2/sims/{iccid}/reset"))
async def reset(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """Let the device attach again, after a while."""
    await backend.write(lambda work: backend.sims.reset(caller.organisation_id, 2, iccid, work))
    return Response(status_code=201)


@router.get("/v2/sims/{iccid}/status", **documented("get", "/v2/sims/{iccid}/status"))
async def get_status(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """Whether the SIM is attached, online or blocked, and where."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document(backend.sims.status.v2(subscription))


@router.get("/v2/sims/{iccid}/quota/data", **documented("get", "/v2/sims/{iccid}/quota/data"))
async def get_data_quota(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """What is left of the data volume."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document(backend.sims.quota(subscription, "data", 2))


@router.get("/v2/sims/{iccid}/quota/sms", **documented("get", "/v2/sims/{iccid}/quota/sms"))
async def get_sms_quota(backend: TheBackend, caller: ManagementCaller, iccid: str) -> Response:
    """What is left of the messages."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document(backend.sims.quota(subscription, "sms", 2))


@router.get("/v2/sims/{iccid}/events", **documented("get", "/v2/sims/{iccid}/events"))
async def get_events(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    page: PageNumber = 1,
    pageSize: EventPageSize = 10,
) -> Response:
    """Events of a SIM, as the Data Streamer sends them."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document_page(
        backend.sims.events(subscription, 2, sort=None, page=page, page_size=pageSize)
    )


@router.post("/v2/sims/{iccid}/topup", **documented("post", "/v2/sims/{iccid}/topup"))
async def top_up(
    backend: TheBackend,
    caller: ManagementCaller,
    door: TheDoor,
    iccid: str,
    payment_method: str | None = None,
) -> Response:
    """Order more volume for a SIM."""
    method = method_of(payment_method)
    number = await ordered(
        backend.write(
            lambda work: backend.sims.top_up(caller.organisation_id, 2, [iccid], method, work)
        )
    )
    if isinstance(number, Response):
        return number
    location = f"{door}/v2/orders/{number}"
    return Response(status_code=201, headers=numbered(location))


# -- in no document ---------------------------------------------------------------------------


@router.get("/v2/sims/{iccid}/usage", tags=["SIM Usage"])
async def get_usage(
    backend: TheBackend, caller: ManagementCaller, iccid: str, query: UsageQuery
) -> Response:
    """Usage by day."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document(backend.sims.usage(subscription, query.start_dt, query.end_dt))


@router.post("/v2/sims/autoTopup", status_code=201, tags=["Volume Top Up"])
async def set_auto_top_up(
    backend: TheBackend, caller: ManagementCaller, body: models_1.AutoTopUp
) -> Response:
    """Let SIMs top themselves up, or not."""
    if body.enabled is None:
        raise Invalid("enabled is missing; give true or false")
    is_on, iccids = body.enabled, several(body.iccids)
    await backend.write(
        lambda work: backend.sims.set_auto_top_up(caller.organisation_id, 2, iccids, is_on, work)
    )
    return Response(status_code=201)


@router.post("/v2/sims/extension", status_code=201, tags=["SIM Extension"])
async def extend(
    backend: TheBackend,
    caller: ManagementCaller,
    body: models_1.Extension,
    payment_method: str | None = None,
) -> Response:
    """Order another lifetime for SIMs."""
    iccids, product_id, method = several(body.iccids), body.productId, method_of(payment_method)
    number = await ordered(
        backend.write(
            lambda work: backend.sims.extend(
                caller.organisation_id, 2, iccids, product_id, method, work
            )
        )
    )
    return number if isinstance(number, Response) else Response(status_code=201)
