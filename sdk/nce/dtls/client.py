"""A DTLS 1.2 PSK client, sans-IO: handshake, session, closing (RFC 6347, 4.2; RFC 4279).

    client = Client(identity, key, os.urandom)
    client.start(now_ms)
    for datagram in client.datagrams_to_send(): ...
    for event in client.receive_datagram(datagram, now_ms): ...
    client.send(b"...")  # once Connected was seen

The flights: 1 hello; 2 server's cookie; 3 hello with cookie; 4 server's hello, done; 5 key
exchange, change of cipher, Finished; 6 server's Finished. Each of ours is one datagram.
"""

from collections import namedtuple

from nce.dtls import handshake, prf, record
from nce.dtls.epochs import Epochs
from nce.dtls.errors import (
    HandshakeBroken,
    HandshakeRefused,
    HandshakeTimeout,
    RecordTooLarge,
    SessionClosed,
    describe,
)
from nce.dtls.flight import Flight
from nce.dtls.parameters import DEFAULT
from nce.dtls.primitives import equal, sha256
from nce.dtls.reassembly import Inbox
from nce.errors import UsageError

Connected = namedtuple("Connected", ("suite",))
ApplicationData = namedtuple("ApplicationData", ("data",))
PeerClosed = namedtuple("PeerClosed", ())
Failed = namedtuple("Failed", ("error",))

_IDLE = "idle"
_AWAIT_HELLO = "await hello"
_AWAIT_DONE = "await done"
_AWAIT_FINISHED = "await finished"
_CONNECTED = "connected"
_CLOSED = "closed"

# (state, message) -> the method that takes it, in the order of RFC 6347, 4.2.4, figure 1.
_TRANSITIONS = {
    (_AWAIT_HELLO, handshake.HELLO_VERIFY_REQUEST): "_on_hello_verify_request",
    (_AWAIT_HELLO, handshake.SERVER_HELLO): "_on_server_hello",
    (_AWAIT_DONE, handshake.SERVER_KEY_EXCHANGE): "_on_server_key_exchange",
    (_AWAIT_DONE, handshake.SERVER_HELLO_DONE): "_on_server_hello_done",
    (_AWAIT_FINISHED, handshake.FINISHED): "_on_finished",
}

# The epoch in which each state reads handshake messages.
_READ_EPOCH = {_AWAIT_HELLO: 0, _AWAIT_DONE: 0, _AWAIT_FINISHED: 1}

_WARNING = 1
_FATAL = 2
_CLOSE_NOTIFY = 0
_UNEXPECTED_MESSAGE = 10
_ILLEGAL_PARAMETER = 47
_DECRYPT_ERROR = 51
_NO_RENEGOTIATION = 100
_UNSUPPORTED_EXTENSION = 110

_MAX_COOKIES = 4
_MAX_IDENTITY = 128  # RFC 4279, 5.3 asks for no more
_MAX_KEY = 256


class Client:
    """One session, from its handshake to its end.

    `identity` is text or bytes, `key` bytes, `random_bytes(n)` unpredictable, `max_datagram` what
    the path carries in bytes. `suites` are rows of `nce.dtls.record`, best first.
    """

    def __init__(
        self,
        identity,
        key,
        random_bytes,
        parameters=DEFAULT,
        max_datagram=1152,
        suites=(record.PSK_AES_128_CCM_8,),
    ):
        self._identity = identity.encode("utf-8") if isinstance(identity, str) else identity
        if isinstance(key, str):
            raise UsageError("a key is bytes: key.encode(), or bytes.fromhex(key) for one in hex")
        if not 1 <= len(self._identity) <= _MAX_IDENTITY:
            raise UsageError(
                "an identity has 1 to %d bytes, not %d" % (_MAX_IDENTITY, len(self._identity))
            )
        if not 1 <= len(key) <= _MAX_KEY:
            raise UsageError("a key has 1 to %d bytes, not %d" % (_MAX_KEY, len(key)))
        self._key = key
        self._random_bytes = random_bytes
        self._max_datagram = max_datagram
        self._suites = suites
        self._state = _IDLE
        self._suite = suites[0]
        self._epochs = Epochs()
        self._flight = Flight(parameters)
        self._outgoing = []
        self._inbox = Inbox()
        self._transcript = bytearray()
        self._cookies = 0
        self._message_seq = 0
        self._client_random = random_bytes(32)
        self._server_random = b""
        self._master = b""
        self._has_extended_master_secret = False
        self._refused_renegotiation = False
        self.dropped_records = 0  # invalid, replayed or out of place (RFC 6347, 4.1.2.7)
        self.retransmissions = 0
        self.sent_bytes = 0
        self.received_bytes = 0

    def __repr__(self):
        return "<dtls.Client %r, %s>" % (self._identity, self._state)

    @property
    def is_connected(self):
        """True between the end of the handshake and the end of the session."""
        return self._state == _CONNECTED

    @property
    def max_data(self):
        """The most bytes that `send` takes."""
        return self._max_datagram - record.overhead(self._suite)

    def start(self, now_ms):
        """Begin the handshake."""
        if self._state != _IDLE:
            raise UsageError("a client starts once; make a new one")
        self._state = _AWAIT_HELLO
        self._send_hello(b"", 1, now_ms)

    def send(self, data):
        """Queue one record of application data in a datagram of its own.

        Raises `RecordTooLarge`, and `SessionClosed` when there is no session.
        """
        if self._state != _CONNECTED:
            raise SessionClosed("there is no DTLS session (%s): connect first" % self._state)
        if len(data) > self.max_data:
            raise RecordTooLarge(
                "%d bytes, where a datagram of %d carries %d: send less at once"
                % (len(data), self._max_datagram, self.max_data)
            )
        self._outgoing.append(self._epochs.seal(1, record.APPLICATION_DATA, data))

    def close(self):
        """End the session with a close_notify (31 bytes on the air).

        A device that goes to sleep and wants to resume does not close: it just stops.
        """
        if self._state == _CONNECTED:
            self._send_alert(_WARNING, _CLOSE_NOTIFY)
        self._end()

    def datagrams_to_send(self):
        """The datagrams to send now, in order."""
        outgoing, self._outgoing = self._outgoing, []
        for datagram in outgoing:
            self.sent_bytes += len(datagram)
        return outgoing

    def next_timeout(self):
        """The time at which `handle_timeout` is due, or None."""
        return self._flight.deadline_ms

    def handle_timeout(self, now_ms):
        """Send the flight again, or give up; returns a list of events."""
        deadline_ms = self._flight.deadline_ms
        if deadline_ms is None or now_ms < deadline_ms:
            return []
        if self._flight.is_exhausted:
            error = HandshakeTimeout(
                self._flight.number, self._flight.transmissions, self.dropped_records
            )
            self._end()
            return [Failed(error)]
        self._flight.back_off()
        self._retransmit(now_ms)
        return []

    def receive_datagram(self, datagram, now_ms):
        """Take one datagram of the server; returns a list of events."""
        self.received_bytes += len(datagram)
        events = []
        headers = record.headers_of(datagram)
        if not headers:
            self.dropped_records += 1
        for header in headers:
            if self._state in (_IDLE, _CLOSED):
                break
            plaintext = self._open(datagram, header)
            if plaintext is None:
                self.dropped_records += 1
            elif header.type == record.HANDSHAKE:
                events += self._receive_handshake(plaintext, header.epoch, now_ms)
            elif header.type == record.ALERT:
                events += self._receive_alert(plaintext)
            elif header.type == record.APPLICATION_DATA:
                events += self._receive_data(plaintext, header.epoch)
            # A ChangeCipherSpec says what the epoch in each header says: it is not waited for,
            # so that losing it or taking it late costs nothing.
        return events

    # Records

    def _open(self, datagram, header):
        # Nobody vouches for epoch 0; once connected it has nothing to say.
        if header.epoch == 0 and self._state == _CONNECTED:
            return None
        return self._epochs.open(datagram, header)

    def _receive_data(self, data, epoch):
        if epoch == 0 or self._state != _CONNECTED:
            self.dropped_records += 1
            return []
        return [ApplicationData(data)]

    def _receive_alert(self, data):
        if len(data) != 2:
            self.dropped_records += 1
            return []
        level, alert = data[0], data[1]
        if self._state == _CONNECTED:
            if alert == _CLOSE_NOTIFY:
                self.close()  # RFC 5246, 7.2.1: answered with our own
                return [PeerClosed()]
            if level == _FATAL:
                self._end()
                return [Failed(SessionClosed("the server ended the session: " + describe(alert)))]
        elif level == _FATAL or alert == _CLOSE_NOTIFY:
            self._end()
            return [Failed(HandshakeRefused(alert))]
        return []

    def _send_alert(self, level, alert):
        epoch = 1 if self._epochs.is_protected else 0
        self._outgoing.append(self._epochs.seal(epoch, record.ALERT, bytes((level, alert))))

    def _end(self):
        self._state = _CLOSED
        self._forget_handshake()

    def _forget_handshake(self):
        self._key = self._master = b""
        self._transcript = bytearray()
        self._flight.end()
        self._inbox.restart(0)

    # Flights

    def _send_flight(self, number, records, now_ms):
        self._flight.begin(number, records, now_ms)
        self._transmit()

    def _retransmit(self, now_ms):
        self.retransmissions += 1
        self._flight.repeat(now_ms)
        self._transmit()

    def _transmit(self):
        datagram = b""
        for epoch, kind, plaintext in self._flight.records:
            sealed = self._epochs.seal(epoch, kind, plaintext)
            if datagram and len(datagram) + len(sealed) > self._max_datagram:
                self._outgoing.append(datagram)
                datagram = b""
            datagram += sealed
        self._outgoing.append(datagram)

    def _send_hello(self, cookie, flight_number, now_ms):
        numbers = [suite.number for suite in self._suites]
        body = handshake.client_hello(self._client_random, cookie, numbers)
        message = handshake.wrap(handshake.CLIENT_HELLO, self._message_seq, body)
        self._message_seq += 1
        # RFC 6347, 4.2.6: a hello that a cookie was asked for is not hashed.
        self._transcript = bytearray(message)
        self._send_flight(flight_number, ((0, record.HANDSHAKE, message),), now_ms)

    # Handshake messages

    def _receive_handshake(self, data, epoch, now_ms):
        try:
            fragments = handshake.fragments_of(data)
        except handshake.Malformed:
            self.dropped_records += 1
            return []
        if self._state == _CONNECTED:
            self._refuse_renegotiation(fragments)
            return []
        if epoch != _READ_EPOCH[self._state]:
            if self._flight.should_answer_repeat(now_ms):
                self._retransmit(now_ms)
            return []
        for fragment in fragments:
            kind, length, seq, offset, body = fragment
            if self._is_new_cookie_request(kind, seq):
                # A server that asks for a cookie again may number that like the first time.
                fragment = (kind, length, self._inbox.next_seq, offset, body)  # noqa: PLW2901
            if not self._inbox.add(fragment):
                self.dropped_records += 1
        return self._take_messages(now_ms)

    def _take_messages(self, now_ms):
        while self._state in _READ_EPOCH:
            message = self._inbox.peek()
            if message is None:
                return []
            kind, body = message
            method = _TRANSITIONS.get((self._state, kind))
            if method is None:
                return self._break(
                    "the server sent handshake message %d while we %s" % (kind, self._state),
                    _UNEXPECTED_MESSAGE,
                )
            try:
                events = getattr(self, method)(body, now_ms)
            except handshake.Malformed:
                # Nobody vouches for epoch 0: what makes no sense is dropped like a bad record,
                # and the true message comes with the next retransmission.
                self.dropped_records += 1
                self._inbox.drop()
                return []
            if events:
                return events
        return []

    def _take(self, kind, body):
        # The message was understood: it is hashed and the next one is due.
        self._transcript.extend(handshake.wrap(kind, self._inbox.next_seq, body))
        self._inbox.advance()

    def _is_new_cookie_request(self, kind, seq):
        return (
            self._state == _AWAIT_HELLO
            and kind == handshake.HELLO_VERIFY_REQUEST
            and seq < self._inbox.next_seq
            # A copy of the answered request comes soon; one that comes after a retransmission
            # says that our cookie no longer counts.
            and self._flight.transmissions > 1
            and self._cookies < _MAX_COOKIES
        )

    def _on_hello_verify_request(self, body, now_ms):
        cookie = handshake.parse_hello_verify_request(body)
        self._cookies += 1
        # The server's numbers follow ours: HelloVerifyRequest 0, ServerHello 1.
        self._inbox.restart(self._message_seq)
        self._send_hello(cookie, 3, now_ms)

    def _on_server_hello(self, body, now_ms):
        hello = handshake.parse_server_hello(body)
        chosen = [suite for suite in self._suites if suite.number == hello.suite]
        if not chosen or hello.compression:
            return self._break(
                "the server chose cipher suite %04x, compression %d, which we did not offer"
                % (hello.suite, hello.compression),
                _ILLEGAL_PARAMETER,
            )
        unasked = handshake.unasked_extension(hello)
        if unasked is not None:
            return self._break(
                "the server's hello has extension %d, which we did not offer" % unasked,
                _UNSUPPORTED_EXTENSION,
            )
        self._suite = chosen[0]
        self._server_random = hello.random
        self._has_extended_master_secret = handshake.has_extended_master_secret(hello)
        self._take(handshake.SERVER_HELLO, body)
        self._state = _AWAIT_DONE
        return []

    def _on_server_key_exchange(self, body, now_ms):
        handshake.parse_server_key_exchange(body)
        self._take(handshake.SERVER_KEY_EXCHANGE, body)
        return []

    def _on_server_hello_done(self, body, now_ms):
        if body:
            raise handshake.Malformed("a ServerHelloDone with a body")
        self._take(handshake.SERVER_HELLO_DONE, body)
        body = handshake.client_key_exchange(self._identity)
        exchange = handshake.wrap(handshake.CLIENT_KEY_EXCHANGE, self._message_seq, body)
        self._transcript.extend(exchange)
        self._derive_keys()
        verify = prf.verify_data(self._master, b"client finished", sha256(self._transcript))
        finished = handshake.wrap(handshake.FINISHED, self._message_seq + 1, verify)
        self._transcript.extend(finished)
        self._state = _AWAIT_FINISHED
        flight = (
            (0, record.HANDSHAKE, exchange),
            (0, record.CHANGE_CIPHER_SPEC, b"\x01"),
            (1, record.HANDSHAKE, finished),
        )
        self._send_flight(5, flight, now_ms)
        return []

    def _derive_keys(self):
        premaster = prf.psk_premaster(self._key)
        if self._has_extended_master_secret:
            self._master = prf.extended_master_secret(premaster, sha256(self._transcript))
        else:
            self._master = prf.master_secret(premaster, self._client_random, self._server_random)
        self._epochs.protect(self._suite, self._master, self._client_random, self._server_random)

    def _on_finished(self, body, now_ms):
        expected = prf.verify_data(self._master, b"server finished", sha256(self._transcript))
        if not equal(expected, body):
            return self._break(
                "the server's Finished does not match: somebody changed the handshake on its way",
                _DECRYPT_ERROR,
            )
        self._state = _CONNECTED
        self._forget_handshake()
        return [Connected(self._suite)]

    def _refuse_renegotiation(self, fragments):
        # RFC 5246, 7.2.2: refused with a warning, once. Anything else is the server's last
        # flight again.
        if self._refused_renegotiation or not fragments:
            return
        if fragments[0].type == handshake.HELLO_REQUEST:
            self._refused_renegotiation = True
            self._send_alert(_WARNING, _NO_RENEGOTIATION)

    def _break(self, text, alert):
        self._send_alert(_FATAL, alert)
        self._end()
        return [Failed(HandshakeBroken(text, alert))]
