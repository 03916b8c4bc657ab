"""The backend as a CoAP client of a device, sans-IO (RFC 7252; 1NCE OS, Device Controller).

    client = CoapClient(random)
    number = client.request(("10.160.0.1", 3000), codes.POST, "/example?param1=x", b"on", now_ms)
    for peer, datagram in client.datagrams_to_send(): ...
    for event in client.receive_datagram(data, peer, now_ms): ...     # Succeeded or Failed

Requests look as 1NCE's do in a capture: confirmable, token of 8 bytes, Uri-Path, empty
Content-Format before a payload, Uri-Query, no Uri-Host. One at a time is under way to a peer
(NSTART, RFC 7252, 4.7). Written apart from the SDK's client.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote

from nce.coap import codes, options
from nce.coap.message import ACK, CON, RST, Message, MessageFormatError, decode, empty, encode
from nce_sim.endpoints.coap.settings import Transmission
from nce_sim.endpoints.coap.transmission import Transmissions

Peer = tuple[str, int]

_TOKEN_BYTES = 8
# RFC 7252, 4.8.2: MAX_TRANSMIT_WAIT. An acknowledged request waits as long for its response.
RESPONSE_WAIT_MS = 93_000
_MAX_CONFIRMED = 1024
_MAX_TEXT_BYTES = 255


class Succeeded(NamedTuple):
    """A response of class 2."""

    number: int
    peer: Peer
    code: int
    payload: bytes


class Failed(NamedTuple):
    """Another response, none in time, a Reset, or one that cannot be read; `code` if there is."""

    number: int
    peer: Peer
    reason: str
    code: int | None = None


Event = Succeeded | Failed


@dataclass
class _Exchange:
    number: int
    mid: int
    token: bytes
    datagram: bytes
    deadline_ms: int | None = None  # for the response, once the request is confirmed


class CoapClient:
    """One client endpoint for many devices."""

    def __init__(self, random: Random, transmission: Transmission | None = None) -> None:
        self.counters: Counter[str] = Counter()
        self._random = random
        self._mid = random.getrandbits(16)
        self._number = 0
        self._waiting: dict[Peer, deque[_Exchange]] = {}  # the first of each is under way
        self._under_way: Transmissions[Peer, Peer] = Transmissions(
            random, transmission or Transmission()
        )
        # Separate responses that were confirmed, for the device may miss it; oldest first.
        self._confirmed: OrderedDict[tuple[Peer, int], None] = OrderedDict()
        self._outgoing: list[tuple[Peer, bytes]] = []

    def request(self, peer: Peer, method: int, target: str, payload: bytes, now_ms: int) -> int:
        """Send a request; returns its number in the events. ValueError for an impossible target.

        `target` is a path with an optional query, percent-encoded as in a URI (RFC 7252, 6.4).
        """
        listed = _target_options(target)
        if payload:
            listed += ((options.CONTENT_FORMAT, b""),)
        self._mid = (self._mid + 1) & 0xFFFF
        self._number += 1
        token = self._random.randbytes(_TOKEN_BYTES)
        datagram = encode(Message(CON, method, self._mid, token, listed, payload))
        queue = self._waiting.setdefault(peer, deque())
        queue.append(_Exchange(self._number, self._mid, token, datagram))
        if len(queue) == 1:
            self._start(peer, now_ms)
        return self._number

    # -- the five verbs --------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event]:
        """Take one datagram; never raises for what a peer may send."""
        queue = self._waiting.get(peer)
        exchange = queue[0] if queue else None
        try:
            message = decode(data)
        except MessageFormatError as error:
            return self._malformed(error, str(error), peer, now_ms)
        if message.type in (ACK, RST):
            if exchange is None or message.mid != exchange.mid:
                self.counters["ignored: an ACK or RST out of the blue"] += 1
                return []
            if message.type == RST:
                return self._end(peer, now_ms, "the device answered with a Reset")
            if message.code == codes.EMPTY:
                self._under_way.stop(peer)
                exchange.deadline_ms = now_ms + RESPONSE_WAIT_MS
                return []
        is_ours = exchange is not None and message.token == exchange.token
        if not codes.is_response(message.code) or not is_ours:
            return self._stray(message, peer)
        if message.type == CON:
            self._confirm(message, peer)
        return self._responded(message, peer, now_ms)

    def datagrams_to_send(self) -> list[tuple[Peer, bytes]]:
        """The datagrams to send, each once, with their receivers."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        due = [queue[0].deadline_ms for queue in self._waiting.values()]
        due.append(self._under_way.next_timeout())
        return min((one for one in due if one is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat requests; give up those without confirmation or response."""
        happened: list[Event] = []
        repeated, given_up = self._under_way.handle_timeout(now_ms)
        self._outgoing += repeated
        for peer in given_up:
            happened += self._end(peer, now_ms, "no answer from the device")
        for peer, queue in list(self._waiting.items()):
            deadline_ms = queue[0].deadline_ms
            if deadline_ms is not None and now_ms >= deadline_ms:
                reason = f"confirmed, but no response for {RESPONSE_WAIT_MS} ms"
                happened += self._end(peer, now_ms, reason)
        return happened

    @property
    def outstanding_count(self) -> int:
        return sum(len(queue) for queue in self._waiting.values())

    # -- inside ----------------------------------------------------------------------------

    def _start(self, peer: Peer, now_ms: int) -> None:
        exchange = self._waiting[peer][0]
        self._outgoing.append((peer, exchange.datagram))
        self._under_way.start(peer, peer, exchange.datagram, now_ms)

    def _responded(self, message: Message, peer: Peer, now_ms: int) -> list[Event]:
        # RFC 7252, 5.9 and RFC 7959, 2.1: Block1 and Block2 alone are critical in a response.
        _, unusable = options.sift(message.options, bytes((options.BLOCK2, options.BLOCK1)))
        if unusable is not None:
            name = options.name_of(unusable)
            return self._end(peer, now_ms, f"the response has an unacceptable {name}")
        if not codes.is_success(message.code):
            name = codes.dotted(message.code)
            return self._end(peer, now_ms, f"the device answered {name}", message.code)
        exchange = self._take(peer, now_ms)
        return [Succeeded(exchange.number, peer, message.code, message.payload)]

    def _end(self, peer: Peer, now_ms: int, reason: str, code: int | None = None) -> list[Event]:
        return [Failed(self._take(peer, now_ms).number, peer, reason, code)]

    def _take(self, peer: Peer, now_ms: int) -> _Exchange:
        """End the exchange that is under way to a peer, and begin the next."""
        self._under_way.stop(peer)
        queue = self._waiting[peer]
        exchange = queue.popleft()
        if queue:
            self._start(peer, now_ms)
        else:
            del self._waiting[peer]
        return exchange

    def _malformed(self, header: Any, reason: str, peer: Peer, now_ms: int) -> list[Event]:
        if header.type == CON:
            self._send(peer, empty(RST, header.mid))  # RFC 7252, 4.2
        queue = self._waiting.get(peer)
        if queue and header.type == ACK and header.mid == queue[0].mid:
            return self._end(peer, now_ms, f"the response cannot be read: {reason}")
        self.counters["ignored: malformed"] += 1
        return []

    def _stray(self, message: Message, peer: Peer) -> list[Event]:
        if message.type == CON and (peer, message.mid) in self._confirmed:
            self._send(peer, empty(ACK, message.mid))
        elif message.type == CON:
            self.counters["reset: a message that answers nothing"] += 1
            self._send(peer, empty(RST, message.mid))
        else:
            self.counters["ignored: a message that answers nothing"] += 1
        return []

    def _confirm(self, message: Message, peer: Peer) -> None:
        self._send(peer, empty(ACK, message.mid))
        while len(self._confirmed) >= _MAX_CONFIRMED:
            self._confirmed.popitem(last=False)
        self._confirmed[(peer, message.mid)] = None

    def _send(self, peer: Peer, message: Message) -> None:
        self._outgoing.append((peer, encode(message)))


def _target_options(target: str) -> tuple[tuple[int, bytes], ...]:
    """Uri-Path and Uri-Query of a path with query (RFC 7252, 6.4)."""
    if "#" in target:
        raise ValueError(f"{target!r} has a fragment; a CoAP request has none (RFC 7252, 6.4)")
    path, question, query = target.partition("?")
    segments = path.removeprefix("/").split("/") if path.removeprefix("/") else []
    arguments = query.split("&") if question else []
    rows = ((options.URI_PATH, segments), (options.URI_QUERY, arguments))
    listed = []
    for number, texts in rows:
        for text in texts:
            value = unquote(text, errors="strict").encode()
            if len(value) > _MAX_TEXT_BYTES:
                raise ValueError(
                    f"a part of {len(value)} bytes in the target; RFC 7252, 5.10 allows 0 to 255"
                )
            listed.append((number, value))
    return tuple(listed)
