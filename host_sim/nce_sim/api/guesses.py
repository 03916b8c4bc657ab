"""Guessing of portal users' passwords made slow: so many wrong ones by address, then a wait [U].

async def sign_in(attempt: TheAttempt, ...):
    with attempt:
        ...                         # raises BadCredentials for a wrong password
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, cast

from fastapi import Depends, HTTPException, Request

from nce_sim.account.access.service import BadCredentials
from nce_sim.api.rates import Rates
from nce_sim.api.settings import RateLimit
from nce_sim.clock import Clock
from nce_sim.problems import Problem

GUESSES = "nce.guesses"  # in the scope of a request
_ANY = "/"


class Guesses:
    """The wrong passwords of all addresses."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._rates = Rates({_ANY: limit}, clock)

    @contextmanager
    def by(self, address: str) -> Iterator[None]:
        """Try a password; 429 when there were too many wrong ones.

        It counts from the beginning, or of many at the same time none would count.
        """
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


async def _attempt(request: Request) -> AbstractContextManager[None]:
    address = request.client.host if request.client else ""
    return cast(Guesses, request.scope[GUESSES]).by(address)


TheAttempt = Annotated[AbstractContextManager[None], Depends(_attempt)]
