"""The blocks of one request and of its response, the asking side (RFC 7959).

    transfer = Transfer(call, settings)
    part = transfer.first()                        # Part(options, payload): a message to send
    taken = transfer.take(message, options)        # the next Part, or the whole Answer

A body of more than a block goes up in blocks, smaller ones if the peer says so; one that was too
large as a whole goes up again in blocks of the size that the 4.13 names (RFC 7959, 2.9.3). Then a
response in blocks is fetched to its end.
"""

from __future__ import annotations

from typing import NamedTuple

from nce.coap import codes, options
from nce.coap.message import Message
from nce_sim.endpoints.coap.blocks import BadBlock, Block, block_of
from nce_sim.endpoints.coap.request import CoapPeer, Options
from nce_sim.endpoints.coap.settings import ClientSettings

# What belongs to the first message alone: the body that is sent, and the wish to observe.
_OF_FIRST = frozenset((options.CONTENT_FORMAT, options.OBSERVE))
_BLOCK1, _BLOCK2, _ETAG, _SIZE1 = options.BLOCK1, options.BLOCK2, options.ETAG, options.SIZE1

UNDECODABLE = "the response cannot be decoded"


class Call(NamedTuple):
    """A request; `options` are (number, value) pairs in any order.

    With a `token` of its own its answers can be told later too: those of an observation.
    """

    peer: CoapPeer
    method: int
    options: Options = ()
    payload: bytes = b""
    token: bytes | None = None


class Answer(NamedTuple):
    """The response to a `Call`, whole."""

    code: int
    options: Options
    payload: bytes


class Part(NamedTuple):
    """One message of a request."""

    options: Options
    payload: bytes
    is_of_request: bool = False  # it has the request's options and token, and some of its body


class BadResponse(ValueError):
    """A response that ends its request; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{UNDECODABLE}: {why}")


class Transfer:
    """What is still to be sent of a request, and what has come of its response."""

    __slots__ = ("_body", "_call", "_content", "_exponent", "_sent", "_settings", "_up")

    def __init__(self, call: Call, settings: ClientSettings) -> None:
        self._call = call
        self._settings = settings
        self._exponent = settings.block_bytes.bit_length() - 5
        self._sent = 0  # bytes of the body that the peer has
        self._up: Block | None = None  # the block of the body that was sent last
        self._body = bytearray()  # of the response, so far
        self._content: Options = ()  # of its first block

    def first(self) -> Part:
        """The request as it begins."""
        if len(self._call.payload) <= self._settings.block_bytes:
            return Part(self._call.options, self._call.payload, is_of_request=True)
        return self._next_up()

    def take(self, message: Message, listed: Options) -> Part | Answer:
        """Take a response whose options are `listed`; BadResponse when it fits nothing."""
        try:
            up, down = block_of(listed, _BLOCK1), block_of(listed, _BLOCK2)
        except BadBlock as error:
            raise BadResponse(str(error)) from None
        part = self._after_upload(message.code, up)
        if part is not None:
            return part
        if down is None or not codes.is_success(message.code):
            self._check_size(len(message.payload))
            return Answer(message.code, listed, message.payload)
        return self._take_down(message, listed, down)

    # -- the body of the request -----------------------------------------------------------

    def _next_up(self) -> Part:
        payload, size = self._call.payload, 16 << self._exponent
        piece = payload[self._sent : self._sent + size]
        is_last = self._sent + size >= len(payload)
        self._up = Block(self._sent // size, not is_last, self._exponent)
        listed = [*self._call.options, (_BLOCK1, self._up.encode())]
        if not self._sent:
            listed.append((_SIZE1, options.uint_value(len(payload))))
        return Part(tuple(listed), piece, is_of_request=True)

    def _after_upload(self, code: int, answered: Block | None) -> Part | None:
        """The next part of the body; None when the response is the answer."""
        sent = self._up
        if code == codes.REQUEST_ENTITY_TOO_LARGE and not self._sent and answered is not None:
            size = len(self._call.payload) if sent is None else sent.size
            if answered.size < size:
                self._exponent = answered.exponent
                return self._next_up()
        if sent is None or not sent.more:
            if code == codes.CONTINUE:
                raise BadResponse("2.31 where no block is left to send")
            return None
        if not codes.is_success(code):
            return None
        if answered is None or answered.number != sent.number:
            raise BadResponse(f"block {sent.number} was sent, and another one confirmed")
        self._sent += sent.size
        # RFC 7959, 2.3: the peer may ask for smaller blocks, and the offset stays a multiple.
        self._exponent = min(self._exponent, answered.exponent)
        return self._next_up()

    # -- the body of the response ----------------------------------------------------------

    def _take_down(self, message: Message, listed: Options, block: Block) -> Part | Answer:
        if block.offset != len(self._body):
            raise BadResponse(f"block {block.number} does not follow the ones before")
        self._check_size(block.offset + len(message.payload))
        if not self._body:
            self._content = listed
        elif options.first_of(listed, _ETAG) != options.first_of(self._content, _ETAG):
            raise BadResponse(f"block {block.number} is of another representation")  # 2.4
        self._body += message.payload
        if not block.more:
            return Answer(message.code, self._content, bytes(self._body))
        if len(message.payload) != block.size:
            raise BadResponse(f"{len(message.payload)} bytes in a block of {block.size}")
        # RFC 7959, 2.7: the request again, without its body, and the number of the block.
        wanted = Block(block.number + 1, False, block.exponent).encode()
        kept = tuple(one for one in self._call.options if one[0] not in _OF_FIRST)
        return Part((*kept, (_BLOCK2, wanted)), b"")

    def _check_size(self, size: int) -> None:
        most = self._settings.response_max_bytes
        if size > most:
            raise BadResponse(f"it is larger than {most} bytes")
