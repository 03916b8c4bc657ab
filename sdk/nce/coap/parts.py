"""Answers in parts: what a server of any kind has of block-wise transfer (RFC 7959), the rest of
which is loaded when a body is longer than a block (`nce.coap.bodies`)."""

from nce.coap import options
from nce.const import const

if 1 - 1:
    from nce.coap.bodies import Bodies
    from nce.coap.responder import Answer, Request


_OPTIONS_ROOM = const(64)  # a header, a token, and a response's options


class Parts:
    """`max_body`: bytes of an upload that are gathered for a handler without a sink."""

    def __init__(self, max_body: int = 1024, block_size: int = 1024) -> None:
        self.max_body = max_body
        self.block_size = block_size
        self._bodies: "Bodies | None" = None

    def cut(self, request: "Request", answer: "Answer", now_ms: int) -> "Answer":
        """The block of an answer that is asked for, or the first one when it is long."""
        if (
            request.option(options.BLOCK2) is None
            and request.option(options.BLOCK1) is None
            and isinstance(answer.payload, (bytes, bytearray))
            and len(answer.payload) <= self.block_size_for(request)
        ):
            return answer
        return self._blockwise().cut(request, answer, now_ms)

    def block_size_for(self, request: "Request") -> int:
        """The most bytes of a block to this peer, of which less may be known than of others."""
        return min(self.upload_size_for(request), request.responder.max_block)

    def upload_size_for(self, request: "Request") -> int:
        """The most bytes of a block from a peer: the port may carry less than `block_size`."""
        return min(self.block_size, request.responder.endpoint.max_datagram - _OPTIONS_ROOM)

    def _blockwise(self) -> "Bodies":
        if self._bodies is None:
            from nce.coap.bodies import Bodies

            self._bodies = Bodies(self)
        return self._bodies
