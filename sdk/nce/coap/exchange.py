"""CoAP exchanges with one peer, sans-IO (RFC 7252, 4 and 5.2).

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

# What became of an exchange: its token, one of the outcomes below, and what belongs to it.
Event = namedtuple("Event", ("token", "outcome", "detail"))

RESPONSE = 0  # detail: the Message, of class 2, 4 or 5
RESET = 1  # the peer lost its state, does not speak CoAP on this port, or answers a ping
TIMED_OUT = 2  # detail: copies sent, none of them acknowledged
UNANSWERED = 3  # acknowledged, but no response followed; detail: milliseconds waited
REJECTED = 4  # the response has a critical option unknown here (5.4.1); detail: its number
ACKNOWLEDGED = 5  # what wants no response was; when not confirmable: was sent

# RFC 7252, 5.3.1: at least 32 bits of randomness where responses could be spoofed.
_TOKEN_LENGTH = const(4)
# Requests that may wait for one of the NSTART places.
_MOST_QUEUED = const(8)
# Confirmable responses answered lately; a repeat of one gets the same answer (4.2).
_MOST_ANSWERED = const(8)


# What ends an exchange.
_ONE_RESPONSE = const(0)
_RESPONSES = const(1)  # each is an event, until one does not carry Observe
_ACKNOWLEDGEMENT = const(2)


class _Exchange:
    transmissions = 0
    is_outstanding = True  # counts towards NSTART (4.7)
    deadline_ms: "int | None" = None

    def __init__(self, token, datagram, mid, wants):
        self.token = token
        self.datagram = datagram
        self.mid = mid
        self.wants = wants
        self.is_confirmable = datagram[0] & 0x30 == 0


class Endpoint:
    """The exchanges with one peer.

    `random_bytes(n)` must be unpredictable: tokens are all that ties a response to its request
    on an unprotected path. `max_datagram` is what the port carries, in bytes; `mids` continues
    the message IDs of an earlier life (`nce.coap.mid`). `responder` serves the peer's requests
    (`nce.coap.responder`); without one they are rejected.
    """

    def __init__(
        self, random_bytes, parameters=DEFAULT, max_datagram=1152, mids=None, responder=None
    ):
        self._random_bytes = random_bytes
        self.parameters = parameters
        self.max_datagram = max_datagram
        self.responder = responder
        self.lifetime_ms = exchange_lifetime_ms(parameters)
        self._mids = mids or MessageIds(self._random(2), self.lifetime_ms)
        self._exchanges = []  # in the order they began; those not yet transmitted are queued
        self._answered = []  # (mid, answer datagram, forget at ms)
        self._outgoing = []
        self.ignored_datagrams = 0  # malformed, unmatched or late ones

    def request(self, code, request_options, payload, now_ms, confirmable=True, token=None):
        """Start a request, or queue it behind NSTART others; returns its token.

        `token` takes the place of the exchange that has it: an observation is renewed so. Raises
        `UsageError` for what cannot be encoded, and when 8 requests are queued already.
        """
        if not is_request(code):
            raise UsageError("code %d is not a method" % code)
        wants = _ONE_RESPONSE
        for number, value in request_options:
            options.check(number, value)
            if number == options.OBSERVE and not value:
                wants = _RESPONSES
            elif number == options.NO_RESPONSE and value == b"\x1a":
                wants = _ACKNOWLEDGEMENT  # RFC 7967, 2.1: no class of response is wanted
        if token is None:
            token = self._new_token()
        kind = CON if confirmable else NON
        self.send(kind, code, token, request_options, payload, now_ms, token, wants)
        return token

    def send(
        self, kind, code, token, its_options, payload, now_ms, handle=None, wants=_ACKNOWLEDGEMENT
    ):
        """Send any other message in turn; its events carry `handle`."""
        # What cannot be sent is refused now, not when its turn comes.
        mid = self._mids.take(now_ms)
        datagram = encode(Message(kind, code, mid, token, its_options, payload))
        if len(datagram) > self.max_datagram:
            raise UsageError(
                "%d bytes of CoAP, where the port carries %d: send less at once"
                % (len(datagram), self.max_datagram)
            )
        if handle is not None:
            self.cancel(handle)
        if len([one for one in self._exchanges if not one.transmissions]) >= _MOST_QUEUED:
            raise UsageError("%d messages wait already; await some first" % _MOST_QUEUED)
        self._exchanges.append(_Exchange(handle, datagram, mid, wants))
        self._start_queued(now_ms)

    def cancel(self, token):
        """Forget an exchange; a response that still comes is rejected. Unknown tokens are fine."""
        self._exchanges = [one for one in self._exchanges if one.token != token]

    def datagrams_to_send(self):
        """The datagrams to send now, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timeout(self):
        """The time at which `handle_timeout` is due, or None."""
        deadlines = [one.deadline_ms for one in self._exchanges if one.deadline_ms is not None]
        return min(deadlines) if deadlines else None

    def receive_datagram(self, datagram, now_ms):
        """Take one datagram of the peer; returns a list of events."""
        try:
            message = decode(datagram)
        except MessageFormatError as error:
            self.ignored_datagrams += 1
            if error.type == CON:
                self.reply(empty(RST, error.mid))  # 4.2: reject
            return []
        if message.type in (ACK, RST):
            events = self._receive_reply(message, now_ms)
        else:
            events = self._receive_message(message, now_ms)
        self._start_queued(now_ms)
        return events

    def handle_timeout(self, now_ms):
        """Send again what is due, give up what was sent often enough; returns a list of events."""
        events = []
        for exchange in list(self._exchanges):
            if exchange.deadline_ms is None or now_ms < exchange.deadline_ms:
                continue
            if not exchange.is_confirmable and exchange.wants == _ACKNOWLEDGEMENT:
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

    def reply(self, message):
        """Send a message that nothing is expected for: an ACK, a RST, a response to a NON."""
        self._outgoing.append(encode(message))

    def take_mid(self, now_ms):
        """A message ID for `reply`."""
        return self._mids.take(now_ms)

    def _receive_reply(self, message, now_ms):
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

    def _receive_message(self, message, now_ms):
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

    def _respond(self, exchange, message):
        for number, _value in options.unacceptable(message.options):
            if options.is_critical(number):
                return self._end(exchange, REJECTED, number)
        if exchange.wants == _RESPONSES and message.code >> 5 == 2:
            for number, _value in message.options:
                if number == options.OBSERVE:
                    exchange.is_outstanding = False
                    exchange.deadline_ms = None
                    return Event(exchange.token, RESPONSE, message)
        return self._end(exchange, RESPONSE, message)

    def _end(self, exchange, outcome, detail=None):
        self._exchanges.remove(exchange)
        return Event(exchange.token, outcome, detail)

    def _start_queued(self, now_ms):
        outstanding = 0
        for exchange in self._exchanges:
            if exchange.transmissions and exchange.is_outstanding:
                outstanding += 1
        for exchange in self._exchanges:
            if outstanding >= self.parameters.nstart:
                break
            if not exchange.transmissions:
                self._start(exchange, now_ms)
                outstanding += 1

    def _start(self, exchange, now_ms):
        if exchange.is_confirmable:
            # 4.2: random between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
            least_ms = self.parameters.ack_timeout_ms
            spread_ms = least_ms * (self.parameters.ack_random_percent - 100) // 100
            exchange.timeout_ms = least_ms + self._random(2) * spread_ms // 0xFFFF
        elif exchange.wants == _ACKNOWLEDGEMENT and is_request(exchange.datagram[1]):
            exchange.timeout_ms = 0  # nothing more can be known of it
        else:
            exchange.timeout_ms = self.parameters.response_wait_ms
        self._transmit(exchange, now_ms)

    def _transmit(self, exchange, now_ms):
        exchange.transmissions += 1
        exchange.deadline_ms = now_ms + exchange.timeout_ms
        self._outgoing.append(exchange.datagram)

    def _random(self, size):
        return int.from_bytes(self._random_bytes(size), "big")

    def _new_token(self):
        while True:
            token = self._random_bytes(_TOKEN_LENGTH)
            if all([one.token != token for one in self._exchanges]):
                return token
