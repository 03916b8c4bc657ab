"""The export of all SIMs; what else is done with SIMs is in the Management API."""

from __future__ import annotations

from typing import Any

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


_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get("/sims/export", response_class=Response, responses=_CSV, **needs("sims.export"))
async def export(backend: TheBackend, caller: PortalCaller) -> Response:
    """All SIMs of the organisation as a table (RFC 4180), with PIN and PUK."""
    text = backend.sims.export(caller.organisation_id)
    return Response(text, media_type="text/csv", headers=_HEADERS)
