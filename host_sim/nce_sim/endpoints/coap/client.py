"""The asking side of a CoAP endpoint, sans-IO: what 1NCE OS sends to a device (RFC 7252, 4 and 5).

    client = CoapClient(random)
    call = Call(peer, codes.POST, ((options.URI_PATH, b"led"),), b"on")
    handle = client.request(call, now_ms)
    for outcome in client.receive_datagram(data, peer, now_ms): ...     # Outcome
    for peer, datagram in client.datagrams_to_send(): ...

A request is confirmable, has a token of eight bytes and is repeated until it is confirmed; one is
under way to a peer at a time (NSTART), the others wait. Large bodies go in blocks (`transfer`).
Each request ends with one Outcome. Written apart from the SDK's client.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from nce.coap import codes, options
from nce.coap.message import ACK, CON, RST, Message, MessageFormatError, decode, empty, encode
from nce_sim.endpoints.coap.deadlines import Deadlines
from nce_sim.endpoints.coap.exchanges import EXCHANGE_LIFETIME_MS
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.settings import ClientSettings
from nce_sim.endpoints.coap.transfer import (
    UNDECODABLE,
    Answer,
    BadResponse,
    Call,
    Part,
    Transfer,
)
from nce_sim.endpoints.coap.transmission import Transmissions

__all__ = ["NO_ANSWER", "REJECTED", "UNDECODABLE", "Answer", "Call", "CoapClient", "Outcome"]

# Critical options that a response may have here (RFC 7252, 5.4; RFC 7959, 2.1).
KNOWN_IN_RESPONSE = bytes((options.BLOCK2, options.BLOCK1))
_TOKEN_BYTES = 8
_MOST_CONFIRMED = 4_096

NO_ANSWER = "no answer"
REJECTED = "rejected with a Reset"
CANCELLED = "cancelled"


class Outcome(NamedTuple):
    """The end of a request: its answer, or why there is none."""

    handle: int
    answer: Answer | None
    reason: str = ""


@dataclass(slots=True)
class _Pending:
    handle: int
    call: Call
    transfer: Transfer
    part: Part  # to send, or sent
    mid: int = 0
    token: bytes = b""


class CoapClient:
    """The requests of one address; `counters` tells what came besides answers.

    `new_message_id` numbers the messages of an endpoint that sends others as well.
    """

    def __init__(
        self,
        random: Random,
        settings: ClientSettings | None = None,
        new_message_id: Callable[[], int] | None = None,
    ) -> None:
        self.settings = settings or ClientSettings()
        self.counters: Counter[str] = Counter()
        self._random = random
        self._mid = random.getrandbits(16)
        self._new_message_id = new_message_id or self._next_mid
        self._handle = 0
        # Those under way: by their handle, and by the endpoint of their peer and what answers.
        self._under_way: dict[int, _Pending] = {}
        self._by_mid: dict[tuple[CoapPeer, int], _Pending] = {}
        self._by_token: dict[tuple[CoapPeer, bytes], _Pending] = {}
        self._counts: Counter[CoapPeer] = Counter()
        self._waiting: dict[CoapPeer, deque[_Pending]] = {}
        self._transmissions = Transmissions(random, self.settings.transmission)
        # For the separate responses of confirmed requests.
        self._deadlines: Deadlines[tuple[CoapPeer, int]] = Deadlines()
        # Separate responses that were confirmed, until when: they may come again.
        self._confirmed: OrderedDict[tuple[CoapPeer, int], int] = OrderedDict()
        self._outgoing: list[tuple[CoapPeer, bytes]] = []

    # -- the verbs -------------------------------------------------------------------------

    def request(self, call: Call, now_ms: int) -> int:
        """Send a request, or put it in line for its peer; the handle that its Outcome has."""
        transfer = Transfer(call, self.settings)
        return self._enter(call, transfer, transfer.first(), now_ms)

    def go_on(self, call: Call, message: Message, now_ms: int) -> int | Answer:
        """Fetch what is left of a response whose first block came unasked (RFC 7959, 2.6).

        The Answer at once when nothing is left; BadResponse when the block is none.
        """
        transfer = Transfer(call, self.settings)
        taken = transfer.take(message, message.options)
        return taken if isinstance(taken, Answer) else self._enter(call, transfer, taken, now_ms)

    def expects(self, message: Message, peer: CoapPeer) -> bool:
        """Whether a message answers a request that is under way, or did before."""
        endpoint = peer.endpoint
        if message.type in (ACK, RST):
            return (endpoint, message.mid) in self._by_mid
        known = (endpoint, message.token) in self._by_token
        return known or (endpoint, message.mid) in self._confirmed

    def cancel(self, handle: int, peer: CoapPeer, now_ms: int) -> None:
        """End a request of a peer's without an Outcome; harmless when it is over."""
        pending = self._under_way.get(handle)
        if pending is not None:
            self._end(pending, None, CANCELLED, now_ms)
            return
        line = self._waiting.get(peer.endpoint, deque())
        for waiting in [one for one in line if one.handle == handle]:
            line.remove(waiting)

    def receive_datagram(self, data: bytes, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        """Take one datagram; never raises for what a peer may send."""
        try:
            message = decode(data)
        except MessageFormatError as error:
            return self._malformed(error, peer, now_ms)
        return self.receive(message, peer, now_ms)

    def receive(self, message: Message, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        """Take one message."""
        if message.type in (ACK, RST):
            pending = self._by_mid.get((peer.endpoint, message.mid))
            if pending is None:
                return self._ignore("an unexpected ACK or RST")
            return self._confirmed_or_rejected(pending, message, now_ms)
        if not codes.is_response(message.code):
            self.counters["a request, or a ping"] += 1
            if message.type == CON:
                self._outgoing.append((peer, encode(empty(RST, message.mid))))
            return []
        return self._separate(message, peer, now_ms)

    def datagrams_to_send(self) -> list[tuple[CoapPeer, bytes]]:
        """What is to be sent, each once, with its receiver."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None; a late call does no harm."""
        due = (self._deadlines.next_ms(), self._transmissions.next_timeout())
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Outcome]:
        """Repeat what is not confirmed, and give up what stays so."""
        repeated, given_up = self._transmissions.handle_timeout(now_ms)
        self._outgoing += repeated
        over = given_up + self._deadlines.take_due(now_ms)
        ended = [pending for key in over if (pending := self._by_mid.get(key)) is not None]
        return [self._end(pending, None, NO_ANSWER, now_ms) for pending in ended]

    # -- sending ---------------------------------------------------------------------------

    def _enter(self, call: Call, transfer: Transfer, part: Part, now_ms: int) -> int:
        self._handle += 1
        pending = _Pending(self._handle, call, transfer, part)
        endpoint = call.peer.endpoint
        if self._counts[endpoint] >= self.settings.nstart:
            self._waiting.setdefault(endpoint, deque()).append(pending)
        else:
            self._counts[endpoint] += 1
            self._begin(pending, now_ms)
        return pending.handle

    def _begin(self, pending: _Pending, now_ms: int) -> None:
        """Send a request, or the one for a next block, as a message of its own."""
        call, part = pending.call, pending.part
        endpoint = call.peer.endpoint
        pending.mid = self._new_message_id()
        own = call.token if part.is_of_request else None
        pending.token = own if own is not None else self._random.randbytes(_TOKEN_BYTES)
        listed = tuple(sorted(part.options, key=lambda one: one[0]))
        datagram = encode(
            Message(CON, call.method, pending.mid, pending.token, listed, part.payload)
        )
        self._under_way[pending.handle] = pending
        self._by_mid[endpoint, pending.mid] = self._by_token[endpoint, pending.token] = pending
        self._outgoing.append((call.peer, datagram))
        self._transmissions.start((endpoint, pending.mid), call.peer, datagram, now_ms)

    def _next_mid(self) -> int:
        self._mid = (self._mid + 1) & 0xFFFF
        return self._mid

    def _drop(self, pending: _Pending) -> None:
        """Expect no answer to the message that was sent last."""
        endpoint = pending.call.peer.endpoint
        key = endpoint, pending.mid
        self._transmissions.stop(key)
        self._deadlines.drop(key)
        if self._by_mid.get(key) is pending:
            del self._by_mid[key]
        if self._by_token.get((endpoint, pending.token)) is pending:
            del self._by_token[endpoint, pending.token]

    def _end(self, pending: _Pending, answer: Answer | None, reason: str, now_ms: int) -> Outcome:
        self._drop(pending)
        self._under_way.pop(pending.handle, None)
        endpoint = pending.call.peer.endpoint
        line = self._waiting.get(endpoint)
        if line:
            self._begin(line.popleft(), now_ms)
        else:
            self._counts[endpoint] -= 1
            if not self._counts[endpoint]:
                del self._counts[endpoint]
        if not line:
            self._waiting.pop(endpoint, None)
        return Outcome(pending.handle, answer, reason)

    # -- receiving -------------------------------------------------------------------------

    def _confirmed_or_rejected(
        self, pending: _Pending, message: Message, now_ms: int
    ) -> list[Outcome]:
        if message.type == RST:
            return [self._end(pending, None, REJECTED, now_ms)]
        if message.code == codes.EMPTY:
            # RFC 7252, 5.2.2: the response comes later, in a message of its own.
            key = pending.call.peer.endpoint, pending.mid
            if self._transmissions.stop(key):
                self._deadlines.put(key, now_ms + self.settings.response_patience_ms)
            return []
        if message.token != pending.token or not codes.is_response(message.code):
            return self._ignore("a response with another token")
        return self._answered(pending, message, now_ms)

    def _separate(self, message: Message, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        key = (peer.endpoint, message.mid)
        while self._confirmed and next(iter(self._confirmed.values())) <= now_ms:
            self._confirmed.popitem(last=False)
        pending = self._by_token.get((peer.endpoint, message.token))
        if pending is None:
            if message.type == CON:
                kind = ACK if key in self._confirmed else RST
                self._outgoing.append((peer, encode(empty(kind, message.mid))))
            return self._ignore("a response that nobody waits for")
        if message.type == CON:
            self._outgoing.append((peer, encode(empty(ACK, message.mid))))
            while len(self._confirmed) >= _MOST_CONFIRMED:
                self._confirmed.popitem(last=False)
            self._confirmed[key] = now_ms + EXCHANGE_LIFETIME_MS
        return self._answered(pending, message, now_ms)

    def _malformed(self, error: MessageFormatError, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        header: Any = error
        if header.type == CON:
            self._outgoing.append((peer, encode(empty(RST, header.mid))))
        key = (peer.endpoint, header.mid)
        pending = self._by_mid.get(key) if header.type == ACK else None
        if pending is not None:
            return [self._end(pending, None, UNDECODABLE, now_ms)]
        return self._ignore("malformed")

    def _ignore(self, note: str) -> list[Outcome]:
        self.counters["ignored: " + note] += 1
        return []

    def _answered(self, pending: _Pending, message: Message, now_ms: int) -> list[Outcome]:
        kept, unusable = options.sift(message.options, KNOWN_IN_RESPONSE)
        try:
            if unusable is not None:
                raise BadResponse(f"it has the critical option {options.name_of(unusable)}")
            taken = pending.transfer.take(message, kept)
        except BadResponse as error:
            return [self._end(pending, None, str(error), now_ms)]
        if isinstance(taken, Answer):
            return [self._end(pending, taken, "", now_ms)]
        self._drop(pending)
        pending.part = taken
        self._begin(pending, now_ms)
        return []
