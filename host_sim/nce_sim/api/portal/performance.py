"""Performance: the state of each component, and what its incidents were."""

from __future__ import annotations

from fastapi import APIRouter

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["Performance"])


class Component(Shown):
    """One component: AVAILABLE, DEGRADED or OUTAGE, and why."""

    name: str
    state: str
    information: str


class Incident(Shown):
    """A time in which a component was not available; without an end it lasts."""

    component: str
    state: str
    information: str
    began: str
    ended: str | None


class Performance(Shown):
    """The components, and their incidents since the start, the newest first."""

    components: list[Component]
    incidents: list[Incident]


@router.get("/performance", **needs("performance.see"))
async def performance(backend: TheBackend, caller: PortalCaller) -> Performance:
    """The components and their incidents."""
    return Performance(
        components=[Component.model_validate(one) for one in backend.performance.components()],
        incidents=[
            Incident(
                component=one.component,
                state=one.state,
                information=one.information,
                began=iso_time(one.began_ms),
                ended=None if one.ended_ms is None else iso_time(one.ended_ms),
            )
            for one in backend.performance.incidents()
        ],
    )
