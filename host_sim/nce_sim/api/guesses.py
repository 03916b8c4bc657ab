"""Guessing of portal users' passwords made slow: so many wrong ones by address, then a wait [U].

async def sign_in(attempt: TheAttempt, ...):
    async with attempt:
        ...                         # raises BadCredentials for a wrong password
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Annotated, cast

from fastapi import Depends, HTTPException, Request

from nce_sim.account.access.service import BadCredentials
from nce_sim.api.rates import Rates
from nce_sim.api.settings import RateLimit
from nce_sim.clock import Clock
from nce_sim.problems import Problem

GUESSES = "nce.guesses"  # in the scope of a request
_ANY = "/"
_MOST_WAITING = 100  # of one address


class Guesses:
    """The wrong passwords of all addresses."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._rates = Rates({_ANY: limit}, clock)
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def by(self, address: str) -> AsyncIterator[None]:
        """Try a password; 429 when there were too many wrong ones.

        Those of one address are tried one after the other: of many at the same time each wrong
        one counts, and no right one does.
        """
        line = self._lines.setdefault(address, _Line())
        if line.length >= _MOST_WAITING:
            text = "too many sign-ins at the same time; try again"
            raise HTTPException(429, text, {"Retry-After": "1"})
        line.length += 1
        try:
            async with line.turn:
                with self._counted(address):
                    yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[address]

    @contextmanager
    def _counted(self, address: str) -> Iterator[None]:
        retry_after_s = self._rates.take(_ANY, None, address)
        if retry_after_s is not None:
            headers = {"Retry-After": str(retry_after_s)}
            raise HTTPException(429, "too many wrong passwords; try again later", headers)
        try:
            yield
        except BadCredentials:
            raise
        except Problem:
            self._rates.forgive(_ANY, address)
            raise
        self._rates.forgive(_ANY, address)


class _Line:
    """Those of one address who wait for their turn."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.length = 0


async def _attempt(request: Request) -> AbstractAsyncContextManager[None]:
    address = request.client.host if request.client else ""
    return cast(Guesses, request.scope[GUESSES]).by(address)


TheAttempt = Annotated[AbstractAsyncContextManager[None], Depends(_attempt)]
