"""A CoAP request and its response, as resources see them.

for event in server.receive_datagram(data, peer, now_ms):
    if isinstance(event, Request):
        server.respond(event.handle, Response(codes.CHANGED), now_ms)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Options = tuple[tuple[int, bytes], ...]


class CoapPeer(NamedTuple):
    """The sender of a message: a UDP source, and with DTLS its association and proven identity."""

    host: str
    port: int
    session: int = 0
    identity: str | None = None

    @property
    def endpoint(self) -> CoapPeer:
        """The owner of message IDs and transfers: the source, or with DTLS the association.

        An association with a connection ID keeps its exchanges when its address changes
        (RFC 7252, 9.1.1).
        """
        return CoapPeer("", 0, self.session, self.identity) if self.session else self


class Request(NamedTuple):
    """A request as a resource sees it; the server wants its `handle` with the response."""

    peer: CoapPeer
    method: int
    path: str
    queries: tuple[str, ...]
    payload: bytes
    content_format: int | None
    handle: int
    proxy_uri: str | None = None  # RFC 7252, 5.10.2; the endpoint is a proxy when there is one


class Response(NamedTuple):
    """A resource's answer; `options` are (number, value) pairs."""

    code: int
    payload: bytes = b""
    options: Options = ()


# The refusal that a request gets whatever its payload is, or None.
Refusal = Callable[[Request], "Response | None"]
