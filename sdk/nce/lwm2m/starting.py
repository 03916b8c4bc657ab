"""The start of a `Lwm2mDevice`; loaded for it."""

from nce.clock import now_ms
from nce.const import const
from nce.errors import UsageError
from nce.lwm2m.client import Lwm2mClient
from nce.lwm2m.device import ENDPOINT_DIGITS
from nce.lwm2m.model import Creatable, Instance
from nce.lwm2m.objects import security
from nce.lwm2m.objects import server as server_object
from nce.lwm2m.server import NO_SECURITY, PSK

if 1 - 1:
    from nce.lwm2m.device import Lwm2mDevice
    from nce.seams import Any

_LEAST_REFRESH_MS = const(1000)
_BOOTSTRAP_INSTANCE = const(1)  # of object 0, where 1NCE's server writes it again


async def start(device: "Lwm2mDevice") -> None:
    """Begin; see `Lwm2mDevice.start`."""
    if device._refresh_ms < _LEAST_REFRESH_MS:
        raise UsageError("refresh_s is 1 at least, not %r" % (device._refresh_ms / 1000))
    if device._key is not None and not isinstance(device._key, (bytes, bytearray)):
        raise UsageError('a key is bytes, such as b"...", not %s' % type(device._key).__name__)
    if device._endpoint_name is None:
        await device._attach()
        iccid = getattr(device._bearer, "iccid", None)
        if not iccid:
            raise UsageError("the bearer knows no ICCID: Lwm2mDevice(endpoint_name=...)")
        device._endpoint_name = iccid[:ENDPOINT_DIGITS]
    client = device.client = Lwm2mClient(
        device._endpoint_name, _all_objects(device), device._random_bytes, **device._engine
    )
    client.on_changed = device._stirred.set
    held = device._store.load() if device._store is not None else None
    if held:
        client.restore(held, now_ms(), device._slept_ms)
    device._take(client.start(now_ms()))
    device._unjudged = [one for one in device._objects if getattr(one, "is_secure", 0) is None]
    device._judge()
    device._begin(device._run())
    for one in device._objects:
        if hasattr(one, "run"):
            device._begin(one.run(device.open_port))


def _all_objects(device: "Lwm2mDevice") -> "list[Any]":
    made: "list[Any]" = list(device._objects)
    if not device._brings_servers:
        scheme, number = ("coaps", 5684) if device._is_secure else ("coap", 5683)
        values: "dict[int, Any]" = {
            0: "%s://%s:%d" % (scheme, device._host, number),
            1: True,
            2: PSK if device._is_secure else NO_SECURITY,
        }
        if device._is_secure:
            values[3] = (device._identity or device._endpoint_name or "").encode()
            values[5] = device._key
        made.append(Instance(security.DEFINITION, _BOOTSTRAP_INSTANCE, values))
    made.append(Creatable(security.DEFINITION))
    made.append(Creatable(server_object.DEFINITION))
    return made
