"""The one SMS forwarder of an organisation: where messages of its SIMs are sent."""

from __future__ import annotations

from fastapi import APIRouter

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Shown, Url
from nce_sim.api.portal.permission import needs

router = APIRouter(tags=["SMS Forwarder"])
_FORWARDER = needs("configuration.sms_forwarder")


class SetForwarder(Body):
    """The server that gets POST for a message and PATCH for a delivery report."""

    url: Url


class Forwarder(Shown):
    """The server that is set, or null."""

    url: str | None


@router.get("/sms-forwarder", **_FORWARDER)
async def forwarder(backend: TheBackend, caller: PortalCaller) -> Forwarder:
    """The server that is set."""
    return Forwarder(url=backend.sms_forwarding.server(caller.organisation_id))


@router.put("/sms-forwarder", **_FORWARDER)
async def set_forwarder(
    backend: TheBackend, caller: PortalCaller, body: SetForwarder
) -> Forwarder:
    """Set the server; the next tries go there."""
    await backend.write(
        lambda work: backend.sms_forwarding.set_server(caller.organisation_id, body.url, work)
    )
    return Forwarder(url=body.url)


@router.delete("/sms-forwarder", status_code=204, **_FORWARDER)
async def remove(backend: TheBackend, caller: PortalCaller) -> None:
    """Forward nothing more."""
    await backend.write(
        lambda work: backend.sms_forwarding.remove_server(caller.organisation_id, work)
    )
