"""A DTLS 1.2 client with pre-shared keys, sans-IO: the session (RFC 6347, 4.2; RFC 4279).

    client = Client(identity, key, os.urandom)
    client.start(now_ms)
    for datagram in client.datagrams_to_send(): ...
    for event in client.receive_datagram(datagram, now_ms): ...
    client.send(b"...")  # once Connected was seen

`nce.dtls.negotiation` does the handshake; `nce.dtls.saved` keeps a session over a sleep.
"""

from collections import namedtuple

from nce.const import const
from nce.dtls.errors import HandshakeBroken, HandshakeRefused, RecordTooLarge, SessionClosed
from nce.dtls.flight import Flight
from nce.dtls.parameters import DEFAULT
from nce.dtls.record import Records, headers_of
from nce.dtls.suites import PSK_AES_128_CCM_8
from nce.errors import UsageError

if 1 - 1:
    from nce.dtls.parameters import Parameters
    from nce.dtls.suites import Suite
    from nce.seams import Any, Callable, NamedTuple, RandomBytes, Sequence

    class Connected(NamedTuple):
        suite: "Suite"
        is_resumed: bool

    class ApplicationData(NamedTuple):
        data: bytes

    class Failed(NamedTuple):
        error: "Exception"

else:
    Connected = namedtuple("Connected", ("suite", "is_resumed"))  # type: ignore[no-redef]
    ApplicationData = namedtuple("ApplicationData", ("data",))  # type: ignore[no-redef]
    Failed = namedtuple("Failed", ("error",))  # type: ignore[no-redef]

# The states of a session, and what leads out of each.
_IDLE = const(0)  # `start`: handshaking; a session restored: connected
_HANDSHAKING = const(1)  # the server's Finished: connected, or last flight if resumed
_LAST_FLIGHT = const(2)  # connected, but the server may miss our Finished; its data: connected
_CONNECTED = const(3)  # only the end, as in every state: closed
_CLOSED = const(4)

# Record types: RFC 5246, 6.2.1.
_ALERT = const(21)
_HANDSHAKE = const(22)
_APPLICATION_DATA = const(23)

# Alerts: RFC 5246, 7.2.
_WARNING = const(1)
_FATAL = const(2)
_CLOSE_NOTIFY = const(0)
_NO_RENEGOTIATION = const(100)

# Record numbers that a saved session keeps for alerts and for its last flight.
SPARE = 16


class Client:
    """One session, from its handshake to its end.

    `identity` is text or bytes, `key` bytes; `random_bytes(n)` gives unpredictable bytes; the path
    carries `max_datagram` bytes. `suites` are rows of `nce.dtls.suites`, best first. A Connection
    ID and a ticket let a session outlive an address and a sleep (RFC 9146, 5077): `connection_id`
    and `ticket` ask the server for them, with a few bytes of the hello each.
    """

    on_secrets: "Callable[[bytes, bytes], None] | None" = None  # set by nce.dtls.key_log alone

    def __init__(
        self,
        identity: "str | bytes",
        key: bytes,
        random_bytes: "RandomBytes",
        parameters: "Parameters" = DEFAULT,
        max_datagram: int = 1152,
        suites: "Sequence[Suite]" = (PSK_AES_128_CCM_8,),
        connection_id: bool = False,
        ticket: bool = False,
    ) -> None:
        if isinstance(identity, str):
            identity = identity.encode()
        if isinstance(key, str):  # type: ignore[unreachable]
            raise UsageError("a key is bytes: key.encode(), or bytes.fromhex(key) for one in hex")
        for what, value, low, high in (
            ("an identity", len(identity), 1, 128),  # RFC 4279, 5.3 asks for no longer one
            ("a key", len(key), 1, 256),
            ("a datagram", max_datagram, 128, 0xFFFF),
        ):
            if not low <= value <= high:
                raise UsageError("%s has %d to %d bytes, not %d" % (what, low, high, value))
        self.identity = identity
        self.key = key
        self.random_bytes = random_bytes
        self.suites = suites
        self.suite: "Any" = None
        self.offers_connection_id = connection_id
        self.offers_ticket = ticket
        # To resume: (session ID, ticket, master secret, suite number).
        self.session: "tuple[bytes, bytes, bytes, int] | None" = None
        self.key_block = b""
        self.encrypt_then_mac = False
        self.records = Records()
        self._outgoing: "list[bytes]" = []
        self._max_datagram = max_datagram
        self.flight = Flight(parameters, self.records, max_datagram, self._outgoing)
        self._negotiation: "Any" = None  # while handshaking, and while a last flight is awaited
        self._state = _IDLE
        self._refused_renegotiation = False
        self.dropped_records = 0  # invalid, replayed or out of place (RFC 6347, 4.1.2.7)
        self.sent_bytes = 0
        self.received_bytes = 0

    def __repr__(self) -> str:
        return "<dtls.Client, an identity of %d bytes>" % len(self.identity)

    @property
    def is_connected(self) -> bool:
        """True between the handshake and the end of the session."""
        return _LAST_FLIGHT <= self._state <= _CONNECTED

    @property
    def max_data(self) -> int:
        """The most bytes that `send` takes; 0 while there is no session."""
        return self.records.room(self._max_datagram) if self.is_connected else 0

    @property
    def must_save(self) -> bool:
        """True when a saved session must be saved again before the next record."""
        return self.records.sequences[1] + SPARE >= self.records.limit

    def start(self, now_ms: int) -> None:
        """Begin the handshake; a session that was restored is resumed if the server knows it."""
        if self._state != _IDLE:
            raise UsageError("a client starts once; make a new one")
        from nce.dtls.negotiation import Negotiation

        self._negotiation = Negotiation(self, now_ms)
        self._state = _HANDSHAKING

    def send(self, data: bytes) -> None:
        """Queue one record of application data in a datagram of its own.

        Raises `RecordTooLarge`, and `SessionClosed` when there is no session.
        """
        if not self.is_connected:
            raise SessionClosed("there is no DTLS session: connect first")
        if len(data) > self.max_data:
            raise RecordTooLarge(
                "%d bytes are too many, a datagram of %d carries %d: send less at once"
                % (len(data), self._max_datagram, self.max_data)
            )
        if self.must_save:
            raise UsageError(
                "no record number is reserved: nce.dtls.saved.save this session first"
            )
        self._outgoing.append(self.records.seal(1, _APPLICATION_DATA, data))

    def close(self) -> None:
        """End the session with a close_notify (31 bytes on the air).

        A device that goes to sleep and wants to resume the session stops instead.
        """
        if self.is_connected:
            self._outgoing += self.records.alert(_WARNING, _CLOSE_NOTIFY)
        self.stop()

    def stop(self) -> None:
        """End the session and tell nobody; it may be resumed."""
        self._state = _CLOSED
        self.key = self.key_block = b""
        self._negotiation = None
        self.flight.end()

    def datagrams_to_send(self) -> "list[bytes]":
        """The datagrams to send now, in order."""
        datagrams = list(self._outgoing)
        self._outgoing.clear()
        self.sent_bytes += sum([len(datagram) for datagram in datagrams])
        return datagrams

    def next_timeout(self) -> "int | None":
        """The time at which `handle_timeout` is due, or None."""
        return self.flight.deadline_ms

    def handle_timeout(self, now_ms: int) -> "list[Any]":
        """Send the flight again, or give up; returns a list of events."""
        flight = self.flight
        if flight.deadline_ms is None or now_ms < flight.deadline_ms or flight.timeout(now_ms):
            return []
        from nce.dtls.advice import given_up

        return self._fail(given_up(flight, self.dropped_records, self.key))

    def receive_datagram(self, datagram: bytes, now_ms: int) -> "list[Any]":
        """Take one datagram of the server; returns a list of events."""
        self.received_bytes += len(datagram)
        events = []
        headers = headers_of(datagram)
        if not headers:
            self.dropped_records += 1
        for header in headers:
            state = self._state
            if state == _CLOSED:
                break
            kind, epoch = header[0], header[1]
            plaintext = None
            # Nothing protects epoch 0. Once connected nothing in it counts, but for the hello of
            # a server that repeats its last flight.
            if epoch or state == _HANDSHAKING or (state == _LAST_FLIGHT and kind == _HANDSHAKE):
                plaintext = self.records.open(datagram, header)
            if plaintext is None or (kind == _APPLICATION_DATA and not self.is_connected):
                self.dropped_records += 1
            elif kind == _HANDSHAKE:
                events += self._receive_handshake(plaintext, epoch, now_ms)
            elif kind == _ALERT:
                events += self._receive_alert(plaintext, epoch)
            elif kind == _APPLICATION_DATA:
                if state == _LAST_FLIGHT:
                    self.establish()  # the server has our Finished
                events.append(ApplicationData(plaintext))
            # A ChangeCipherSpec tells nothing that the epoch in each header does not tell: it is
            # not waited for, so that its loss or delay costs nothing.
        return events

    def protect(self, key_block: bytes, encrypt_then_mac: bool) -> None:
        """Take the keys of epoch 1; for the handshake, and for a session restored."""
        self.key_block = key_block
        self.encrypt_then_mac = encrypt_then_mac
        self.records.protect(self.suite, key_block, encrypt_then_mac)

    def establish(self) -> None:
        """The session stands and its handshake is over; also for a session restored."""
        self._state = _CONNECTED
        self.key = b""
        self._negotiation = None
        self.flight.end()

    def _receive_handshake(self, data: bytes, epoch: int, now_ms: int) -> "list[Any]":
        if self.is_connected and epoch and data[:1] == b"\x00":
            # A HelloRequest. RFC 5246, 7.2.2: refused with a warning, once.
            if not self._refused_renegotiation:
                self._refused_renegotiation = True
                self._outgoing += self.records.alert(_WARNING, _NO_RENEGOTIATION)
        elif self._state != _CONNECTED:
            try:
                is_done = self._negotiation.receive(data, epoch, now_ms)
            except HandshakeBroken as error:
                return self._fail(error)
            if is_done and self._state == _HANDSHAKING:
                is_resumed = self._negotiation.is_resumed
                if is_resumed:
                    self._state = _LAST_FLIGHT
                    self.key = b""
                else:
                    self.establish()
                return [Connected(self.suite, is_resumed)]
        return []

    def _receive_alert(self, data: bytes, epoch: int) -> "list[Any]":
        if len(data) != 2:
            self.dropped_records += 1
            return []
        level, alert = data[0], data[1]
        if self.is_connected and alert == _CLOSE_NOTIFY:
            self.close()  # RFC 5246, 7.2.1: answered with our own
            return [Failed(SessionClosed("the server closed the DTLS session: connect again"))]
        if level != _FATAL and alert != _CLOSE_NOTIFY:
            return []
        if not epoch:
            # RFC 6347, 4.1.2.7: anybody who can send a datagram could end a handshake by it, and
            # have the session forgotten. The flight goes on; if nothing else answers it, this
            # alert was the reason.
            self.dropped_records += 1
            self.flight.take_hint(alert)
            return []
        from nce.dtls.advice import ended, refused

        self.session = None  # RFC 5246, 7.2.2: not to be resumed
        return self._fail(ended(alert) if self.is_connected else refused(alert, self.key))

    def _fail(self, error: "Exception") -> "list[Any]":
        if isinstance(error, HandshakeBroken):
            self._outgoing += self.records.alert(_FATAL, error.alert)  # type: ignore[arg-type]
        if isinstance(error, HandshakeRefused):
            self.session = None  # so the next handshake is a full one
        self.stop()
        return [Failed(error)]
