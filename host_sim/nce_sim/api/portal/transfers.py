"""The transfer of SIMs between an account and its sub-accounts: preview, transfer, history.

Rules are those of 1nce_os_2.md, 3.6: only from the account to a sub-account or back.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from nce_sim.account.organisations.transfer import IccidRange
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import MOST_ITEMS, Body, Line, Shown
from nce_sim.api.portal.pages import ThePage
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["SIM transfer"])
_TRANSFER = needs("organisation.sim_transfer")
_SEE = needs("organisation.see")
Range = Annotated[tuple[Line, Line], Field(strict=False)]
Ranges = Annotated[list[Range], Field(max_length=MOST_ITEMS)]
TransferId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class PreviewTransfer(Body):
    """Ranges of ICCIDs, whose they are, and who is to get them.

    Without a source they are the caller's own; without a target, the account above gets them.
    """

    source_organisation: int | None = None
    target_organisation: int | None = None
    ranges: Ranges


class ShownRange(Shown):
    """A range, how many SIMs it has, and why it cannot be transferred."""

    first: str
    last: str
    sims: int
    problem: str | None


class Preview(Shown):
    """What would be transferred."""

    sims: int
    ranges: list[ShownRange]


class TransferSims(Body):
    """SIMs, and the organisation that gets them; without one, the account above.

    With a source they are of that organisation alone.
    """

    source_organisation: int | None = None
    target_organisation: int | None = None
    iccids: list[Line] = Field(default_factory=list, max_length=MOST_ITEMS)
    ranges: Ranges = Field(default_factory=list)


class Transferred(Shown):
    """The SIMs that were moved."""

    iccids: list[str]


class ShownTransfer(Shown):
    """A transfer of the history; without a user it was a program's, or the other side's."""

    id: int
    at: str
    source: str
    target: str
    sims: int
    user: str | None


@router.post("/transfers/preview", **_TRANSFER)
async def preview(backend: TheBackend, caller: PortalCaller, body: PreviewTransfer) -> Preview:
    """What each range has, and what is wrong with it; nothing is moved."""
    seen = backend.transfer.preview(
        caller.organisation_id,
        body.source_organisation,
        body.target_organisation,
        [IccidRange(first, last) for first, last in body.ranges],
    )
    return Preview(
        sims=len({iccid for one in seen for iccid in one.iccids}),
        ranges=[
            ShownRange(
                first=one.range.first,
                last=one.range.last,
                sims=len(one.iccids),
                problem=one.problem,
            )
            for one in seen
        ],
    )


@router.post("/transfers", status_code=201, **_TRANSFER)
async def transfer(backend: TheBackend, caller: PortalCaller, body: TransferSims) -> Transferred:
    """Give SIMs to a sub-account, or take them back from one."""
    ranges = [IccidRange(first, last) for first, last in body.ranges]
    moved = await backend.write(
        lambda work: backend.transfer.start(
            caller.organisation_id,
            body.target_organisation,
            body.iccids,
            ranges,
            work,
            source_id=body.source_organisation,
            user=caller.name,
        )
    )
    return Transferred(iccids=moved)


@router.get("/transfers", **_SEE)
async def transfers(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownTransfer]:
    """The transfers that the organisation took part in, the newest first."""
    found, total = backend.transfer.log.page(
        caller.organisation_id, page=page.number, size=page.size
    )
    response.headers.update(page.headers(total, len(found)))
    shown = []
    for one in found:
        names = backend.organisations.get(one.account_id).name, one.sub_name
        source, target = names if one.is_to_sub else names[::-1]
        shown.append(
            ShownTransfer(
                id=one.transfer_id,
                at=iso_time(one.at_ms),
                source=source,
                target=target,
                sims=one.sims,
                user=one.user,
            )
        )
    return shown


@router.get("/transfers/{transfer_id}", **_SEE)
async def transferred(
    backend: TheBackend, caller: PortalCaller, transfer_id: TransferId
) -> Transferred:
    """The SIMs of one transfer."""
    return Transferred(iccids=backend.transfer.log.iccids(caller.organisation_id, transfer_id))
