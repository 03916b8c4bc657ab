"""The serving half of an endpoint: each request of the peer is handled once and answered
(RFC 7252, 4.2, 4.5 and 5.2; No-Response: RFC 7967).

    endpoint.responder = Responder(endpoint, site.handle)

`handle(request, now_ms)` returns an `Answer`, which goes back in the acknowledgement; or None when
the answer takes time: then the request is acknowledged at once, and the answer is given to
`request.responder.respond(request, answer, now_ms)`, which sends it confirmably.

No handler ends the server. A `ValueError` says that the request is wrong: 4.00 with its text. All
else is a fault of ours, also an answer that cannot be sent: 5.00, of an `OSError` (a full flash)
with its text, of a lack of memory 5.03. `on_event` is told of it by a `HandlerFailed`; without
`on_event` the fault is printed.
"""

from collections import namedtuple

from nce.coap import codes, options
from nce.coap.message import ACK, CON, NON, Message, empty
from nce.const import const

if 1 - 1:
    from nce.coap.exchange import Endpoint, Event
    from nce.coap.parts import Parts
    from nce.seams import Any, Callable, NamedTuple, Options, Tell

    class Answer(NamedTuple):
        code: int
        options: "Options"
        payload: "Any"

    class HandlerFailed(NamedTuple):
        request: "Request"
        error: "Exception"

else:
    Answer = namedtuple("Answer", ("code", "options", "payload"))  # type: ignore[no-redef]
    HandlerFailed = namedtuple("HandlerFailed", ("request", "error"))  # type: ignore[no-redef,unused-ignore]

# Replies kept whole for a repeated request; of those before only the message ID is kept, and a
# repetition of one is passed over in silence, as if it were lost.
_MOST_REPLIES = const(8)
_MOST_SEEN = const(64)

# 5.4.1: what a request may carry that is critical, and is looked at here or by `Site`.
# Uri-*, Accept, Block2, Block1, Proxy-Uri, Proxy-Scheme
_KNOWN_CRITICAL = b"\x03\x07\x0b\x0f\x11\x17\x1b\x23\x27"
# Here, since `options` has them in a room that few boards load.
_PROXY_URI = const(35)
_PROXY_SCHEME = const(39)
_OF_BLOCKS = (23, 27, 28, 60)  # Block2, Block1, Size2, Size1


class Request:
    """A request for a handler: `code`, `options`, `payload`, `token`, `peer`, `responder`."""

    def __init__(self, message: "Message", its_options: "Options", responder: "Responder") -> None:
        self.code = message.code
        self.options = its_options
        self.payload = message.payload
        self.token = message.token
        self.is_confirmable = message.type == CON
        self.responder = responder
        self.peer = responder.peer
        self.body: "Any" = None  # the sink that a block-wise upload was written to
        self.site: "Parts | None" = None  # the `Site` that cuts a long answer into blocks

    @property
    def path(self) -> str:
        """The path as text, "/" at least."""
        return options.path_of(self.options)

    @property
    def query(self) -> "list[str]":
        """The query arguments, a list of texts."""
        return options.queries_of(self.options)

    def options_key(self) -> "Options":
        """The options without those of block-wise transfer: what names a body (RFC 7959, 2.5)."""
        return tuple([one for one in self.options if one[0] not in _OF_BLOCKS])

    def option(self, number: int) -> "bytes | None":
        """The first value of an option, or None."""
        return options.first_of(self.options, number)


class Responder:
    """Answers the requests of one peer. `peer` is anything that names it to the handlers.

    `max_block`: the most bytes of a payload that go to it at once; see `nce.coap.server`.
    """

    def __init__(
        self,
        endpoint: "Endpoint",
        handle: "Callable[[Request, int], Answer | None]",
        peer: "Any" = None,
        on_event: "Tell | None" = None,
        max_block: int = 1024,
    ) -> None:
        self.endpoint = endpoint
        self.peer = peer
        self.max_block = max_block
        self._handle = handle
        self._on_event = on_event or print_failure
        self._seen: "list[list[Any]]" = []  # [mid, forget at ms, reply or None], oldest first

    def receive_request(self, message: "Message", now_ms: int) -> "list[Event]":
        """Take a request; the reply is left with the endpoint. No events."""
        if self._is_repeated(message, now_ms):
            return []
        # 4.5: a request that is being handled is not handled a second time either.
        entry = [message.mid, now_ms + self.endpoint.lifetime_ms, None]
        self._seen.append(entry)
        if len(self._seen) > _MOST_REPLIES:
            self._seen[-1 - _MOST_REPLIES][2] = None
        self._seen = self._seen[-_MOST_SEEN:]
        kept, unusable = options.sift(message.options, _KNOWN_CRITICAL)
        request = Request(message, kept, self)
        if unusable is not None and message.type == NON:
            return []  # 5.4.1: rejected, in silence
        if unusable is not None:
            answer: "Answer | None" = Answer(
                codes.BAD_OPTION, (), options.name_of(unusable).encode()
            )
        elif request.option(_PROXY_URI) or request.option(_PROXY_SCHEME):
            answer = Answer(codes.PROXYING_NOT_SUPPORTED, (), b"")  # 5.7.2
        else:
            try:
                answer = self._handle(request, now_ms)
            except Exception as error:  # noqa: BLE001 - a handler may fail in any way
                answer = self.failed(request, error)
        try:
            self._reply(message, request, answer, entry, now_ms)
        except Exception as error:  # noqa: BLE001 - what a handler returned may be anything
            self._on_event(HandlerFailed(request, error))
            answer = Answer(codes.INTERNAL_SERVER_ERROR, (), b"")
            self._reply(message, request, answer, entry, now_ms)
        return []

    def failed(self, request: "Request", error: "Exception") -> "Answer":
        """The `Answer` to a request whose handler raised `error`, of which `on_event` is told."""
        if isinstance(error, ValueError):  # of the handler; or a path that is no UTF-8
            return Answer(codes.BAD_REQUEST, (), _words(error))
        self._on_event(HandlerFailed(request, error))
        if isinstance(error, MemoryError):
            return Answer(codes.SERVICE_UNAVAILABLE, (), b"")
        # The words of a fault of the program are no peer's affair.
        text = _words(error) if isinstance(error, OSError) else b""
        return Answer(codes.INTERNAL_SERVER_ERROR, (), text)

    def _reply(
        self,
        message: "Message",
        request: "Request",
        answer: "Answer | None",
        entry: "list[Any]",
        now_ms: int,
    ) -> None:
        if answer is not None and _is_wanted(request, answer.code):
            kind = ACK if message.type == CON else NON
            mid = message.mid if kind == ACK else self.endpoint.take_mid(now_ms)
            reply = Message(kind, answer.code, mid, message.token, answer.options, answer.payload)
        elif message.type == CON:
            reply = empty(ACK, message.mid)
        else:
            return
        reply = self._checked(reply)
        self.endpoint.reply(reply)
        entry[2] = reply

    def respond(self, request: "Request", answer: "Answer", now_ms: int) -> None:
        """Send the answer to a request for which the handler returned None."""
        if request.site is not None:
            answer = request.site.cut(request, answer, now_ms)
        if _is_wanted(request, answer.code):
            kind = CON if request.is_confirmable else NON
            self.endpoint.send(
                kind, answer.code, request.token, answer.options, answer.payload, now_ms
            )

    def _is_repeated(self, message: "Message", now_ms: int) -> bool:
        self._seen = [entry for entry in self._seen if now_ms < entry[1]]
        for mid, _forget_ms, reply in self._seen:
            if mid == message.mid:
                if reply is not None:
                    self.endpoint.reply(reply)
                return True
        return False

    def _checked(self, reply: "Message") -> "Message":
        size = len(reply.payload) + sum([len(value) + 5 for _number, value in reply.options])
        if size + 13 > self.endpoint.max_datagram:
            # The handler's fault, which its peer should not wait for.
            return Message(
                reply.type, codes.INTERNAL_SERVER_ERROR, reply.mid, reply.token, (), b"too large"
            )
        return reply


def print_failure(event: "HandlerFailed") -> None:
    """Print a `HandlerFailed`, where there is no `on_event`."""
    import sys

    print("CoAP: the handler of %s failed" % event.request.path)
    if hasattr(sys, "print_exception"):
        sys.print_exception(event.error)
    else:
        import traceback  # portable: CPython alone  # pyright: ignore[reportMissingTypeStubs]

        traceback.print_exception(event.error)


def _words(error: "Exception") -> bytes:
    return str(error).encode("utf-8")[:64]


def _is_wanted(request: "Request", code: int) -> bool:
    # RFC 7967, 2.1: bits 2, 8 and 16 say that classes 2, 4 and 5 are not wanted.
    value = request.option(options.NO_RESPONSE)
    return value is None or not options.uint_of(value) >> (code >> 5) - 1 & 1
