"""Service requests: ask the support, and what was said (support-management, v1.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from nce_api.models import support as models
from nce_sim.account.support.service import Communication, NewRequest, ServiceRequest
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.paging import Page
from nce_sim.api.platform import TheBackend, answer_list
from nce_sim.problems import Invalid
from nce_sim.services.identifiers import iso_time

router = APIRouter()


@router.get("/v1/support", **documented("get", "/v1/support"))
async def requests(
    backend: TheBackend,
    caller: ManagementCaller,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize")] = 1,  # [D] one
) -> Response:
    """A page of the service requests."""
    number = Page(page, page_size)
    found, total = backend.support.page(caller.organisation_id, page=page, size=page_size)
    return answer_list(
        [_request(request) for request in found], headers=number.headers(total, len(found))
    )


@router.post("/v1/support", **documented("post", "/v1/support"))
async def create(
    backend: TheBackend, caller: ManagementCaller, body: models.NewServiceRequest
) -> Response:
    """Ask the support."""
    if body.subject is None or body.text is None:
        raise Invalid("a service request has no subject or no text; give both")
    new = NewRequest(body.subject, body.text, body.senderName, body.replyToMail)
    await backend.write(lambda work: backend.support.create(caller.organisation_id, new, work))
    return Response(status_code=201)


def _request(request: ServiceRequest) -> models.ServiceRequest:
    shown = models.ServiceRequest(
        caseId=str(request.case_id),
        communications=[_said(each) for each in request.communications],
        createDate=iso_time(request.created_ms),
        status=request.status,
        subject=request.subject,
        text=request.text,
    )
    if request.solved_ms is not None:
        shown.solvedDate = iso_time(request.solved_ms)
    return shown


def _said(said: Communication) -> models.Communication:
    return models.Communication(
        id=str(said.position),
        communicationDate=iso_time(said.at_ms),
        direction=said.direction,
        type=said.kind,
        originator=said.originator,
        subject=said.subject,
        text=said.text,
    )
