"""CoAP request and response exchanges of a client with one peer, sans-IO (RFC 7252, 4 and 5.2).

    endpoint = Endpoint(os.urandom)
    token = endpoint.request(GET, path_options("/bootstrap"), b"", now_ms)
    for datagram in endpoint.datagrams_to_send(): ...
    events = endpoint.receive_datagram(datagram, now_ms)
    events = endpoint.handle_timeout(now_ms)  # when endpoint.next_timeout() is due

Each token ends in exactly one event, however often datagrams are lost or doubled.
"""

from collections import namedtuple

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
from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms
from nce.errors import UsageError

# The response to a request; `message` is a Message of class 2, 4 or 5.
ResponseReceived = namedtuple("ResponseReceived", ("token", "message"))
# No acknowledgement after `transmissions` copies, or, when `was_acknowledged`, no response.
TimedOut = namedtuple("TimedOut", ("token", "transmissions", "was_acknowledged"))
# The peer answered with a Reset: it lost its state, or does not speak CoAP on this port.
ResetReceived = namedtuple("ResetReceived", ("token",))
# The response carries the critical option `number` that we do not know (5.4.1).
ResponseRejected = namedtuple("ResponseRejected", ("token", "number"))

# RFC 7252, 5.3.1: at least 32 bits of randomness where responses could be spoofed.
_TOKEN_LENGTH = 4
# Requests that may wait for one of the NSTART places.
_MOST_QUEUED = 8
# Confirmable responses answered lately; a repeat of one gets the same answer (4.2).
_MOST_ANSWERED = 8


class _Exchange:
    def __init__(self, token, message):
        self.token = token
        self.message = message
        self.mid = None
        self.datagram = b""
        self.transmissions = 0
        self.timeout_ms = 0
        self.deadline_ms = 0
        self.is_outstanding = True  # counts towards NSTART (4.7)


class Endpoint:
    """The exchanges with one peer.

    `random_bytes(n)` must be unpredictable: tokens are all that ties a response to its request
    on an unprotected path. `max_datagram` is what the port carries, in bytes; `first_mid`
    continues the message IDs of an earlier life.
    """

    def __init__(self, random_bytes, parameters=DEFAULT, max_datagram=1152, first_mid=None):
        self._random_bytes = random_bytes
        self._parameters = parameters
        self._max_datagram = max_datagram
        if first_mid is None:
            first_mid = int.from_bytes(random_bytes(2), "big")
        self._lifetime_ms = exchange_lifetime_ms(parameters)
        self._mids = MessageIds(first_mid, self._lifetime_ms)
        self._active = {}  # token -> _Exchange, sent at least once
        self._queued = []  # _Exchange, first come first served
        self._answered = []  # (mid, answer datagram, forget at ms)
        self._outgoing = []
        self.ignored_datagrams = 0  # malformed, unmatched or late ones

    def request(self, code, request_options, payload, now_ms, confirmable=True):
        """Start a request, or queue it behind NSTART others; returns its token.

        Raises `UsageError` for what cannot be encoded, and when 8 requests are queued already.
        """
        if not codes.is_request(code):
            raise UsageError("code %s is not a method" % codes.dotted(code))
        if len(self._queued) >= _MOST_QUEUED:
            raise UsageError("%d requests wait already; await some first" % _MOST_QUEUED)
        for number, value in request_options:
            options.check(number, value)
        token = self._new_token()
        kind = CON if confirmable else NON
        message = Message(kind, code, 0, token, tuple(request_options), payload)
        # Refuse what cannot be sent now, not when its turn comes.
        size = len(encode(message))
        if size > self._max_datagram:
            raise UsageError(
                "a CoAP message of %d bytes, where the port carries %d: send less at once"
                % (size, self._max_datagram)
            )
        self._queued.append(_Exchange(token, message))
        self._start_queued(now_ms)
        return token

    def cancel(self, token):
        """Forget an exchange; a response that still comes is rejected. Unknown tokens are fine."""
        self._active.pop(token, None)
        self._queued = [exchange for exchange in self._queued if exchange.token != token]

    def datagrams_to_send(self):
        """The datagrams to send now, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timeout(self):
        """The time at which `handle_timeout` is due, or None."""
        if not self._active:
            return None
        return min([exchange.deadline_ms for exchange in self._active.values()])

    def receive_datagram(self, datagram, now_ms):
        """Take one datagram of the peer; returns a list of events."""
        try:
            message = decode(datagram)
        except MessageFormatError as error:
            self.ignored_datagrams += 1
            if error.type == CON:
                self._send(empty(RST, error.mid))  # 4.2: reject
            return []
        if message.type == ACK:
            events = self._receive_acknowledgement(message, now_ms)
        elif message.type == RST:
            events = self._receive_reset(message)
        else:
            events = self._receive_message(message, now_ms)
        self._start_queued(now_ms)
        return events

    def handle_timeout(self, now_ms):
        """Send again what is due, give up what was sent often enough; returns a list of events."""
        events = []
        for exchange in list(self._active.values()):
            if now_ms < exchange.deadline_ms:
                continue
            is_repeatable = exchange.is_outstanding and exchange.message.type == CON
            if is_repeatable and exchange.transmissions <= self._parameters.max_retransmit:
                exchange.timeout_ms *= 2
                self._transmit(exchange, now_ms)
                continue
            del self._active[exchange.token]
            events.append(
                TimedOut(exchange.token, exchange.transmissions, not exchange.is_outstanding)
            )
        self._start_queued(now_ms)
        return events

    def _receive_acknowledgement(self, message, now_ms):
        exchange = self._exchange_of_mid(message.mid)
        if exchange is None or exchange.message.type != CON or codes.is_request(message.code):
            self.ignored_datagrams += 1
            return []
        if message.code == codes.EMPTY:
            if exchange.is_outstanding:
                exchange.is_outstanding = False
                exchange.deadline_ms = now_ms + self._parameters.response_wait_ms
            return []
        # 5.3.2: a piggybacked response matches by message ID and token, both.
        if message.token != exchange.token:
            self.ignored_datagrams += 1
            return []
        return [self._finish(exchange, message)]

    def _receive_reset(self, message):
        exchange = self._exchange_of_mid(message.mid)
        if exchange is None or message.code != codes.EMPTY:
            self.ignored_datagrams += 1
            return []
        del self._active[exchange.token]
        return [ResetReceived(exchange.token)]

    def _receive_message(self, message, now_ms):
        if message.type == CON and self._answer_again(message.mid, now_ms):
            return []
        exchange = None
        if codes.is_response(message.code):
            exchange = self._active.get(message.token)
        if exchange is None:
            # A ping, a request to a client, a response to nothing we remember: 4.2 and 4.3.
            self.ignored_datagrams += 1
            if message.type == CON:
                self._send(empty(RST, message.mid))
            return []
        event = self._finish(exchange, message)
        if message.type == CON:
            kind = RST if isinstance(event, ResponseRejected) else ACK
            answer = encode(empty(kind, message.mid))
            self._outgoing.append(answer)
            self._answered = self._answered[1 - _MOST_ANSWERED :]
            self._answered.append((message.mid, answer, now_ms + self._lifetime_ms))
        return [event]

    def _finish(self, exchange, message):
        del self._active[exchange.token]
        for number, _value in options.unacceptable(message.options):
            if options.is_critical(number):
                return ResponseRejected(exchange.token, number)
        return ResponseReceived(exchange.token, message)

    def _answer_again(self, mid, now_ms):
        for known, answer, forget_at_ms in self._answered:
            if known == mid and now_ms < forget_at_ms:
                self._outgoing.append(answer)
                return True
        return False

    def _exchange_of_mid(self, mid):
        for exchange in self._active.values():
            if exchange.mid == mid:
                return exchange
        return None

    def _start_queued(self, now_ms):
        outstanding = sum([exchange.is_outstanding for exchange in self._active.values()])
        while self._queued and outstanding < self._parameters.nstart:
            exchange = self._queued[0]
            self._start(exchange, now_ms)
            self._queued.pop(0)
            self._active[exchange.token] = exchange
            outstanding += 1

    def _start(self, exchange, now_ms):
        kind, code, _mid, token, request_options, payload = exchange.message
        exchange.mid = self._mids.take(now_ms)
        message = Message(kind, code, exchange.mid, token, request_options, payload)
        exchange.datagram = encode(message)
        if kind == CON:
            # 4.2: random between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR.
            least_ms = self._parameters.ack_timeout_ms
            spread_ms = least_ms * (self._parameters.ack_random_percent - 100) // 100
            random = int.from_bytes(self._random_bytes(2), "big")
            exchange.timeout_ms = least_ms + random * spread_ms // 0xFFFF
        else:
            exchange.timeout_ms = self._parameters.response_wait_ms
        self._transmit(exchange, now_ms)

    def _transmit(self, exchange, now_ms):
        exchange.transmissions += 1
        exchange.deadline_ms = now_ms + exchange.timeout_ms
        self._outgoing.append(exchange.datagram)

    def _send(self, message):
        self._outgoing.append(encode(message))

    def _new_token(self):
        taken = [exchange.token for exchange in self._queued]
        while True:
            token = self._random_bytes(_TOKEN_LENGTH)
            if token not in self._active and token not in taken:
                return token
