"""The exchange layer of a CoAP server, sans-IO (RFC 7252, 4 and 5).

    server = CoapServer(first_mid=0x1234)
    for event in server.receive_datagram(data, peer, now_ms): ...    # Request or Answered
    server.respond(request.handle, response, now_ms)                 # when there is one
    for peer, datagram in server.datagrams_to_send(): ...

Confirmable requests get piggybacked responses, or separate ones if so set; non-confirmable ones a
NON with a message ID of this server. A message with an ID seen before from the same peer is not
handed out again: it gets the same reply again, and nothing until there is one, for that reply
answers both (RFC 7252, 4.2). A 5.03 says that the request had no effect, so it is not kept: when
the message comes again, it is a new attempt. Written apart from the SDK's client; only the message
codec is shared.
"""

from __future__ import annotations

from collections import OrderedDict
from random import Random
from typing import Any, NamedTuple

from nce.coap import codes
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
from nce_sim.endpoints.coap.admission import Refused, admit, response_is_wanted
from nce_sim.endpoints.coap.blocks import BlockWise, Whole
from nce_sim.endpoints.coap.exchanges import Exchange, Exchanges, Key
from nce_sim.endpoints.coap.request import CoapPeer, Refusal, Request, Response
from nce_sim.endpoints.coap.settings import CoapSettings
from nce_sim.endpoints.coap.transmission import Transmissions

# Looked up once: the SDK's module searches for its rarer names each time.
_UNAVAILABLE = codes.SERVICE_UNAVAILABLE


class Answered(NamedTuple):
    """The outcome of one datagram; `request` is None when it reached no resource."""

    peer: CoapPeer
    request: Request | None
    code: int | None
    note: str  # for people
    is_duplicate: bool = False  # it was answered again, or kept quiet, without being processed


Event = Request | Answered


class _Open(NamedTuple):
    """A request that waits for its response, with all that the response depends on."""

    message: Message
    request: Request
    whole: Whole | None  # with block-wise transfer
    exchange: Exchange


class _Later(NamedTuple):
    due_ms: int
    peer: CoapPeer
    message: Message


class CoapServer(Exchanges):
    """One endpoint's messages; `counters` tells what kinds came.

    `refusal(request)` says what the first block of an upload is refused with, before the rest is
    sent; `random` spreads the repeats of separate responses.
    """

    def __init__(
        self,
        *,
        first_mid: int,
        max_exchanges: int = 65_536,
        settings: CoapSettings | None = None,
        refusal: Refusal = lambda request: None,
        random: Random | None = None,
    ) -> None:
        super().__init__(max_exchanges)
        self.settings = settings or CoapSettings()
        self._block_wise = BlockWise(self.settings, refusal)
        self._mid = first_mid
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._handle = 0
        self._later: list[_Later] = []  # in order of time
        self._under_way = Transmissions(random or Random(first_mid), self.settings.transmission)
        self._outgoing: list[tuple[CoapPeer, bytes]] = []

    # -- the verbs -------------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: CoapPeer, now_ms: int) -> list[Event]:
        """Take one datagram; never raises for what a peer may send."""
        try:
            message = decode(data)
        except MessageFormatError as error:
            return [self._malformed(error, peer)]
        return self.receive(message, peer, now_ms)

    def receive(self, message: Message, peer: CoapPeer, now_ms: int) -> list[Event]:
        """Take one message."""
        self._expire(now_ms)
        key = (peer.endpoint if peer.session else peer, message.mid)
        if message.type not in (CON, NON):
            if self._under_way.stop(key):
                note = "confirmed" if message.type == ACK else "rejected"
                self.counters["separate response " + note] += 1
                return [Answered(peer, None, None, "a separate response was " + note)]
            return [self._ignored(peer, "an unexpected ACK or RST")]
        if not codes.is_request(message.code):
            what = "a ping" if message.code == codes.EMPTY else "a response"
            if message.type == CON:
                return [self._reset(peer, message.mid, what)]
            return [self._ignored(peer, what + " sent non-confirmable")]
        known = self._known(key, now_ms)
        if known is not None:
            self.counters["duplicate"] += 1
            if known.reply is not None:
                self._outgoing.append((peer, known.reply))
            return [Answered(peer, None, None, "a duplicate", is_duplicate=True)]
        return [self._take(message, peer, key, now_ms)]

    def respond(self, handle: int, response: Response, now_ms: int) -> list[Event]:
        """Answer a request that was handed out; one whose exchange is over is only counted."""
        waiting = self._open.pop(handle, None)
        if waiting is None:
            self.counters["response to an exchange that is over"] += 1
            return []
        message, request, whole, exchange = waiting
        if whole is not None:
            response = self._block_wise.finish(whole, response, now_ms)
        self._answer(message, request.peer, response, exchange, now_ms)
        if response.code == _UNAVAILABLE:
            self._forget((request.peer.endpoint, message.mid), exchange)
        return [Answered(request.peer, request, response.code, "answered")]

    def datagrams_to_send(self) -> list[tuple[CoapPeer, bytes]]:
        """The replies to send, each once, with their receivers."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None; a late call does no harm."""
        due = [self._oldest_is_over_ms(), self._under_way.next_timeout()]
        if self._later:
            due.append(self._later[0].due_ms)
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Send and repeat separate responses; forget the exchanges that are over."""
        self._expire(now_ms)
        repeated, given_up = self._under_way.handle_timeout(now_ms)
        self._outgoing += repeated
        self.counters["separate response given up"] += len(given_up)
        while self._later and self._later[0].due_ms <= now_ms:
            _, peer, message = self._later.pop(0)
            datagram = encode(message)
            self._outgoing.append((peer, datagram))
            if message.type == CON:
                self._under_way.start((peer.endpoint, message.mid), peer, datagram, now_ms)
        return []

    def new_message_id(self) -> int:
        """The next message id of this endpoint, for whatever it sends of itself."""
        # No zero byte: the C SDK reads a reply as a C string that starts with the header.
        while True:
            self._mid = (self._mid + 1) & 0xFFFF
            if self._mid & 0xFF and self._mid >> 8:
                return self._mid

    # -- inside ----------------------------------------------------------------------------

    def _take(self, message: Message, peer: CoapPeer, key: Key, now_ms: int) -> Event:
        """Hand a request out, or answer it here."""
        handle = self._handle + 1
        taken: Request | Refused | Response | Whole = admit(message, peer, handle, self.settings)
        if isinstance(taken, Refused):
            if taken.is_for_option and message.type == NON:
                # RFC 7252, 5.4.1: a non-confirmable message with such an option is rejected.
                return self._reset(peer, message.mid, "an unacceptable option")
            taken = taken.response
        request = taken if isinstance(taken, Request) else None
        if request is not None and self.settings.block_wise:
            taken = self._block_wise.receive(request, message.options, now_ms)
        exchange = self._remember(key, message.type, now_ms)
        if isinstance(taken, Response):
            self._answer(message, peer, taken, exchange, now_ms)
            return Answered(peer, request, taken.code, "answered")
        whole = taken if isinstance(taken, Whole) else None
        ready = taken.request if isinstance(taken, Whole) else taken
        self._handle = handle
        while len(self._open) >= self._most:
            self._open.popitem(last=False)
            self.counters["exchange evicted"] += 1
        self._open[handle] = _Open(message, ready, whole, exchange)
        return ready

    def _answer(
        self,
        message: Message,
        peer: CoapPeer,
        response: Response,
        exchange: Exchange,
        now_ms: int,
    ) -> None:
        self.counters[codes.dotted(response.code)] += 1
        exchange.reply = self._reply(message, response, peer, now_ms)
        if exchange.reply is not None:
            self._outgoing.append((peer, exchange.reply))

    def _reply(
        self, message: Message, response: Response, peer: CoapPeer, now_ms: int
    ) -> bytes | None:
        """The reply to send at once, None for nothing; a separate response is scheduled."""
        delay_ms = self.settings.separate_after_ms
        is_wanted = not self.settings.no_response or response_is_wanted(message, response.code)
        content = (message.token, response.options, response.payload)
        if is_wanted and delay_ms is not None:
            separate = Message(message.type, response.code, self.new_message_id(), *content)
            self._later.append(_Later(now_ms + delay_ms, peer, separate))
            self._later.sort(key=lambda one: one.due_ms)
        elif is_wanted and message.type == CON:
            return encode(Message(ACK, response.code, message.mid, *content))
        elif is_wanted:
            return encode(Message(NON, response.code, self.new_message_id(), *content))
        # RFC 7252, 5.2.2; RFC 7967, 2: what is confirmable is confirmed even so.
        return encode(empty(ACK, message.mid)) if message.type == CON else None

    def _malformed(self, error: MessageFormatError, peer: CoapPeer) -> Answered:
        header: Any = error
        if header.type == CON:
            return self._reset(peer, header.mid, "malformed")  # RFC 7252, 4.2
        return self._ignored(peer, "malformed")  # RFC 7252, 3 and 4.3

    def _reset(self, peer: CoapPeer, mid: int, note: str) -> Answered:
        self.counters["reset: " + note] += 1
        self._outgoing.append((peer, encode(empty(RST, mid))))
        return Answered(peer, None, None, note)

    def _ignored(self, peer: CoapPeer, note: str) -> Answered:
        self.counters["ignored: " + note] += 1
        return Answered(peer, None, None, note)
