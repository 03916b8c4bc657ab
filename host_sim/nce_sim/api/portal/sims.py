"""The export of all SIMs; what else is done with SIMs is in the Management API."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.permission import needs

router = APIRouter(tags=["SIMs"])
_HEADERS = {
    "Content-Disposition": 'attachment; filename="sims.csv"',
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # PIN and PUK are in it
}


class CsvResponse(Response):
    """Comma-separated values (RFC 4180)."""

    media_type = "text/csv"


@router.get("/sims/export", response_class=CsvResponse, **needs("sims.export"))
async def export(backend: TheBackend, caller: PortalCaller) -> Response:
    """All SIMs of the organisation as a table, with PIN and PUK."""
    return CsvResponse(backend.sims.export(caller.organisation_id), headers=_HEADERS)
