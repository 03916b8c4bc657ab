"""Short messages of SIMs, version 2."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_api.models import sims_v2 as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.management.sims_answers import PageNumber, SmsPageSize, document, document_page
from nce_sim.api.platform import TheBackend
from nce_sim.services.sims.messages import text_of

router = APIRouter()


@router.post("/v2/sims/{iccid}/sms", **documented("post", "/v2/sims/{iccid}/sms"))
async def send_message(
    backend: TheBackend, caller: ManagementCaller, iccid: str, body: models.NewSms
) -> Response:
    """Send a message to a SIM."""
    kind = body.source_address_type
    text = text_of(
        payload=body.payload,
        dcs=body.dcs,
        udh=body.udh,
        source_address=body.source_address,
        source_address_type=None if kind is None else kind.id,
        expiry_date=body.expiry_date,
    )
    number = await backend.write(
        lambda work: backend.sims.send(caller.organisation_id, 2, iccid, text, work)
    )
    return document({"id": str(number)}, 201)


@router.get("/v2/sims/{iccid}/sms", **documented("get", "/v2/sims/{iccid}/sms"))
async def get_messages(
    backend: TheBackend,
    caller: ManagementCaller,
    iccid: str,
    page: PageNumber = 1,
    per_page: SmsPageSize = 20,
) -> Response:
    """The messages from and to a SIM."""
    sims = backend.sims
    subscription = sims.find(caller.organisation_id, iccid, 2)
    return document_page(
        sims.messages.page(subscription, version=2, sort=None, page=page, page_size=per_page)
    )


@router.get("/v2/sims/{iccid}/sms/{id}", **documented("get", "/v2/sims/{iccid}/sms/{id}"))
async def get_message(
    backend: TheBackend, caller: ManagementCaller, iccid: str, id: float
) -> Response:
    """One message."""
    subscription = backend.sims.find(caller.organisation_id, iccid, 2)
    return document(backend.sims.messages.get(subscription, id, 2))


@router.delete("/v2/sims/{iccid}/sms/{id}", **documented("delete", "/v2/sims/{iccid}/sms/{id}"))
async def cancel_message(
    backend: TheBackend, caller: ManagementCaller, iccid: str, id: float
) -> Response:
    """Cancel a message that waits."""
    number = await backend.write(
        lambda work: backend.sims.cancel_message(caller.organisation_id, 2, iccid, id, work)
    )
    return document({"id": str(number)})
