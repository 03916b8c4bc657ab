"""Lists of the portal in pages, counted in headers as those of SIMs and orders.

@router.get("/users", **needs("users.see"))
async def users(..., page: ThePage, response: Response) -> ...:
    return cut(found, page, response)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Response

from nce_sim.api.paging import Page

_MOST_PAGES = 1_000_000
Item = TypeVar("Item")


async def _page(
    page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize")] = 10,
) -> Page:
    return Page(page, page_size)


ThePage = Annotated[Page, Depends(_page)]


def cut(items: Sequence[Item], page: Page, response: Response) -> Sequence[Item]:
    """The items of one page; the headers of the response tell of the others."""
    found = items[page.offset : page.offset + page.size]
    response.headers.update(page.headers(len(items), len(found)))
    return found
