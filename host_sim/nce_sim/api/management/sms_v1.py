"""Short messages of SIMs, version 1."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_api.models import sims as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.management.sims_answers import (
    PageNumber,
    PageSize,
    document,
    document_page,
    numbered,
)
from nce_sim.api.platform import TheBackend, TheDoor
from nce_sim.services.sims.messages import Text, text_of

router = APIRouter()


def text_of_body(body: models.NewSms) -> Text:
    """The message that a body describes."""
    kind = body.source_address_type
    return text_of(
        payload=body.payload,
        dcs=body.dcs,
        udh=body.udh,
        source_address=body.source_address,
        source_address_type=None if kind is None else kind.id,
        expiry_date=body.expiry_date,
    )


@router.get("/v1/sims/{iccid}/sms", **documented("get", "/v1/sims/{iccid}/sms"))
async def get_messages(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    page: PageNumber = 1,
    pageSize: PageSize = 10,
    sort: str | None = None,
) -> Response:
    """The messages from and to a SIM."""
    sims = backend.sims
    subscription = sims.find(caller.organisation_id, iccid, 1)
    return document_page(
        sims.messages.page(subscription, version=1, sort=sort, page=page, page_size=pageSize)
    )


@router.post("/v1/sims/{iccid}/sms", **documented("post", "/v1/sims/{iccid}/sms"))
async def send_message(
    backend: TheBackend, caller: ManagementCaller, door: TheDoor, iccid: str, body: models.NewSms
) -> Response:
    """Send a message to a SIM."""
    text = text_of_body(body)
    number = await backend.write(
        lambda work: backend.sims.send(caller.organisation_id, 1, iccid, text, work)
    )
    location = f"{door}/v1/sims/{iccid}/sms/{number}"
    return Response(status_code=201, headers=numbered(location))


@router.get("/v1/sims/{iccid}/sms/{id}", **documented("get", "/v1/sims/{iccid}/sms/{id}"))
async def get_message(
    backend: TheBackend, caller: ManagementCaller, iccid: str, id: float
) -> Response:
    """One message."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 1)
    return document(backend.sims.messages.get(subscription, id, 1))


@router.delete("/v1/sims/{iccid}/sms/{id}", **documented("delete", "/v1/sims/{iccid}/sms/{id}"))
async def cancel_message(
    backend: TheBackend, caller: ManagementCaller, iccid: str, id: float
) -> Response:
    """Cancel a message that waits."""
    await backend.write(
        lambda work: backend.sims.cancel_message(caller.organisation_id, 1, iccid, id, work)
    )
    return Response(status_code=200)
