"""The end of a `Lwm2mDevice`; loaded for it."""

import asyncio

from nce.clock import now_ms

if 1 - 1:
    from nce.lwm2m.device import Lwm2mDevice


async def close(device: "Lwm2mDevice", deregister: bool) -> None:
    """End; see `Lwm2mDevice.close`."""
    if device.client is not None and deregister:
        device._take(device.client.stop(now_ms()))
        await device._flush()
        for _ in range(60):
            if not device._ports or all([one.location is None for one in device.client.servers]):
                break
            await asyncio.sleep(0.5)
        if device._store is not None:
            device._store.save(b"")
    for task in device._tasks + list(device._readers.values()):
        task.cancel()
    device._tasks = []
    device._readers = {}
    for server in list(device._ports):
        await device._ports.pop(server).close()
    if device.client is not None and not deregister:
        device._keep()
    device.client = None
    device._registered.clear()
    device._rested.clear()
    waiting, device._sent = device._sent, {}
    for one in waiting.values():
        one[0].set()
