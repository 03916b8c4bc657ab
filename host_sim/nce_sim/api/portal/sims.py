"""The table of SIMs, its export, and the steps of a quota.

What else is done with SIMs is in the Management API.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.pages import ThePage
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time
from nce_sim.services.sims.quota import unit_of
from nce_sim.services.sims.table import Row, Wanted

router = APIRouter(tags=["SIMs"])
HEADERS = {
    "Content-Disposition": 'attachment; filename="sims.csv"',
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # PIN and PUK are in it
}


Level = Literal["SUFFICIENT", "LOW", "NONE"]


class ShownSim(Shown):
    """One SIM of the table; data in MB."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str | None
    imei_lock: bool
    ip_address: str | None
    label: str
    state: Literal["ENABLED", "DISABLED", "EXPIRED"]
    session: Literal["ONLINE", "ATTACHED", "OFFLINE"]
    sim_type: str
    data_total: float
    data_left: float
    data: Level
    sms_total: int
    sms_left: int
    sms: Level
    auto_top_up: bool
    activated: str
    ends: str
    is_extendable: bool


class ShownStep(Shown):
    """What changed the data volume of a SIM and was no traffic; data in MB."""

    time: str
    data_added: float
    data_left: float


CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get("/sims", **needs("sims.see"))
async def sims(
    backend: TheBackend,
    caller: PortalCaller,
    page: ThePage,
    response: Response,
    text: Annotated[str, Query(max_length=100)] = "",
    field: Literal["iccid", "imsi", "msisdn", "label"] | None = None,
    state: Literal["ENABLED", "DISABLED", "EXPIRED"] | None = None,
    session: Literal["ONLINE", "ATTACHED", "OFFLINE"] | None = None,
    data: Level | None = None,
    sms: Level | None = None,
    imei_lock: bool | None = None,
    sort: Annotated[str, Query(max_length=20)] = "iccid",
) -> list[ShownSim]:
    """A page of SIMs; `text` is any part of a number or a label."""
    wanted = Wanted(text, field, state, session, data, sms, imei_lock, sort)
    found = backend.sims.table.page(caller.organisation_id, wanted, page.number, page.size)
    response.headers.update(page.headers(found.total, len(found.items)))
    return [_shown(row) for row in found.items]


@router.get("/sims/export", response_class=Response, responses=CSV, **needs("sims.export"))
async def export(backend: TheBackend, caller: PortalCaller) -> Response:
    """All SIMs of the organisation as a table (RFC 4180), with PIN and PUK."""
    text, _ = backend.sims.export(caller.organisation_id)
    return Response(text, media_type="text/csv", headers=HEADERS)


@router.get("/sims/{iccid}/quota-steps", **needs("sims.see"))
async def quota_steps(backend: TheBackend, caller: PortalCaller, iccid: str) -> list[ShownStep]:
    """Top-ups and other steps of a SIM's data volume in six months, the oldest first."""
    found = backend.sims.find(caller.organisation_id, iccid, 2)
    unit = unit_of(found, "data")
    return [
        ShownStep(
            time=iso_time(step.at_ms),
            data_added=step.data_added / unit,
            data_left=step.data_left / unit,
        )
        for step in backend.sims.quota_steps(found)
    ]


def _shown(row: Row) -> ShownSim:
    return ShownSim(
        **{name: value for name, value in vars(row).items() if not name.endswith("_ms")},
        activated=iso_time(row.activated_ms),
        ends=iso_time(row.ends_ms),
    )
