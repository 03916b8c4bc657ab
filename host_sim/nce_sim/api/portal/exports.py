"""Exports of SIMs: files that stay as they were when they were made."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs
from nce_sim.api.portal.sims import CSV, HEADERS, Level
from nce_sim.services.identifiers import iso_time
from nce_sim.services.sims.exports import Export
from nce_sim.services.sims.table import Wanted
from nce_sim.storage import Work

router = APIRouter(tags=["SIMs"])
_EXPORTS = needs("sims.export")


class StartExport(Body):
    """Which SIMs; what is left out is any."""

    text: Line | None = None
    field: Literal["iccid", "imsi", "msisdn", "label"] | None = None
    state: Literal["ENABLED", "DISABLED", "EXPIRED"] | None = None
    session: Literal["ONLINE", "ATTACHED", "OFFLINE"] | None = None
    data: Level | None = None
    sms: Level | None = None
    imei_lock: bool | None = None


class ShownExport(Shown):
    """A file of the list; it is made at once, so its state is FINISHED."""

    id: str
    created: str
    state: str
    user: str
    filters: dict[str, str]
    sims: int


@router.get("/sims/exports", **_EXPORTS)
async def exports(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownExport]:
    """The files that there are, the newest first."""
    found = backend.sim_exports.of(caller.organisation_id)
    return [_shown(each) for each in cut(found, page, response)]


@router.post("/sims/exports", status_code=201, **_EXPORTS)
async def start(backend: TheBackend, caller: PortalCaller, body: StartExport) -> ShownExport:
    """Make a file of the SIMs that are wanted."""
    given = body.model_dump(exclude_none=True)
    filters = {
        name: str(value).lower() if name == "imei_lock" else value for name, value in given.items()
    }

    def write(work: Work) -> Export:
        text, sims = backend.sims.export(caller.organisation_id, Wanted(**given))
        return backend.sim_exports.add(
            caller.organisation_id, caller.name, filters, sims, text, work
        )

    return _shown(await backend.write(write))


@router.get("/sims/exports/{export_id}/file", response_class=Response, responses=CSV, **_EXPORTS)
async def file(backend: TheBackend, caller: PortalCaller, export_id: str) -> Response:
    """The file (RFC 4180), with PIN and PUK."""
    text = backend.sim_exports.content(caller.organisation_id, export_id)
    return Response(text, media_type="text/csv", headers=HEADERS)


def _shown(export: Export) -> ShownExport:
    return ShownExport(
        id=export.export_id,
        created=iso_time(export.created_ms),
        state="FINISHED",
        user=export.user,
        filters=dict(export.filters),
        sims=export.sims,
    )
