"""The exchange layer of a CoAP server, sans-IO (RFC 7252, 4 and 5).

    server = CoapServer(resources, first_mid=0x1234)     # resources(request) -> Response
    for answered in server.receive_datagram(data, peer, now_ms): ...
    for peer, datagram in server.datagrams_to_send(): ...

Confirmable requests get piggybacked responses, non-confirmable ones a NON with a message ID of
this server. A message ID seen before from the same peer gets the same reply again and reaches no
resource twice. Written apart from the SDK's client; only the message codec is shared.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from nce.coap import codes, options
from nce.coap.message import (
    ACK,
    CON,
    NON,
    RST,
    Message,
    MessageFormatError,
    decode,
    empty,
    encode,
)

# RFC 7252, 4.8.2; 1NCE documents the first for its endpoint.
EXCHANGE_LIFETIME_MS = 247_000
NON_LIFETIME_MS = 145_000
_LIFETIME_MS = {CON: EXCHANGE_LIFETIME_MS, NON: NON_LIFETIME_MS}

# Critical options a resource here never honours are treated as unrecognised (RFC 7252, 5.4.1).
_CONDITIONAL = frozenset((options.IF_MATCH, options.IF_NONE_MATCH))
_PROXY = frozenset((options.PROXY_URI, options.PROXY_SCHEME))
_BLOCK = frozenset((options.BLOCK1, options.BLOCK2))


# The notes of `Answered` for a request that was processed, and one that was only answered again.
ANSWERED = "answered"
DUPLICATE = "a duplicate"


class CoapPeer(NamedTuple):
    """Who a message is from: a UDP source, and with DTLS its association and proven identity."""

    host: str
    port: int
    session: int = 0
    identity: str | None = None


class Request(NamedTuple):
    """A request as a resource sees it."""

    peer: CoapPeer
    method: int
    path: str
    queries: tuple[str, ...]
    payload: bytes
    content_format: int | None


class Response(NamedTuple):
    """A resource's answer; `options` are (number, value) pairs."""

    code: int
    payload: bytes = b""
    options: tuple[tuple[int, bytes], ...] = ()


class Answered(NamedTuple):
    """What became of one datagram; `request` is None when it reached no resource."""

    peer: CoapPeer
    request: Request | None
    code: int | None
    note: str


Handle = Callable[[Request], Response]


class CoapServer:
    """One endpoint's messages; `counters` tells what kinds came."""

    def __init__(self, resources: Handle, *, first_mid: int, max_exchanges: int = 65_536) -> None:
        self.counters: Counter[str] = Counter()
        self._resources = resources
        self._mid = first_mid
        self._max_exchanges = max_exchanges
        # (peer, MID) to (end of life, the reply as sent); oldest first.
        self._exchanges: OrderedDict[tuple[CoapPeer, int], tuple[int, bytes]] = OrderedDict()
        self._outgoing: list[tuple[CoapPeer, bytes]] = []

    # -- the five verbs --------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: CoapPeer, now_ms: int) -> list[Answered]:
        """Take one datagram; never raises for what a peer may send."""
        self._expire(now_ms)
        try:
            message = decode(data)
        except MessageFormatError as error:
            return [self._malformed(error, peer)]
        if message.type not in _LIFETIME_MS:
            # This server has nothing outstanding that an ACK or RST could concern.
            return [self._ignored(peer, "an ACK or RST out of the blue")]
        if not codes.is_request(message.code):
            what = "a ping" if message.code == codes.EMPTY else "a response"
            if message.type == CON:
                return [self._reset(peer, message.mid, what)]
            return [self._ignored(peer, what + " sent non-confirmable")]
        key = (peer, message.mid)
        known = self._exchanges.get(key)
        if known is not None and now_ms < known[0]:
            self.counters["duplicate"] += 1
            self._outgoing.append((peer, known[1]))
            return [Answered(peer, None, None, DUPLICATE)]
        return [self._answer(message, peer, now_ms)]

    def datagrams_to_send(self) -> list[tuple[CoapPeer, bytes]]:
        """The replies to send, each once, with their receivers."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timeout(self) -> int | None:
        """When the oldest remembered exchange ends (ms), or None; a late call does no harm."""
        if not self._exchanges:
            return None
        return next(iter(self._exchanges.values()))[0]

    def handle_timeout(self, now_ms: int) -> list[Answered]:
        """Forget the exchanges that are over."""
        self._expire(now_ms)
        return []

    @property
    def exchange_count(self) -> int:
        return len(self._exchanges)

    # -- inside ----------------------------------------------------------------------------

    def _answer(self, message: Message, peer: CoapPeer, now_ms: int) -> Answered:
        refused = _refusal(message)
        request = None
        if refused is None:
            request = _request(message, peer)
            response = self._resources(request) if request else Response(codes.BAD_REQUEST)
        elif message.type == NON:
            # RFC 7252, 5.4.1: a non-confirmable message with such an option is rejected.
            return self._reset(peer, message.mid, "an unacceptable option")
        else:
            response = refused
        if message.type == CON:
            kind, mid = ACK, message.mid
        else:
            kind, mid = NON, self._next_mid()
        reply = encode(
            Message(kind, response.code, mid, message.token, response.options, response.payload)
        )
        self._remember((peer, message.mid), now_ms + _LIFETIME_MS[message.type], reply)
        self._outgoing.append((peer, reply))
        self.counters[codes.dotted(response.code)] += 1
        return Answered(peer, request, response.code, ANSWERED)

    def _malformed(self, error: MessageFormatError, peer: CoapPeer) -> Answered:
        if error.type == CON:
            return self._reset(peer, error.mid, "malformed")  # RFC 7252, 4.2
        return self._ignored(peer, "malformed")  # RFC 7252, 3 and 4.3

    def _reset(self, peer: CoapPeer, mid: int, note: str) -> Answered:
        self.counters["reset: " + note] += 1
        self._outgoing.append((peer, encode(empty(RST, mid))))
        return Answered(peer, None, None, note)

    def _ignored(self, peer: CoapPeer, note: str) -> Answered:
        self.counters["ignored: " + note] += 1
        return Answered(peer, None, None, note)

    def _next_mid(self) -> int:
        # No zero byte: the C SDK reads a reply as a C string that starts with the header.
        while True:
            self._mid = (self._mid + 1) & 0xFFFF
            if self._mid & 0xFF and self._mid >> 8:
                return self._mid

    def _remember(self, key: tuple[CoapPeer, int], until_ms: int, reply: bytes) -> None:
        self._exchanges.pop(key, None)
        while len(self._exchanges) >= self._max_exchanges:
            self._exchanges.popitem(last=False)
            self.counters["exchange evicted"] += 1
        self._exchanges[key] = (until_ms, reply)

    def _expire(self, now_ms: int) -> None:
        while self._exchanges:
            key, (until_ms, _) = next(iter(self._exchanges.items()))
            if now_ms < until_ms:
                return
            del self._exchanges[key]


def _refusal(message: Message) -> Response | None:
    """The 4.02 or 5.05 that a message's critical options call for, or None."""
    for number, _ in options.unacceptable(message.options):
        if options.is_critical(number):
            return Response(codes.BAD_OPTION, options.name_of(number).encode())
    for number, value in message.options:
        if number in _PROXY:
            return Response(codes.PROXYING_NOT_SUPPORTED)
        # Block-wise transfer is not documented for these resources; a first block that is the
        # whole is none. RFC 7959, 2.2: NUM, then the M bit, then three bits of size.
        is_partial = number in _BLOCK and options.uint_of(value) >> 3 != 0
        if number in _CONDITIONAL or is_partial:
            return Response(codes.BAD_OPTION, options.name_of(number).encode())
    return None


def _request(message: Message, peer: CoapPeer) -> Request | None:
    """The request as resources see it, or None when its path or query is not UTF-8."""
    content_format = options.first_of(message.options, options.CONTENT_FORMAT)
    try:
        path = options.path_of(message.options)
        queries = tuple(options.queries_of(message.options))
    except UnicodeError:
        return None
    return Request(
        peer,
        message.code,
        path,
        queries,
        message.payload,
        None if content_format is None else options.uint_of(content_format),
    )
