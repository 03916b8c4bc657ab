"""One handshake and the association it becomes, from the server's side (RFC 6347, 4.2).

    WAIT_FINISHED   the server's flight is out; the client's Finished is awaited
    ESTABLISHED     it was good; the last flight is kept, for the client may miss it
    DEAD            refused, closed or given up

The server routes records here and sends what `take_datagrams` gives. What a handshake says is in
`flights`; how records are protected in `reader` and `writer`.
"""

from __future__ import annotations

from collections.abc import Callable

from . import events, handshake, record
from .events import Event, Peer
from .flights import Flights
from .handshake import ClientHello, HandshakeMessage
from .negotiation import Refusal
from .reader import Opened, Reader
from .record import BadRecord, Record
from .resumption import Resumption
from .settings import ALERT, DtlsSettings
from .writer import Entry, Writer

KeyLog = Callable[[str], None]

WAIT_FINISHED = "WAIT_FINISHED"
ESTABLISHED = "ESTABLISHED"
DEAD = "DEAD"

# Records of epoch 1 that overtook the key exchange wait here for their keys (RFC 6347, 4.1).
_MAX_EARLY_RECORDS = 4
# Each answers a datagram of the client's; the bound keeps a replayer from using us for ever.
_MAX_FINAL_FLIGHTS = 32


class Association:
    """One peer's state, and what came of its records."""

    def __init__(
        self,
        peer: Peer,
        session: int,
        flights: Flights,
        *,
        settings: DtlsSettings,
        resumption: Resumption,
        key_log: KeyLog | None,
    ) -> None:
        self.peer = peer
        self.session = session
        self.state = WAIT_FINISHED
        self.identity = b""
        self.client_random = b""
        self.session_id = b""
        self.deadline_ms: int | None = None
        self.last_activity_ms = 0
        self._flights: Flights | None = flights  # until the handshake is over
        self._settings = settings
        self._resumption = resumption
        self._key_log = key_log
        self._reader = Reader()
        self._writer = Writer(first_sequence=0)
        self._early: list[Record] = []
        self._flight: list[Entry] = []
        self._resends = 0
        self._flight_is_wanted = False
        self._wrong_key_is_told = False

    @property
    def connection_id(self) -> bytes:
        """What finds this association in the peer's records; empty when there is none."""
        return self._reader.connection_id

    # -- the server's side of the handshake ------------------------------------------------

    def accept(
        self,
        hello: ClientHello,
        message: HandshakeMessage,
        record_sequence: int,
        new_connection_id: Callable[[], bytes | None],
        now_ms: int,
    ) -> None:
        """Answer a ClientHello whose cookie was good; Refusal when it cannot be."""
        flights = self._handshake
        # RFC 6347, 4.2.1: the ServerHello's record number is that of the second ClientHello.
        self._writer = Writer(first_sequence=record_sequence)
        self.client_random = hello.random
        self.last_activity_ms = now_ms
        self._flight = flights.first(hello, message, new_connection_id, now_ms)
        self.session_id = flights.session_id
        self._reader.connection_id = flights.agreed.own_cid
        self._writer.connection_id = flights.agreed.peer_cid
        self._writer.pad_to_bytes = self._settings.connection_id_padding_bytes
        if flights.is_resumed:
            self._install_keys(flights)
        self._writer.send(self._flight)
        self._arm(now_ms)

    def repeat_flight(self) -> None:
        """Note that the client repeated itself: it missed our flight (RFC 6347, 4.2.4)."""
        self._flight_is_wanted = True

    def receive_record(self, received: Record, source: Peer, now_ms: int) -> list[Event]:
        """Take one record; BadRecord when it is not the peer's or not new."""
        if received.epoch == 0:
            return self._receive_plain(received, now_ms)
        if received.epoch != 1:
            raise BadRecord(f"epoch {received.epoch} does not exist")
        if self._reader.protection is None:
            if len(self._early) < _MAX_EARLY_RECORDS:
                self._early.append(received)
            return []
        return self._receive_protected(received, source, now_ms)

    def end_of_datagram(self) -> None:
        """Repeat the last flight if anything in the datagram asked for it: once."""
        if self._flight_is_wanted:
            self._flight_is_wanted = False
            if self.state == WAIT_FINISHED or self._resends < _MAX_FINAL_FLIGHTS:
                self._resends += self.state == ESTABLISHED
                self._writer.send(self._flight)

    def handle_timeout(self, now_ms: int) -> bool:
        """Repeat the flight when it is due; False when the handshake is to be forgotten."""
        if self.deadline_ms is None or now_ms < self.deadline_ms:
            return True
        if self._resends >= self._settings.retransmissions:
            self.state = DEAD
            return False
        self._resends += 1
        self._writer.send(self._flight)
        self._arm(now_ms)
        return True

    def send(self, data: bytes, now_ms: int) -> None:
        """Seal application data into one datagram."""
        if self.state != ESTABLISHED:
            raise ValueError(f"no association with {self.peer[0]}:{self.peer[1]}")
        self.last_activity_ms = now_ms
        self._writer.send([(record.APPLICATION_DATA, 1, data)])

    def close(self, level: int = events.WARNING, alert: int = events.CLOSE_NOTIFY) -> None:
        """Tell the peer and be dead."""
        epoch = 1 if self.state == ESTABLISHED else 0
        self._writer.send([(record.ALERT, epoch, bytes([level, alert]))])
        self.state = DEAD
        self.deadline_ms = None

    def take_datagrams(self) -> list[bytes]:
        """The datagrams to send, each once."""
        return self._writer.take_datagrams()

    # -- incoming, not protected -----------------------------------------------------------

    def _receive_plain(self, received: Record, now_ms: int) -> list[Event]:
        # Anyone can write epoch 0: once there are keys, nothing in it may change anything.
        if self.state == ESTABLISHED:
            for fragment in _fragments(received.content_type, received.fragment):
                if fragment.message_type == handshake.CLIENT_KEY_EXCHANGE:
                    self._flight_is_wanted = bool(self._flight)
            return []
        if received.content_type == record.ALERT:
            level_and_number = received.fragment[:2]
            if len(level_and_number) == 2 and level_and_number[0] == events.FATAL:
                self.state = DEAD
                name = events.alert_name(level_and_number[1])
                return [events.Failed(self.peer, f"the client gave up: {name}")]
            return []
        # ChangeCipherSpec needs no action: a record's epoch says the same (RFC 6347, 4.1).
        if self._reader.protection is not None:
            return []
        flights = self._handshake
        for fragment in _fragments(received.content_type, received.fragment):
            if fragment.message_type != handshake.CLIENT_KEY_EXCHANGE:
                continue
            message = flights.add(fragment)
            if message is not None:
                return self._receive_key_exchange(flights, message, now_ms)
        return []

    def _receive_key_exchange(
        self, flights: Flights, message: HandshakeMessage, now_ms: int
    ) -> list[Event]:
        self.last_activity_ms = now_ms
        flights.take_key_exchange(message, self.peer, now_ms)
        self._install_keys(flights)
        happened: list[Event] = []
        early, self._early = self._early, []
        for waiting in early:
            try:
                happened += self._receive_protected(waiting, self.peer, now_ms)
            except BadRecord:
                continue
        return happened

    def _install_keys(self, flights: Flights) -> None:
        self.identity = flights.identity
        self._reader.protection, self._writer.protection = flights.protections()
        if self._key_log is not None:
            self._key_log(flights.key_log_line())

    # -- incoming, protected ---------------------------------------------------------------

    def _receive_protected(self, received: Record, source: Peer, now_ms: int) -> list[Event]:
        try:
            opened = self._reader.open(received)
        except BadRecord:
            if self.state == ESTABLISHED:
                raise
            return self._receive_unreadable()
        self.last_activity_ms = now_ms
        happened: list[Event] = []
        # RFC 9146, 6: the address follows an authentic record newer than all before, no other.
        if source != self.peer and opened.is_newest:
            happened.append(events.Moved(source, self.session, self.peer))
            self.peer = source
        if opened.content_type == record.HANDSHAKE:
            return happened + self._receive_handshake(opened, now_ms)
        if self.state != ESTABLISHED:
            # Data before the Finished of a resumed handshake: that flight was lost or is late.
            self._flight_is_wanted = opened.content_type == record.APPLICATION_DATA
            return happened
        if opened.content_type == record.APPLICATION_DATA:
            happened.append(events.Data(self.peer, self.session, self.identity, opened.text))
        elif opened.content_type == record.ALERT and len(opened.text) == 2:
            happened += self._receive_alert(opened.text[0], opened.text[1])
        return happened

    def _receive_unreadable(self) -> list[Event]:
        reason = "the Finished does not decrypt: device and server have different keys"
        if self._settings.wrong_key == ALERT:
            raise Refusal(events.DECRYPT_ERROR, reason)
        if self._wrong_key_is_told:
            return []
        self._wrong_key_is_told = True
        return [events.Failed(self.peer, reason + "; dropped in silence")]

    def _receive_handshake(self, opened: Opened, now_ms: int) -> list[Event]:
        fragments = _fragments(opened.content_type, opened.text)
        if self.state == ESTABLISHED:
            for fragment in fragments:
                if fragment.message_type == handshake.FINISHED:
                    self._flight_is_wanted = bool(self._flight)
                elif fragment.message_type == handshake.CLIENT_HELLO:
                    alert = bytes([events.WARNING, events.NO_RENEGOTIATION])
                    self._writer.send([(record.ALERT, 1, alert)])
            return []
        flights = self._handshake
        for fragment in fragments:
            message = flights.add(fragment)
            if message is not None and message.message_type == handshake.FINISHED:
                flights.take_finished(message)
                return [self._finish(flights, now_ms)]
        return []

    def _finish(self, flights: Flights, now_ms: int) -> Event:
        self.state = ESTABLISHED
        self.deadline_ms = None
        self._resends = 0
        # A resumed handshake ends with the client's flight: nothing of ours is left to repeat.
        self._flight = flights.last(now_ms)
        if self._flight:
            self._writer.send(self._flight)
        self._flights = None
        name = flights.agreed.suite.name
        return events.Established(self.peer, self.session, self.identity, name, flights.is_resumed)

    def _receive_alert(self, level: int, number: int) -> list[Event]:
        if number == events.CLOSE_NOTIFY:
            self.close()
        elif level == events.FATAL:
            self.state = DEAD
            # RFC 5246, 7.2.2. Only an authentic alert counts: else anyone who read the session id
            # on the wire could take the session from its owner.
            self._resumption.forget(self.session_id)
        else:
            return []
        name = events.alert_name(number)
        return [events.Closed(self.peer, self.session, f"the client sent {name}")]

    @property
    def _handshake(self) -> Flights:
        if self._flights is None:
            raise ValueError("the handshake is over")
        return self._flights

    def _arm(self, now_ms: int) -> None:
        wait_ms = self._settings.retransmit_ms << self._resends
        self.deadline_ms = now_ms + min(wait_ms, self._settings.retransmit_max_ms)


def _fragments(content_type: int, text: bytes) -> list[handshake.Fragment]:
    return list(handshake.parse_fragments(text)) if content_type == record.HANDSHAKE else []
