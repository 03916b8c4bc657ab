"""Coverage: which operators of a country carry which technology, as the simulated ones do.

No permission of the portal's table is about coverage; it stands beside Performance [U].
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.permission import needs
from nce_sim.network.bearers import COUNTRIES, CREDIT, bearers
from nce_sim.problems import NotFound

router = APIRouter(tags=["Coverage"])
_SEE = needs("performance.see")


class Land(Shown):
    """A country by its ISO code."""

    code: str
    name: str


class Technology(Shown):
    """A technology, the day of its end if one is known, and whether it is on the air today."""

    rat: str
    until: str | None
    is_on: bool


class Operator(Shown):
    """An operator that SIMs are welcome at."""

    name: str
    plmn: str
    technologies: list[Technology]


class Coverage(Land):
    """A country with its operators, and the source of the table."""

    operators: list[Operator]
    source: str


@router.get("/coverage", **_SEE)
async def countries() -> list[Land]:
    """The countries that the table has."""
    return [Land(code=code, name=found.name) for code, found in COUNTRIES.items()]


@router.get("/coverage/{code}", **_SEE)
async def coverage(backend: TheBackend, code: str) -> Coverage:
    """The operators of a country and their technologies, on the day of the world's calendar."""
    found = COUNTRIES.get(code.upper())
    if found is None:
        raise NotFound(f"there is no country {code[:40]!r}; choose one of {', '.join(COUNTRIES)}")
    today = datetime.fromtimestamp(backend.wall_ms() // 1000, UTC).date().isoformat()
    alive = bearers(code, today)
    operators = [
        Operator(
            name=operator.name,
            plmn=operator.plmn,
            technologies=[
                Technology(rat=rat, until=until, is_on=rat in alive[operator.name])
                for rat, until in operator.bearers
            ],
        )
        for operator in found.operators
    ]
    return Coverage(code=code.upper(), name=found.name, operators=operators, source=CREDIT)
