"""A CoAP endpoint that serves its peers and asks them too: one socket, one space of message IDs.

    both = CoapBothWays(first_mid=0x1234, random=random)
    both.ask(Call(peer, codes.GET, ((options.URI_PATH, b"3"),)), now_ms)
    for event in both.receive_datagram(data, peer, now_ms): ...   # Request, Outcome, Notice, ...
    both.confirm(notice.handle, is_wanted=True, now_ms=now_ms)

What answers a request of ours goes to the `CoapClient`. A response that answers none is a
notification (RFC 7641, 4.2): its token says of what, and who knows the token says whether it is
confirmed or rejected. Its message ID is one of its sender's, like those of requests, so the table
of the server tells its duplicates.
"""

from __future__ import annotations

from collections import OrderedDict
from random import Random
from typing import Any, NamedTuple

from nce.coap import codes, options
from nce.coap.message import ACK, CON, RST, Message, MessageFormatError, decode, empty, encode
from nce_sim.endpoints.coap.client import KNOWN_IN_RESPONSE, CoapClient
from nce_sim.endpoints.coap.exchanges import Exchange
from nce_sim.endpoints.coap.request import CoapPeer, Refusal
from nce_sim.endpoints.coap.server import Answered, CoapServer
from nce_sim.endpoints.coap.settings import ClientSettings, CoapSettings
from nce_sim.endpoints.coap.transfer import Answer, Call


class Notice(NamedTuple):
    """A notification, or the first block of one; the endpoint wants its `handle` confirmed."""

    peer: CoapPeer
    handle: int
    message: Message  # with the options that may be looked at


class _Open(NamedTuple):
    notice: Notice
    exchange: Exchange


class CoapBothWays(CoapServer):
    """A `CoapServer` with the `CoapClient` of the same address."""

    def __init__(
        self,
        *,
        first_mid: int,
        random: Random,
        max_exchanges: int = 65_536,
        settings: CoapSettings | None = None,
        client_settings: ClientSettings | None = None,
        refusal: Refusal = lambda request: None,
    ) -> None:
        super().__init__(
            first_mid=first_mid,
            max_exchanges=max_exchanges,
            settings=settings,
            refusal=refusal,
            random=random,
        )
        # A message of ours has an ID of its own, whatever way it belongs to (RFC 7252, 4.4).
        self.client = CoapClient(random, client_settings, self.new_message_id)
        self._notices: OrderedDict[int, _Open] = OrderedDict()
        self._last_notice = 0

    # -- the verbs -------------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: CoapPeer, now_ms: int) -> list[Any]:
        """Take one datagram; never raises for what a peer may send."""
        try:
            message = decode(data)
        except MessageFormatError as error:
            header: Any = error
            if header.type == ACK:
                return list(self.client.receive_datagram(data, peer, now_ms))
            return list(super().receive_datagram(data, peer, now_ms))
        if not codes.is_request(message.code):
            if self.client.expects(message, peer):
                return list(self.client.receive(message, peer, now_ms))
            if codes.is_response(message.code) and message.type not in (ACK, RST):
                return self._noticed(message, peer, now_ms)
        return list(self.receive(message, peer, now_ms))

    def ask(self, call: Call, now_ms: int) -> int:
        """Send a request; the handle that its Outcome has."""
        return self.client.request(call, now_ms)

    def fetch_rest(self, call: Call, notice: Notice, now_ms: int) -> int | Answer:
        """Fetch the other blocks of a notification by `call`; BadResponse when it has none."""
        return self.client.go_on(call, notice.message, now_ms)

    def confirm(self, handle: int, *, is_wanted: bool, now_ms: int) -> None:
        """Confirm a notification, or reject it: then its observation ends (RFC 7641, 3.6)."""
        known = self._notices.pop(handle, None)
        if known is None:
            self.counters["confirmation of a notification that is over"] += 1
            return
        (peer, _, message), exchange = known
        self.counters["notification " + ("confirmed" if is_wanted else "rejected")] += 1
        if message.type == CON or not is_wanted:
            exchange.reply = encode(empty(ACK if is_wanted else RST, message.mid))
            self._outgoing.append((peer, exchange.reply))

    def leave(self, handle: int) -> None:
        """Answer a notification with nothing: when its sender repeats it, it is a new one."""
        known = self._notices.pop(handle, None)
        if known is not None:
            peer = known.notice.peer
            self._forget((peer.endpoint, known.notice.message.mid), known.exchange)

    def datagrams_to_send(self) -> list[tuple[CoapPeer, bytes]]:
        """What is to be sent, each once, with its receiver: first what answers."""
        return super().datagrams_to_send() + self.client.datagrams_to_send()

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None; a late call does no harm."""
        due = (super().next_timeout(), self.client.next_timeout())
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Any]:
        """Let both ways look at the time."""
        return [*super().handle_timeout(now_ms), *self.client.handle_timeout(now_ms)]

    # -- inside ----------------------------------------------------------------------------

    def _noticed(self, message: Message, peer: CoapPeer, now_ms: int) -> list[Any]:
        self._expire(now_ms)
        key = (peer.endpoint, message.mid)
        known = self._known(key, now_ms)
        if known is not None:
            self.counters["duplicate"] += 1
            if known.reply is not None:
                self._outgoing.append((peer, known.reply))
            return [Answered(peer, None, None, "a duplicate", is_duplicate=True)]
        kept, unusable = options.sift(message.options, KNOWN_IN_RESPONSE)
        if unusable is not None:
            # RFC 7252, 5.4.1: such a response is rejected.
            if message.type == CON:
                return [self._reset(peer, message.mid, "an unacceptable option")]
            return [self._ignored(peer, "an unacceptable option")]
        exchange = self._remember(key, message.type, now_ms)
        while len(self._notices) >= self._most:
            self._notices.popitem(last=False)
            self.counters["notification evicted"] += 1
        self._last_notice += 1
        notice = Notice(peer, self._last_notice, message._replace(options=kept))
        self._notices[notice.handle] = _Open(notice, exchange)
        return [notice]
