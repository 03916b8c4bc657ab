"""Waiting with a bound, on CPython and on MicroPython.

if await wait_event(heard, 5000): ...
await within(writer.drain(), 10)
"""

import asyncio

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Coroutine, T


async def wait_event(event: asyncio.Event, timeout_ms: int) -> bool:
    """Whether `event` was set within `timeout_ms`."""
    if timeout_ms <= 0:
        await asyncio.sleep(0)
        return event.is_set()
    if event.is_set():
        return True
    try:
        await within(event.wait(), timeout_ms / 1000)
    except asyncio.TimeoutError:
        return event.is_set()
    return True


async def within(coroutine: "Coroutine[Any, Any, T]", seconds: float) -> "T":
    """`asyncio.wait_for`, by the block that costs no task where there is one (CPython)."""
    if hasattr(asyncio, "timeout"):
        async with asyncio.timeout(seconds):  # portable: CPython alone
            return await coroutine
    return await asyncio.wait_for(coroutine, seconds)
