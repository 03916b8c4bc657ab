"""Management API access: pairs of client id and secret (Account, on Platform 2.0)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["Management API access"])
_KEEPER = needs("configuration.management_api")


class AddCredential(Body):
    """What the pair is for."""

    name: Line


class AddedCredential(Shown):
    """A new pair: its secret is shown here and never again."""

    client_id: str
    client_secret: str


class ShownCredential(Shown):
    """A pair as the list has it."""

    client_id: str
    name: str
    created: str
    last_used: str | None


@router.get("/credentials", **_KEEPER)
async def credentials(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownCredential]:
    """The pairs of the organisation, without their secrets."""
    pairs = backend.access.credentials.of(caller.organisation_id)
    return [
        ShownCredential(
            client_id=found.client_id,
            name=found.name,
            created=iso_time(found.created_ms),
            last_used=None if found.last_used_ms is None else iso_time(found.last_used_ms),
        )
        for found in cut(pairs, page, response)
    ]


@router.post("/credentials", status_code=201, **_KEEPER)
async def add(
    backend: TheBackend, caller: PortalCaller, body: AddCredential, response: Response
) -> AddedCredential:
    """Make a pair."""
    response.headers["Cache-Control"] = "no-store"
    issued = await backend.write(
        lambda work: backend.access.credentials.create(
            caller.organisation_id, body.name, backend.wall_ms(), work
        )
    )
    return AddedCredential(client_id=issued.client_id, client_secret=issued.secret)


@router.delete("/credentials/{client_id}", status_code=204, **_KEEPER)
async def delete(backend: TheBackend, caller: PortalCaller, client_id: str) -> None:
    """Delete a pair; its tokens end."""
    await backend.write(
        lambda work: backend.access.delete_credential(caller.organisation_id, client_id, work)
    )
