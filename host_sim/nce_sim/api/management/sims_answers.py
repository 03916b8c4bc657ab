"""What the routers of the SIM group share: parameters, bodies and answers.

Documents go out as the service made them: a number of MB without a fraction stays a whole number,
as clients in the field expect.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel

from nce_sim.api.paging import Page
from nce_sim.problems import Invalid
from nce_sim.services.sims.directory import Page as Found

PageNumber = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=100)]
EventPageSize = Annotated[int, Query(ge=1, le=1000)]
SmsPageSize = Annotated[int, Query(ge=1, le=1000)]


# What both versions are asked for by.
class _ListQuery(BaseModel):
    page: PageNumber = 1
    pageSize: PageSize = 10
    q: str | None = None
    sort: str | None = None


class _UsageQuery(BaseModel):
    start_dt: str | None = None
    end_dt: str | None = None


ListQuery = Annotated[_ListQuery, Query()]
UsageQuery = Annotated[_UsageQuery, Query()]

METHODS = ("banktransfer", "creditcard", "monthlyinvoice", "boleto")


def document(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response with `body` as JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, status, headers, "application/json")


def document_page(found: Found[dict[str, Any]], body: Any = None) -> Response:
    """A page with its headers: an array, or `body`, which has the items in it."""
    headers = Page(found.page, found.page_size).headers(found.total, len(found.items))
    return document(list(found.items) if body is None else body, headers=headers)


def method_of(payment_method: str | None) -> str:
    """[D] "left empty or is invalid": bank transfer."""
    return payment_method if payment_method in METHODS else METHODS[0]


async def ordered(placing: Awaitable[int]) -> int | Response:
    """The number of an order, or the answer that refuses it: [D] 400 with a message alone.

    The documents have this status at top-ups and extensions, in version 1 as in version 2.
    """
    try:
        return await placing
    except Invalid as invalid:
        return document({"message": str(invalid)}, 400)


def numbered(location: str) -> dict[str, str]:
    """The header that names what was made."""
    return {"Location": location}


def several(iccids: Sequence[str] | None) -> list[str]:
    """A list that may be left out."""
    return list(iccids or ())
