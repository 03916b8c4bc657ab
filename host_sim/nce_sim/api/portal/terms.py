"""Whether the terms of 1NCE OS are accepted: the Management API takes a yes, and tells of none."""

from __future__ import annotations

from fastapi import APIRouter

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.permission import needs

router = APIRouter(tags=["1NCE OS"])


class Terms(Shown):
    """The Terms of Use and the Data Processing Agreement, which are accepted together."""

    accepted: bool


@router.get("/terms", **needs("os.open"))
async def terms(backend: TheBackend, caller: PortalCaller) -> Terms:
    """Whether the organisation has accepted them."""
    return Terms(accepted=backend.agreements.has_accepted(caller.organisation_id))
