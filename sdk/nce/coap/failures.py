"""The errors of a failed exchange; loaded when one fails."""

from nce.coap import options
from nce.coap.exchange import REJECTED, RESET, TIMED_OUT
from nce.errors import CoapTimeout, PeerError

if 1 - 1:
    from nce.coap.exchange import Event


class ResetByPeer(PeerError):
    """The peer rejected the message with a Reset."""


class UnusableResponse(PeerError):
    """The response carries a critical option that is not known here (RFC 7252, 5.4.1)."""


def error_of(event: "Event", path: str) -> "Exception":
    """The exception for an event of another outcome than RESPONSE."""
    if event.outcome == TIMED_OUT:
        return CoapTimeout(
            "no answer to %s after %d transmissions: check coverage, address and port, or "
            "choose longer transmission parameters" % (path, event.detail)
        )
    if event.outcome == RESET:
        return ResetByPeer(
            "the peer rejected %s with a Reset: it has no CoAP server on this port" % path
        )
    if event.outcome == REJECTED:
        return UnusableResponse(
            "the response to %s carries critical %s, unknown here"
            % (path, options.name_of(event.detail))
        )
    return CoapTimeout(
        "%s was acknowledged, but no response came in %d ms: the server took the request and "
        "failed, or its answer was lost" % (path, event.detail)
    )
