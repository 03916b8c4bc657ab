"""The first items of a list that the service gives page by page.

await first(sims.events(iccid))             # None when there are none
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")
SHOWN = 50  # of events, messages and positions


async def first(found: AsyncIterator[T]) -> list[T] | None:
    """As many as a page shows; None for none."""
    items: list[T] = []
    async for item in found:
        items.append(item)
        if len(items) == SHOWN:
            break
    return items or None
