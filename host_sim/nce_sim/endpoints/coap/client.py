"""The asking side of a CoAP endpoint, sans-IO: what 1NCE OS sends to a device (RFC 7252, 4 and 5).

    client = CoapClient(random)
    call = Call(peer, codes.POST, ((options.URI_PATH, b"led"),), b"on")
    handle = client.request(call, now_ms)
    for outcome in client.receive_datagram(data, peer, now_ms): ...     # Outcome
    for peer, datagram in client.datagrams_to_send(): ...

A request is confirmable, has a token of eight bytes and is repeated until it is confirmed; one is
under way to a peer at a time (NSTART), the others wait. A response in blocks is fetched to its end
(RFC 7959). Each request ends with one Outcome. Written apart from the SDK's client.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from nce.coap import codes, options
from nce.coap.message import ACK, CON, RST, Message, MessageFormatError, decode, empty, encode
from nce_sim.endpoints.coap.blocks import BadBlock, Block, block_of
from nce_sim.endpoints.coap.request import CoapPeer, Options
from nce_sim.endpoints.coap.settings import ClientSettings
from nce_sim.endpoints.coap.transmission import Transmissions

# Critical options that a response may have here (RFC 7252, 5.4; RFC 7959, 2.1).
_KNOWN_IN_RESPONSE = bytes((options.BLOCK2, options.BLOCK1))
_TOKEN_BYTES = 8
# RFC 7252, 4.8.2: for so long a separate response may come again, and is confirmed again.
_EXCHANGE_LIFETIME_MS = 247_000
_MOST_CONFIRMED = 1_024

NO_ANSWER = "no answer"
REJECTED = "rejected with a Reset"
UNDECODABLE = "the response cannot be decoded"


class Call(NamedTuple):
    """A request; `options` are (number, value) pairs in any order."""

    peer: CoapPeer
    method: int
    options: Options = ()
    payload: bytes = b""


class Answer(NamedTuple):
    """The response to a `Call`, whole."""

    code: int
    options: Options
    payload: bytes


class Outcome(NamedTuple):
    """The end of a request: its answer, or why there is none."""

    handle: int
    answer: Answer | None
    reason: str = ""


@dataclass(slots=True)
class _Pending:
    handle: int
    call: Call
    mid: int
    token: bytes
    deadline_ms: int | None = None  # for a separate response, once the request is confirmed
    body: bytearray = field(default_factory=bytearray)  # the blocks so far
    content: Options = ()  # of the first block


class CoapClient:
    """The requests of one address; `counters` tells what came besides answers."""

    def __init__(self, random: Random, settings: ClientSettings | None = None) -> None:
        self.settings = settings or ClientSettings()
        self.counters: Counter[str] = Counter()
        self._random = random
        self._mid = random.getrandbits(16)
        self._handle = 0
        self._under_way: dict[int, _Pending] = {}  # by handle
        self._waiting: dict[CoapPeer, deque[_Pending]] = {}
        self._transmissions = Transmissions(random, self.settings.transmission)
        # Separate responses that were confirmed, until when: they may come again.
        self._confirmed: OrderedDict[tuple[CoapPeer, int], int] = OrderedDict()
        self._outgoing: list[tuple[CoapPeer, bytes]] = []

    # -- the verbs -------------------------------------------------------------------------

    def request(self, call: Call, now_ms: int) -> int:
        """Send a request, or put it in line for its peer; the handle that its Outcome has."""
        self._handle += 1
        pending = _Pending(self._handle, call, 0, b"")
        if self._count(call.peer) >= self.settings.nstart:
            self._waiting.setdefault(call.peer, deque()).append(pending)
        else:
            self._begin(pending, call.options, call.payload, now_ms)
        return pending.handle

    def receive_datagram(self, data: bytes, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        """Take one datagram; never raises for what a peer may send."""
        try:
            message = decode(data)
        except MessageFormatError as error:
            return self._malformed(error, peer, now_ms)
        if message.type in (ACK, RST):
            pending = self._by_mid(peer, message.mid)
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
        due = [one.deadline_ms for one in self._under_way.values() if one.deadline_ms is not None]
        if self._transmissions:
            due.append(self._transmissions.next_timeout())
        return min(due, default=None)

    def handle_timeout(self, now_ms: int) -> list[Outcome]:
        """Repeat what is not confirmed, and give up what stays so."""
        repeated, given_up = self._transmissions.handle_timeout(now_ms)
        self._outgoing += repeated
        ended = [pending for key in given_up if (pending := self._by_mid(*key)) is not None]
        ended += [
            one
            for one in self._under_way.values()
            if one.deadline_ms is not None and one.deadline_ms <= now_ms
        ]
        return [self._end(pending, None, NO_ANSWER, now_ms) for pending in ended]

    # -- sending ---------------------------------------------------------------------------

    def _count(self, peer: CoapPeer) -> int:
        return sum(one.call.peer == peer for one in self._under_way.values())

    def _begin(self, pending: _Pending, listed: Options, payload: bytes, now_ms: int) -> None:
        """Send a request, or the one for a next block, as a message of its own."""
        self._mid = (self._mid + 1) & 0xFFFF
        pending.mid, pending.deadline_ms = self._mid, None
        pending.token = self._random.randbytes(_TOKEN_BYTES)
        call = pending.call
        message = Message(CON, call.method, pending.mid, pending.token, listed, payload)
        datagram = encode(message)
        self._under_way[pending.handle] = pending
        self._outgoing.append((call.peer, datagram))
        self._transmissions.start((call.peer, pending.mid), call.peer, datagram, now_ms)

    def _end(self, pending: _Pending, answer: Answer | None, reason: str, now_ms: int) -> Outcome:
        del self._under_way[pending.handle]
        peer = pending.call.peer
        self._transmissions.stop((peer, pending.mid))
        line = self._waiting.get(peer)
        if line:
            following = line.popleft()
            self._begin(following, following.call.options, following.call.payload, now_ms)
        if not line:
            self._waiting.pop(peer, None)
        return Outcome(pending.handle, answer, reason)

    # -- receiving -------------------------------------------------------------------------

    def _by_mid(self, peer: CoapPeer, mid: int) -> _Pending | None:
        for one in self._under_way.values():
            if one.mid == mid and one.call.peer == peer:
                return one
        return None

    def _confirmed_or_rejected(
        self, pending: _Pending, message: Message, now_ms: int
    ) -> list[Outcome]:
        if message.type == RST:
            return [self._end(pending, None, REJECTED, now_ms)]
        if message.code == codes.EMPTY:
            # RFC 7252, 5.2.2: the response comes later, in a message of its own.
            if self._transmissions.stop((pending.call.peer, pending.mid)):
                pending.deadline_ms = now_ms + self.settings.response_patience_ms
            return []
        if message.token != pending.token or not codes.is_response(message.code):
            return self._ignore("a response with another token")
        return self._answered(pending, message, now_ms)

    def _separate(self, message: Message, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        key = (peer, message.mid)
        while self._confirmed and next(iter(self._confirmed.values())) <= now_ms:
            self._confirmed.popitem(last=False)
        for pending in self._under_way.values():
            if pending.token == message.token and pending.call.peer == peer:
                break
        else:
            if message.type == CON:
                kind = ACK if key in self._confirmed else RST
                self._outgoing.append((peer, encode(empty(kind, message.mid))))
            return self._ignore("a response that nobody waits for")
        if message.type == CON:
            self._outgoing.append((peer, encode(empty(ACK, message.mid))))
            while len(self._confirmed) >= _MOST_CONFIRMED:
                self._confirmed.popitem(last=False)
            self._confirmed[key] = now_ms + _EXCHANGE_LIFETIME_MS
        return self._answered(pending, message, now_ms)

    def _malformed(self, error: MessageFormatError, peer: CoapPeer, now_ms: int) -> list[Outcome]:
        header: Any = error
        if header.type == CON:
            self._outgoing.append((peer, encode(empty(RST, header.mid))))
        pending = self._by_mid(peer, header.mid) if header.type == ACK else None
        if pending is not None:
            return [self._end(pending, None, UNDECODABLE, now_ms)]
        return self._ignore("malformed")

    def _ignore(self, note: str) -> list[Outcome]:
        self.counters["ignored: " + note] += 1
        return []

    # -- responses -------------------------------------------------------------------------

    def _answered(self, pending: _Pending, message: Message, now_ms: int) -> list[Outcome]:
        self._transmissions.stop((pending.call.peer, pending.mid))
        kept, unusable = options.sift(message.options, _KNOWN_IN_RESPONSE)
        if unusable is not None:
            reason = f"{UNDECODABLE}: it has the critical option {options.name_of(unusable)}"
            return [self._end(pending, None, reason, now_ms)]
        try:
            block = block_of(kept, options.BLOCK2)
        except BadBlock as error:
            return [self._end(pending, None, f"{UNDECODABLE}: {error}", now_ms)]
        if block is None or not codes.is_success(message.code):
            answer = Answer(message.code, kept, message.payload)
            return [self._end(pending, answer, "", now_ms)]
        return self._block(pending, message._replace(options=kept), block, now_ms)

    def _block(
        self, pending: _Pending, message: Message, block: Block, now_ms: int
    ) -> list[Outcome]:
        """One block of a response: the next one is asked for, or it is whole."""
        most = self.settings.response_max_bytes
        if block.offset != len(pending.body):
            reason = f"{UNDECODABLE}: block {block.number} does not follow the ones before"
            return [self._end(pending, None, reason, now_ms)]
        if block.offset + len(message.payload) > most:
            return [self._end(pending, None, f"the response is larger than {most} bytes", now_ms)]
        if not pending.body:
            pending.content = message.options
        pending.body += message.payload
        if not block.more:
            answer = Answer(message.code, pending.content, bytes(pending.body))
            return [self._end(pending, answer, "", now_ms)]
        if len(message.payload) != block.size:
            reason = f"{UNDECODABLE}: {len(message.payload)} bytes in a block of {block.size}"
            return [self._end(pending, None, reason, now_ms)]
        # RFC 7959, 2.7: the request again, without its body, and the number of the block.
        wanted = Block(block.number + 1, False, block.exponent).encode()
        listed = tuple(one for one in pending.call.options if one[0] != options.CONTENT_FORMAT)
        self._begin(pending, (*listed, (options.BLOCK2, wanted)), b"", now_ms)
        return []
