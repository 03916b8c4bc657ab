"""CoAP (RFC 7252): message codec, exchanges, an asyncio client; more when it is imported.

    codes, options, message   the wire, pure
    exchange                  retransmission, matching, duplicates: sans-IO
    client                    asyncio over a datagram port
    transfer, block           bodies of any size (RFC 7959)
    observe                   states as they change (RFC 7641)
    ping                      is the peer there
    site, responder, server   the device serves; bodies and observers when it needs them
    mid, mid_store            message IDs, also over a reboot

Import from the rooms (`from nce.coap.client import CoapClient`): a board then loads only those.
"""
