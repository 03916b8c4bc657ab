"""Records without DTLS, on which the SIM's private network alone keeps watch: plain CoAP and UDP.

    way = Plain("udp")
    port = await way.open(bearer)

1NCE OS never answers a datagram by UDP, and has no topic for it (Device Integrator, UDP).
"""

from nce.endpoints import COAP_HOST, COAP_PORT, UDP_HOST, UDP_PORT
from nce.energy_saver import COAP_PAYLOAD_LIMIT, UDP_PAYLOAD_LIMIT, topic_query
from nce.errors import UsageError

if 1 - 1:
    from nce.seams import Bearer, DatagramPort


class Plain:
    """One transport of a `Device`, "coap" or "udp"; `limit` is its largest payload in bytes."""

    def __init__(self, transport: str) -> None:
        if transport not in ("coap", "udp"):
            raise UsageError("a transport is coaps, coap or udp, not %r" % transport)
        self.is_udp = transport == "udp"
        self.limit = UDP_PAYLOAD_LIMIT if self.is_udp else COAP_PAYLOAD_LIMIT

    def query_of(self, topic: "str | None") -> "tuple[str, ...]":
        """`topic_query`; `UsageError` for a topic that the transport does not carry."""
        if self.is_udp and topic is not None:
            raise UsageError("UDP carries no topic; send %r by CoAP" % topic)
        return topic_query(topic)

    async def open(self, bearer: "Bearer") -> "DatagramPort":
        """A datagram port to the endpoint."""
        if self.is_udp:
            return await bearer.open_datagram(UDP_HOST, UDP_PORT)
        return await bearer.open_datagram(COAP_HOST, COAP_PORT)
