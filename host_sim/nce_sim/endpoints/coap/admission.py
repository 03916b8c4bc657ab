"""Whether a message becomes a request that resources see, and whether its response is wanted.

    taken = admit(message, peer, handle, settings)    # a Request or a Refused
    if response_is_wanted(message, response.code): ...

RFC 7252, 5.4 says which options forbid it; RFC 7967 which responses its client does not want.
"""

from __future__ import annotations

from typing import NamedTuple

from nce.coap import codes, options
from nce.coap.message import Message
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.settings import CoapSettings

# Critical options a resource here never honours are treated as unrecognised (RFC 7252, 5.4.1).
_CONDITIONAL = frozenset((options.IF_MATCH, options.IF_NONE_MATCH))
_PROXY = frozenset((options.PROXY_URI, options.PROXY_SCHEME))
_BLOCK = frozenset((options.BLOCK1, options.BLOCK2))
# Looked up once: the SDK's module searches for its rarer names each time.
_PROXY_URI = options.PROXY_URI
# Every critical option of RFC 7252, 5.10 and RFC 7959, 2.1.
_KNOWN = bytes((1, 3, 5, 7, 11, 15, 17, 23, 27, 35, 39))


class Refused(NamedTuple):
    """The answer in place of a resource's; with `is_for_option`, only to a confirmable message."""

    response: Response
    is_for_option: bool


def admit(
    message: Message, peer: CoapPeer, handle: int, settings: CoapSettings
) -> Request | Refused:
    """The request as resources see it, or what it is refused with."""
    refused = _refusal_of(message, settings)
    if refused is not None:
        return Refused(refused, is_for_option=True)
    content_format = options.first_of(message.options, options.CONTENT_FORMAT)
    proxy_uri = options.first_of(message.options, _PROXY_URI)
    try:
        path = options.path_of(message.options)
        queries = tuple(options.queries_of(message.options))
        uri = None if proxy_uri is None else proxy_uri.decode()
    except UnicodeError:
        return Refused(Response(codes.BAD_REQUEST), is_for_option=False)
    return Request(
        peer,
        message.code,
        path,
        queries,
        message.payload,
        None if content_format is None else options.uint_of(content_format),
        handle,
        uri,
    )


def _refusal_of(message: Message, settings: CoapSettings) -> Response | None:
    """The 4.02 or 5.05 that a message's critical options call for, or None."""
    _, unusable = options.sift(message.options, _KNOWN)
    if unusable is not None:
        return Response(codes.BAD_OPTION, options.name_of(unusable).encode())
    for number, value in message.options:
        if number in _PROXY and not (settings.proxies and number == _PROXY_URI):
            return Response(codes.PROXYING_NOT_SUPPORTED)
        # A first block that is the whole is no transfer. RFC 7959, 2.2: NUM, then the M bit, then
        # three bits of size.
        is_partial = number in _BLOCK and options.uint_of(value) >> 3 != 0
        if number in _CONDITIONAL or (is_partial and not settings.block_wise):
            return Response(codes.BAD_OPTION, options.name_of(number).encode())
    return None


def response_is_wanted(message: Message, code: int) -> bool:
    """Whether the No-Response option lets a response of this code through (RFC 7967, 2.1)."""
    value = options.first_of(message.options, options.NO_RESPONSE)
    if value is None or len(value) > 1:
        return True
    # Bit n - 1 says: no interest in class n.
    return not options.uint_of(value) >> ((code >> 5) - 1) & 1
