"""Management API access: pairs of client id and secret (Account, on Platform 2.0)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from nce_sim.account.access.service import Caller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.bodies import Body, Shown
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["Management API access"])
Keeper = Annotated[Caller, needs("configuration.management_api")]


class AddCredential(Body):
    """What the pair is for."""

    name: str


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


@router.get("/credentials")
async def credentials(backend: TheBackend, caller: Keeper) -> list[ShownCredential]:
    """All pairs of the organisation, without their secrets."""
    return [
        ShownCredential(
            client_id=found.client_id,
            name=found.name,
            created=iso_time(found.created_ms),
            last_used=None if found.last_used_ms is None else iso_time(found.last_used_ms),
        )
        for found in backend.access.credentials.of(caller.organisation_id)
    ]


@router.post("/credentials", status_code=201)
async def add(
    backend: TheBackend, caller: Keeper, body: AddCredential, response: Response
) -> AddedCredential:
    """Make a pair."""
    response.headers["Cache-Control"] = "no-store"
    issued = await backend.write(
        lambda work: backend.access.credentials.create(
            caller.organisation_id, body.name, backend.wall_ms(), work
        )
    )
    return AddedCredential(client_id=issued.client_id, client_secret=issued.secret)


@router.delete("/credentials/{client_id}", status_code=204)
async def delete(backend: TheBackend, caller: Keeper, client_id: str) -> None:
    """Delete a pair; its tokens end."""
    await backend.write(
        lambda work: backend.access.delete_credential(caller.organisation_id, client_id, work)
    )
