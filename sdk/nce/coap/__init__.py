"""CoAP (RFC 7252): message codec, confirmable exchanges, an asyncio client.

    codes, options, message   the wire, pure
    exchange                  retransmission and matching, sans-IO
    client                    asyncio over a datagram port

Import from the rooms (`from nce.coap.client import CoapClient`): a board then loads only those.
"""
