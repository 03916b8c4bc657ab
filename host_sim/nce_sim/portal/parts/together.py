"""One call for several cards that ask the same at the same time.

overview = Together(portal.dashboard)
await asyncio.gather(overview.ask(), overview.ask())    # asks the service once
await overview.ask()                                    # and again
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """A question that is under way at most once."""

    def __init__(self, call: Callable[[], Awaitable[T]]) -> None:
        self._call = call
        self._running: asyncio.Task[T] | None = None

    async def ask(self) -> T:
        """The answer to the question that is under way, or to a new one."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._asking())
        return await asyncio.shield(self._running)

    async def _asking(self) -> T:
        return await self._call()
