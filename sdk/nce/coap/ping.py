"""A CoAP ping: is the peer there, and how far away (RFC 7252, 4.3).

round_trip_ms = await ping(client)
"""

from nce.coap.codes import EMPTY
from nce.coap.exchange import ACKNOWLEDGED, RESET
from nce.coap.failures import error_of
from nce.coap.message import CON

if 1 - 1:
    from nce.coap.client import CoapClient


async def ping(client: "CoapClient") -> int:
    """Milliseconds until the peer answered an Empty message. Raises `CoapTimeout`."""
    handle = client.open(object())  # its own, however many ping at once
    try:
        begun_ms = client.now_ms()
        client.endpoint.send(CON, EMPTY, b"", (), b"", begun_ms, handle)
        event = await client.next_event(handle)
    finally:
        client.stop(handle)
    # A Reset is the answer; an acknowledgement, though wrong, shows as much.
    if event.outcome not in (RESET, ACKNOWLEDGED):
        raise error_of(event, "a ping")
    return client.now_ms() - begun_ms
