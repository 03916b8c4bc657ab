"""Device Controller: what a device has registered by LwM2M, and what is observed of it.

No operation of 1NCE's API tells it.
"""

from __future__ import annotations

from fastapi import APIRouter

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.permission import needs
from nce_sim.problems import NotFound
from nce_sim.services.controller.results import NOT_REGISTERED
from nce_sim.wire.lwm2m.record import path_text

router = APIRouter(tags=["Device Controller"])


class ShownClient(Shown):
    """A registered client: its instances and observations are paths such as /3303/0."""

    endpoint_name: str
    version: str
    binding: str
    is_secure: bool
    is_queueing: bool
    lifetime_s: int
    lifetime_left_s: int
    instances: list[str]
    observations: list[str]


@router.get("/devices/{iccid}/lwm2m", **needs("os.open"))
async def lwm2m_client(backend: TheBackend, caller: PortalCaller, iccid: str) -> ShownClient:
    """What a device has registered."""
    found = backend.lwm2m.client(caller.organisation_id, iccid)
    if found is None:
        raise NotFound(NOT_REGISTERED)
    one = found.registration
    return ShownClient(
        endpoint_name=one.endpoint_name,
        version=one.version,
        binding=one.binding,
        is_secure=one.client.is_secure,
        is_queueing=one.is_queueing,
        lifetime_s=one.lifetime_s,
        lifetime_left_s=found.lifetime_left_s,
        instances=[path_text(path) for path in one.parsed.instances],
        observations=[path_text(each.path) for each in found.observations],
    )
