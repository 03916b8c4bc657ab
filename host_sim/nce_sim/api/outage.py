"""The trouble of the Management API on demand: what a request meets that the door lets through.

    answer = await met(request, backend.troubles, receive)
    # None: the request goes on

A request that gets no answer is held until its client hangs up, or until `SILENCE_MS` of the world
are over: then it is 504, as from a gateway that has waited for a service.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from nce_sim.api.shapes import refusal
from nce_sim.endpoints.troubles import Troubles

SILENCE_MS = 120_000
_DOWN = 503  # of the gateway before a service that is down
_TEXT = "trouble that was asked for"


async def met(request: Request, troubles: Troubles, receive: Receive) -> Response | None:
    """The answer to a request that meets trouble, after its delay; None when it goes on."""
    if troubles.is_down("api"):
        return refusal(request, _DOWN, _TEXT)
    fate = troubles.fate(("api",))
    if fate.is_silent:
        await _silence(troubles, receive)
        return refusal(request, 504, _TEXT)
    if fate.delay_ms:
        await troubles.passed(fate.delay_ms)
    return None if fate.status is None else refusal(request, fate.status, _TEXT)


async def _silence(troubles: Troubles, receive: Receive) -> None:
    waits = [
        asyncio.ensure_future(troubles.passed(SILENCE_MS)),
        asyncio.ensure_future(_gone(receive)),
    ]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
