"""CoAP exchanges with one peer, sans-IO (RFC 7252, 4 and 5.2).

    from nce.coap.options import path_options

    endpoint = Endpoint(os.urandom)
    token = endpoint.request(GET, path_options("/bootstrap"), b"", now_ms)
    for datagram in endpoint.datagrams_to_send(): ...
    events = endpoint.receive_datagram(datagram, now_ms)
    events = endpoint.handle_timeout(now_ms)  # when endpoint.next_timeout() is due

Each token ends in exactly one event, however often datagrams are lost or doubled; an observation
(RFC 7641) brings one for each notification. Serving is a responder's part: see `responder`.
"""

from collections import namedtuple

from nce.coap import options
from nce.coap.codes import is_request, is_response
from nce.coap.message import ACK, CON, NON, RST, Message, MessageFormatError, decode, empty, encode
from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms
from nce.const import const
from nce.errors import UsageError

if 1 - 1:
    from nce.coap.parameters import Parameters
    from nce.coap.responder import Responder
    from nce.seams import Any, NamedTuple, Options, RandomBytes

    # The result of an exchange: its token, one of the outcomes below, and its detail.
    class Event(NamedTuple):
        token: "Any"
        outcome: int
        detail: "Any"

else:
    Event = namedtuple("Event", ("token", "outcome", "detail"))  # type: ignore[no-redef]

RESPONSE = 0  # detail: the Message, of class 2, 4 or 5
RESET = 1  # the peer lost its state, does not speak CoAP on this port, or answers a ping
TIMED_OUT = 2  # detail: copies sent, none of them acknowledged
UNANSWERED = 3  # acknowledged, but no response followed; detail: milliseconds waited
REJECTED = 4  # the response has a critical option unknown here (5.4.1); detail: its number
ACKNOWLEDGED = 5  # what may go without response was; when not confirmable: was sent

# RFC 7252, 5.3.1: at least 32 bits of randomness where responses could be spoofed.
_TOKEN_LENGTH = const(4)
# Requests that may wait for one of the NSTART places.
_MOST_QUEUED = const(8)
# Confirmable responses answered recently; a repeat of one gets the same answer (4.2).
_MOST_ANSWERED = const(8)
# Block2 and Block1: of the options that a response may carry, these are critical (5.9; 7959, 2.1).
_KNOWN_CRITICAL = b"\x17\x1b"

# What ends an exchange.
_ONE_RESPONSE = const(0)
_RESPONSES = const(1)  # each is an event, until one does not carry Observe
_ACKNOWLEDGEMENT = const(2)
_PERHAPS_RESPONSE = const(3)  # some classes are not wanted: then silence is an answer, too


class _Exchange:
    transmissions: "int" = 0
    is_outstanding = True  # counts towards NSTART (4.7)
    deadline_ms: "int | None" = None
    timeout_ms: "int"

    def __init__(self, token: "Any", datagram: bytes, mid: int, wants: int) -> None:
        self.token = token
        self.datagram = datagram
        self.mid = mid
        self.wants = wants
        self.is_confirmable = datagram[0] & 0x30 == 0


class Endpoint:
    """The exchanges with one peer.

    `random_bytes(n)` must be unpredictable: tokens are all that ties a response to its request
    on an unprotected path. `max_datagram` is what the port carries, in bytes; `mids` is the first
    message ID, or the `MessageIds` of before (`nce.coap.mid`). `responder` serves the requests of
    the peer (`nce.coap.responder`); without one they are rejected.
    """

    def __init__(
        self,
        random_bytes: "RandomBytes",
        parameters: "Parameters" = DEFAULT,
        max_datagram: int = 1152,
        mids: "MessageIds | int | None" = None,
        responder: "Responder | None" = None,
    ) -> None:
        self.random_bytes = random_bytes
        self.parameters = parameters
        self.max_datagram = max_datagram
        self.responder = responder
        self.lifetime_ms = exchange_lifetime_ms(parameters)
        if mids is None:
            mids = self._random(2)
        self.mids = MessageIds(mids, self.lifetime_ms) if isinstance(mids, int) else mids
        # In the order they began; those not yet transmitted are queued.
        self._exchanges: "list[_Exchange]" = []
        self._answered: "list[tuple[int, bytes, int]]" = []  # (mid, answer datagram, forget at ms)
        self._outgoing: "list[bytes]" = []
        self._spares_token = True  # see `request`
        self._silent_until_ms = 0  # what goes unanswered begins no sooner (PROBING_RATE)
        self.ignored_datagrams = 0  # malformed, unmatched or late ones

    def request(
        self,
        code: int,
        request_options: "Options",
        payload: bytes,
        now_ms: int,
        confirmable: bool = True,
        token: "Any" = None,
        spares_token: bool = False,
    ) -> "Any":
        """Start a request, or queue it behind NSTART others; returns its token.

        `token` takes the place of the exchange that has it: an observation is renewed so. Raises
        `UsageError` for what cannot be encoded, and when 8 requests are queued already.

        `spares_token`, for a peer that nobody can speak for: the token is empty where no other
        response can be taken for this one's (5.3.1). So nothing else is open, and each request of
        this kind before had its piggybacked response, which the message ID ties to it, at the
        first try. After any other end one may still be under way, as long as a network keeps it.
        """
        if not is_request(code):
            raise UsageError("code %d is not a method" % code)
        wants = _ONE_RESPONSE
        for number, value in request_options:
            options.check(number, value)
            if number == options.OBSERVE and not value:
                wants = _RESPONSES
            elif number == options.NO_RESPONSE and options.uint_of(value) & 0x1A:
                # RFC 7967, 2.1: none of the classes 2, 4 and 5 is wanted, or not all of them.
                is_none = options.uint_of(value) & 0x1A == 0x1A
                wants = _ACKNOWLEDGEMENT if is_none else _PERHAPS_RESPONSE
        if token is None:
            is_alone = spares_token and confirmable and not self._exchanges
            if is_alone and self._spares_token and wants == _ONE_RESPONSE:
                token = b""
            else:
                token = self._new_token()
        kind = CON if confirmable else NON
        self.send(kind, code, token, request_options, payload, now_ms, token, wants)
        return token

    def send(
        self,
        kind: int,
        code: int,
        token: "Any",
        its_options: "Options",
        payload: bytes,
        now_ms: int,
        handle: "Any" = None,
        wants: int = _ACKNOWLEDGEMENT,
    ) -> None:
        """Send any other message in turn; its events carry `handle`."""
        # A message that cannot be sent is refused now, not when its turn comes.
        mid = self.mids.take(now_ms)
        datagram = encode(Message(kind, code, mid, token, its_options, payload))
        if len(datagram) > self.max_datagram:
            raise UsageError(
                "%d bytes of CoAP are too many, the port carries %d: send less at once"
                % (len(datagram), self.max_datagram)
            )
        others = [one for one in self._exchanges if handle is None or one.token != handle]
        if len([one for one in others if not one.transmissions]) >= _MOST_QUEUED:
            raise UsageError("%d messages wait already; await some first" % _MOST_QUEUED)
        self._exchanges = others
        self._exchanges.append(_Exchange(handle, datagram, mid, wants))
        self._start_queued(now_ms)

    def cancel(self, token: "Any") -> None:
        """Forget an exchange; a response that still comes is rejected. Unknown tokens are fine."""
        left = [one for one in self._exchanges if one.token != token]
        if token == b"" and len(left) < len(self._exchanges):
            self._spares_token = False
        self._exchanges = left

    def datagrams_to_send(self) -> "list[bytes]":
        """The datagrams to send now, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    @property
    def is_idle(self) -> bool:
        """Whether nothing is awaited but a Reset to what was not confirmable."""
        return not any(
            [
                one.is_confirmable or one.wants != _ACKNOWLEDGEMENT or not one.transmissions
                for one in self._exchanges
            ]
        )

    def next_timeout(self) -> "int | None":
        """The time at which `handle_timeout` is due, or None."""
        due_ms = None
        has_place = self._outstanding() < self.parameters.nstart
        for exchange in self._exchanges:
            at_ms = exchange.deadline_ms
            if has_place and not exchange.transmissions:
                # One that was cancelled left its place, or the peer is not to be probed yet.
                at_ms = 0 if exchange.is_confirmable else self._silent_until_ms
            if at_ms is not None and (due_ms is None or at_ms < due_ms):
                due_ms = at_ms
        return due_ms

    def receive_datagram(self, datagram: bytes, now_ms: int) -> "list[Event]":
        """Take one datagram of the peer; returns a list of events."""
        try:
            message = decode(datagram)
        except MessageFormatError as error:
            self.ignored_datagrams += 1
            if error.type == CON:
                self.reply(empty(RST, error.mid))  # type: ignore[arg-type]  # 4.2: reject
            return []
        self._silent_until_ms = 0  # a peer that sends is not silent
        if message.type in (ACK, RST):
            events = self._receive_reply(message, now_ms)
        else:
            events = self._receive_message(message, now_ms)
        self._start_queued(now_ms)
        return events

    def handle_timeout(self, now_ms: int) -> "list[Event]":
        """Send again what is due, give up what was sent often enough; returns a list of events."""
        events = []
        for exchange in list(self._exchanges):
            if exchange.deadline_ms is None or now_ms < exchange.deadline_ms:
                continue
            if exchange.wants >= _ACKNOWLEDGEMENT and not (
                exchange.is_confirmable and exchange.is_outstanding
            ):
                event = self._end(exchange, ACKNOWLEDGED)
            elif not exchange.is_outstanding:
                event = self._end(exchange, UNANSWERED, self.parameters.response_wait_ms)
            elif (
                exchange.is_confirmable
                and exchange.transmissions <= self.parameters.max_retransmit
            ):
                exchange.timeout_ms *= 2
                self._transmit(exchange, now_ms)
                continue
            else:
                event = self._end(exchange, TIMED_OUT, exchange.transmissions)
            events.append(event)
        self._start_queued(now_ms)
        return events

    def reply(self, message: "Message") -> None:
        """Send a message that nothing is expected for: an ACK, a RST, a response to a NON."""
        self._outgoing.append(encode(message))

    def take_mid(self, now_ms: int) -> int:
        """A message ID for `reply`."""
        return self.mids.take(now_ms)

    def _receive_reply(self, message: "Message", now_ms: int) -> "list[Event]":
        for exchange in self._exchanges:
            if exchange.mid == message.mid and exchange.transmissions:
                break
        else:
            self.ignored_datagrams += 1
            return []
        if message.type == RST:
            if message.code == 0:
                return [self._end(exchange, RESET)]
        elif not exchange.is_confirmable:
            pass  # there is nothing to acknowledge
        elif message.code == 0:
            if exchange.wants == _ACKNOWLEDGEMENT:
                return [self._end(exchange, ACKNOWLEDGED)]
            if exchange.is_outstanding:
                exchange.is_outstanding = False
                exchange.deadline_ms = now_ms + self.parameters.response_wait_ms
            return []
        # 5.3.2: a piggybacked response matches by message ID and token, both.
        elif is_response(message.code) and is_request(exchange.datagram[1]):
            if message.token == exchange.token:
                return [self._respond(exchange, message)]
        self.ignored_datagrams += 1
        return []

    def _receive_message(self, message: "Message", now_ms: int) -> "list[Event]":
        if message.type == CON:
            for known, answer, forget_at_ms in self._answered:
                if known == message.mid and now_ms < forget_at_ms:
                    self._outgoing.append(answer)
                    return []
        if self.responder and is_request(message.code):
            return self.responder.receive_request(message, now_ms)
        event = None
        if is_response(message.code):
            for exchange in self._exchanges:
                if (
                    exchange.transmissions
                    and exchange.token == message.token
                    and is_request(exchange.datagram[1])
                ):
                    event = self._respond(exchange, message)
                    break
        if event is None:
            # A ping, a request to a client, a response to nothing we remember: 4.2 and 4.3. The
            # server of an observation we gave up learns it so (RFC 7641, 3.6).
            self.ignored_datagrams += 1
            is_observed = options.first_of(message.options, options.OBSERVE) is not None
            if message.type == CON or (is_observed and is_response(message.code)):
                self.reply(empty(RST, message.mid))
            return []
        if message.type == CON:
            answer = encode(empty(RST if event.outcome == REJECTED else ACK, message.mid))
            self._outgoing.append(answer)
            self._answered = self._answered[1 - _MOST_ANSWERED :]
            self._answered.append((message.mid, answer, now_ms + self.lifetime_ms))
        return [event]

    def _respond(self, exchange: "_Exchange", message: "Message") -> "Event":
        if exchange.token == b"" and (message.type != ACK or exchange.transmissions > 1):
            self._spares_token = False
        kept, unusable = options.sift(message.options, _KNOWN_CRITICAL)
        if unusable is not None:
            return self._end(exchange, REJECTED, unusable)
        if len(kept) < len(message.options):
            kind, code, mid, token, _all, payload = message
            message = Message(kind, code, mid, token, kept, payload)
        if exchange.wants == _RESPONSES and message.code >> 5 == 2:
            for number, _value in message.options:
                if number == options.OBSERVE:
                    exchange.is_outstanding = False
                    exchange.deadline_ms = None
                    return Event(exchange.token, RESPONSE, message)
        return self._end(exchange, RESPONSE, message)

    def _end(self, exchange: "_Exchange", outcome: int, detail: "Any" = None) -> "Event":
        self._exchanges.remove(exchange)
        if exchange.token == b"" and outcome not in (RESPONSE, REJECTED):
            self._spares_token = False
        return Event(exchange.token, outcome, detail)

    def _outstanding(self) -> int:
        return len([one for one in self._exchanges if one.transmissions and one.is_outstanding])

    def _start_queued(self, now_ms: int) -> None:
        outstanding = self._outstanding()
        for exchange in self._exchanges:
            if outstanding >= self.parameters.nstart:
                break
            if not exchange.transmissions and (
                exchange.is_confirmable or now_ms >= self._silent_until_ms
            ):
                self._start(exchange, now_ms)
                outstanding += exchange.is_outstanding

    def _start(self, exchange: "_Exchange", now_ms: int) -> None:
        if exchange.is_confirmable:
            # 4.2: random between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
            least_ms = self.parameters.ack_timeout_ms
            spread_ms = least_ms * (self.parameters.ack_random_percent - 100) // 100
            exchange.timeout_ms = least_ms + self._random(2) * spread_ms // 0xFFFF
        else:
            is_asking = is_request(exchange.datagram[1])
            # 4.7: what nothing is expected for is not outstanding. Of a request that wants no
            # response nothing more can be known; a response may still meet a Reset.
            exchange.is_outstanding = is_asking and exchange.wants != _ACKNOWLEDGEMENT
            is_done = is_asking and not exchange.is_outstanding
            exchange.timeout_ms = 0 if is_done else self.parameters.response_wait_ms
            self._silent_until_ms = max(self._silent_until_ms, now_ms) + (
                len(exchange.datagram) * 1000 // self.parameters.probing_bytes_per_s
            )
        self._transmit(exchange, now_ms)

    def _transmit(self, exchange: "_Exchange", now_ms: int) -> None:
        exchange.transmissions += 1
        exchange.deadline_ms = now_ms + exchange.timeout_ms
        self._outgoing.append(exchange.datagram)

    def _random(self, size: int) -> int:
        return int.from_bytes(self.random_bytes(size), "big")

    def _new_token(self) -> bytes:
        while True:
            token = self.random_bytes(_TOKEN_LENGTH)
            if all([one.token != token for one in self._exchanges]):
                return token
