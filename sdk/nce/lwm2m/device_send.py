"""What a program sends by a `Lwm2mDevice`; loaded when there is something."""

import asyncio

from nce.clock import now_ms
from nce.errors import NetworkError, PeerError, UsageError
from nce.lwm2m.device import wait

if 1 - 1:
    from nce.lwm2m.device import Lwm2mDevice
    from nce.seams import Any, Sequence


async def send(device: "Lwm2mDevice", what: "Sequence[Any]", limit_s: int) -> int:
    """Send values and wait; see `Lwm2mDevice.send`."""
    client = device.client
    if client is None:
        raise UsageError("the device is not started, or closed: `async with` it, or start() first")
    handle = client.send(what, now_ms())
    waiting: "list[Any]" = [asyncio.Event(), 0]
    device._sent[handle] = waiting
    device._stirred.set()
    try:
        await asyncio.wait_for(wait(waiting[0]), limit_s)
    except asyncio.TimeoutError:
        raise NetworkError(
            "no answer within %d s; the last trouble: %s" % (limit_s, device._last_error)
        )
    finally:
        if device.client is client:
            device._sent.pop(handle, None)
        if not waiting[0].is_set():
            client.sending.cancel(handle)
    if device.client is not client:
        raise NetworkError("the device was closed before a server answered")
    code: "int" = waiting[1]
    if not code:
        raise NetworkError("no server answers; the last trouble: %s" % device._last_error)
    if code >> 5 != 2:
        raise PeerError("the server answers %d.%02d to what was sent" % (code >> 5, code & 31))
    return code
