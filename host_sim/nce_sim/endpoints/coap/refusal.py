"""What the options of a request forbid, before any resource sees it (RFC 7252, 5.4; RFC 7967).

refused = refusal_of(message, block_wise=False)          # a Response, or None
if response_is_wanted(message, response.code): ...
"""

from __future__ import annotations

from nce.coap import codes, options
from nce.coap.message import Message
from nce_sim.endpoints.coap.request import Response

# Critical options a resource here never honours are treated as unrecognised (RFC 7252, 5.4.1).
_CONDITIONAL = frozenset((options.IF_MATCH, options.IF_NONE_MATCH))
_PROXY = frozenset((options.PROXY_URI, options.PROXY_SCHEME))
_BLOCK = frozenset((options.BLOCK1, options.BLOCK2))
# Every critical option of RFC 7252, 5.10 and RFC 7959, 2.1.
_KNOWN = bytes((1, 3, 5, 7, 11, 15, 17, 23, 27, 35, 39))


def refusal_of(message: Message, block_wise: bool) -> Response | None:
    """The 4.02 or 5.05 that a message's critical options call for, or None."""
    _, unusable = options.sift(message.options, _KNOWN)
    if unusable is not None:
        return Response(codes.BAD_OPTION, options.name_of(unusable).encode())
    for number, value in message.options:
        if number in _PROXY:
            return Response(codes.PROXYING_NOT_SUPPORTED)
        # A first block that is the whole is no transfer. RFC 7959, 2.2: NUM, then the M bit, then
        # three bits of size.
        is_partial = number in _BLOCK and options.uint_of(value) >> 3 != 0
        if number in _CONDITIONAL or (is_partial and not block_wise):
            return Response(codes.BAD_OPTION, options.name_of(number).encode())
    return None


def response_is_wanted(message: Message, code: int) -> bool:
    """Whether the No-Response option lets a response of this code through (RFC 7967, 2.1)."""
    value = options.first_of(message.options, options.NO_RESPONSE)
    if value is None or len(value) > 1:
        return True
    # Bit n - 1 says: no interest in class n.
    return not options.uint_of(value) >> ((code >> 5) - 1) & 1
