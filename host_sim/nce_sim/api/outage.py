"""The trouble of the Management API on demand: what a request meets that the door lets through.

    answer = await met(request, backend.troubles, backend.clock, receive)
    # None: the request goes on

A request that gets no answer is held until its client hangs up, or until `SILENCE_MS` of the world
are over: then it is 504, as from a gateway that has waited for a service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from nce_sim.api.shapes import refusal
from nce_sim.clock import Clock
from nce_sim.endpoints.troubles import Troubles

SILENCE_MS = 120_000
_DOWN = 503  # of the gateway before a service that is down
_TEXT = "trouble that was asked for"


async def met(
    request: Request, troubles: Troubles, clock: Clock, receive: Receive
) -> Response | None:
    """The answer to a request that meets trouble, after its delay; None when it goes on."""
    if troubles.is_down("api"):
        return refusal(request, _DOWN, _TEXT)
    fate = troubles.fate(("api",))
    if fate.is_silent:
        await _passed(clock, SILENCE_MS, receive)
        return refusal(request, 504, _TEXT)
    if fate.delay_ms:
        await _passed(clock, fate.delay_ms, None)
    return None if fate.status is None else refusal(request, fate.status, _TEXT)


async def _passed(clock: Clock, duration_ms: int, receive: Receive | None) -> None:
    """Wait for a time of the world, or, with `receive`, until the client has gone."""
    is_over = asyncio.Event()
    handle = clock.call_later(duration_ms, is_over.set)
    waits: list[asyncio.Task[None]] = [asyncio.ensure_future(_event(is_over.wait()))]
    if receive is not None:
        waits.append(asyncio.ensure_future(_gone(receive)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        handle.cancel()
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _event(waiting: Awaitable[object]) -> None:
    await waiting


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
