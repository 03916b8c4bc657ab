"""The sleep of a `Lwm2mDevice` in queue mode; loaded when it comes."""

from nce.clock import now_ms
from nce.const import const
from nce.lwm2m import events

if 1 - 1:
    from nce.lwm2m.device import Lwm2mDevice

_MOST_SLEEPY_MS = const(120_000)  # until a modem with PSM is off


async def sleep(device: "Lwm2mDevice") -> None:
    """Close the ports, keep what is to be kept, and let the modem sleep."""
    if any([getattr(one, "is_busy", False) for one in device._objects]):
        return  # a download goes on: the next look is as early as the next refresh
    device._wants_sleep = False
    if not device._keeps_ports:
        for server in list(device._ports):
            await device._close(server, False)
            device._take(device.client.disconnected(server, now_ms()))
    device._keep()
    if device._power_saving is not None:
        try:
            await device._power_saving.sleep(_MOST_SLEEPY_MS)
        except OSError as error:
            device._tell(events.Event(events.FAILED, None, error))
    device._is_asleep = True
    device._rested.set()
    device._tell(events.Event(events.SLEEP, None, None))
