"""One handshake and the association it becomes, from the server's side (RFC 6347, 4.2).

    WAIT_FINISHED   the server's flight is out; the client's Finished is awaited
    ESTABLISHED     it was good; the last flight is kept, for the client may miss it
    DEAD            refused, closed or given up

The server routes records here and sends what `take_datagrams` gives. What a handshake says is in
`flights`; whose key exchange it is in `proposals`; how records are protected in `reader` and
`writer`; where they are sent in `path`; how long the peer is waited for in `patience`.
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.endpoints.dtls import events
from nce_sim.endpoints.dtls.events import Event, Peer
from nce_sim.endpoints.dtls.flights import Flights
from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.path import Path
from nce_sim.endpoints.dtls.patience import Patience
from nce_sim.endpoints.dtls.proposals import Opening, Proposals
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.sessions import Session
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.wire.dtls import alerts, handshake, record
from nce_sim.wire.dtls.handshake import ClientHello, HandshakeMessage
from nce_sim.wire.dtls.reader import Opened, Reader
from nce_sim.wire.dtls.record import BadRecord, Record
from nce_sim.wire.dtls.suites import Protection
from nce_sim.wire.dtls.writer import Entry, Writer

KeyLog = Callable[[str], None]

WAIT_FINISHED = "WAIT_FINISHED"
ESTABLISHED = "ESTABLISHED"
DEAD = "DEAD"

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
        self.path = Path(peer)
        self.session = session
        self.state = WAIT_FINISHED
        self.identity = b""
        self.client_random = b""
        self.session_id = b""
        self.last_activity_ms = 0
        self._flights: Flights | None = flights  # until the handshake is over
        self._settings = settings
        self._resumption = resumption
        self._key_log = key_log
        self._reader = Reader()
        self._writer = Writer(first_sequence=0)
        self._proposals: Proposals | None = None  # until the Finished, in a full handshake
        self._kept: Session | None = None  # what may be resumed once the handshake is over
        self._flight: list[Entry] = []
        self._patience = Patience(settings)
        self._final_flights = 0
        self._flight_is_wanted = False

    @property
    def peer(self) -> Peer:
        """Where the peer is now."""
        return self.path.peer

    @property
    def deadline_ms(self) -> int | None:
        """When `handle_timeout` is due, or None."""
        return self._patience.deadline_ms

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
            reader_protection, writer_protection = flights.protections()
            self._reader.protection = reader_protection
            self._install_keys(flights, writer_protection)
        else:
            self._proposals = Proposals(self._reader.connection_id)
        self._writer.send(self._flight)
        self._patience.arm(now_ms)

    def repeat_flight(self) -> None:
        """Note that the client repeated itself: it missed our flight (RFC 6347, 4.2.4)."""
        self._flight_is_wanted = True

    def receive_record(self, received: Record, source: Peer, now_ms: int) -> list[Event]:
        """Take one record; BadRecord when it is not the peer's or not new."""
        if received.epoch == 0:
            return self._receive_plain(received, now_ms)
        if received.epoch != 1:
            raise BadRecord(f"epoch {received.epoch} does not exist")
        if self._proposals is not None:
            found = self._proposals.open(received)
            if found is not None:
                return self._choose(found, received.wire_bytes, source, now_ms)
            if self._proposals:
                self._patience.keys_differ(now_ms)
            return []
        try:
            opened = self._reader.open(received)
        except BadRecord:
            if self.state == ESTABLISHED:
                raise
            self._patience.keys_differ(now_ms)
            return []
        return self._receive_opened(opened, received.wire_bytes, source, now_ms)

    def end_of_datagram(self) -> None:
        """Repeat the last flight if anything in the datagram asked for it: once."""
        if self._flight_is_wanted:
            self._flight_is_wanted = False
            if self.state == WAIT_FINISHED or self._final_flights < _MAX_FINAL_FLIGHTS:
                self._final_flights += self.state == ESTABLISHED
                self._writer.send(self._flight)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat the flight when it is due; Refusal when the handshake is to be given up."""
        told, is_flight_due = self._patience.look(now_ms)
        if is_flight_due:
            self._writer.send(self._flight)
        return [] if told is None else [events.Failed(self.peer, told.reason)]

    def send(self, data: bytes, now_ms: int) -> None:
        """Seal application data into one datagram."""
        if self.state != ESTABLISHED:
            raise ValueError(f"no association with {self.peer[0]}:{self.peer[1]}")
        self.last_activity_ms = now_ms
        self._writer.send([(record.APPLICATION_DATA, 1, data)])

    def close(self, level: int = alerts.WARNING, alert: int = alerts.CLOSE_NOTIFY) -> None:
        """Tell the peer and be dead."""
        epoch = 1 if self.state == ESTABLISHED else 0
        self._writer.send([(record.ALERT, epoch, bytes([level, alert]))])
        self.state = DEAD
        self._patience.stop()

    def take_datagrams(self, *, may_wait: bool = True) -> list[bytes]:
        """The datagrams to send, each once; what an unproven address may not have yet waits."""
        return self.path.admit(self._writer.take_datagrams(), may_wait=may_wait)

    # -- incoming, not protected -----------------------------------------------------------

    def _receive_plain(self, received: Record, now_ms: int) -> list[Event]:
        # Anyone can write epoch 0: once there are keys, nothing in it may change anything.
        if self.state == ESTABLISHED:
            for fragment in _fragments(received.content_type, received.fragment):
                if fragment.message_type == handshake.CLIENT_KEY_EXCHANGE:
                    self._flight_is_wanted = bool(self._flight)
            return []
        if received.content_type == record.ALERT:
            if len(received.fragment) == 2 and received.fragment[0] == alerts.FATAL:
                self._patience.last_word = alerts.alert_name(received.fragment[1])
            return []
        # ChangeCipherSpec needs no action: a record's epoch says the same (RFC 6347, 4.1).
        if self._proposals is None:
            return []
        for fragment in _fragments(received.content_type, received.fragment):
            if fragment.message_type != handshake.CLIENT_KEY_EXCHANGE:
                continue
            message = self._handshake.add_plain(fragment)
            if message is not None:
                return self._receive_key_exchange(self._proposals, message, now_ms)
        return []

    def _receive_key_exchange(
        self, proposals: Proposals, message: HandshakeMessage, now_ms: int
    ) -> list[Event]:
        if message.body in proposals:
            return []
        try:
            exchange = self._handshake.key_exchange(message, self.peer, now_ms)
        except Refusal as refusal:
            if not proposals:
                self._patience.refuse_later(refusal, now_ms)
            return []
        self._patience.take_back()
        found = proposals.add(message.body, exchange)
        return [] if found is None else self._choose(found, 0, self.peer, now_ms)

    def _choose(self, found: Opening, record_bytes: int, source: Peer, now_ms: int) -> list[Event]:
        """Go on with the key exchange whose keys opened a record."""
        early = [] if self._proposals is None else self._proposals.take_early()
        self._proposals = None
        self._reader = found.reader
        self._handshake.choose(found.exchange)
        self._install_keys(self._handshake, found.exchange.protections[1])
        happened = self._receive_opened(found.opened, record_bytes, source, now_ms)
        for waiting in early:
            if self.state == DEAD:
                break
            try:
                happened += self._receive_opened(self._reader.open(waiting), 0, self.peer, now_ms)
            except BadRecord:
                continue
        return happened

    def _install_keys(self, flights: Flights, protection: Protection) -> None:
        self.identity = flights.identity
        self._writer.protection = protection
        if self._key_log is not None:
            self._key_log(flights.key_log_line())

    # -- incoming, protected ---------------------------------------------------------------

    def _receive_opened(
        self, opened: Opened, record_bytes: int, source: Peer, now_ms: int
    ) -> list[Event]:
        self.last_activity_ms = now_ms
        happened: list[Event] = []
        # RFC 9146, 6: the address follows an authentic record newer than all before, no other.
        if source != self.peer and opened.is_newest:
            happened.append(events.Moved(source, self.session, self.peer))
            self.path.move(source)
        if source == self.peer:
            self.path.received(record_bytes)
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

    def _receive_handshake(self, opened: Opened, now_ms: int) -> list[Event]:
        fragments = _fragments(opened.content_type, opened.text)
        if self.state == ESTABLISHED:
            for fragment in fragments:
                if fragment.message_type == handshake.FINISHED:
                    self._flight_is_wanted = bool(self._flight)
                elif fragment.message_type == handshake.CLIENT_HELLO:
                    alert = bytes([alerts.WARNING, alerts.NO_RENEGOTIATION])
                    self._writer.send([(record.ALERT, 1, alert)])
            return []
        flights = self._handshake
        for fragment in fragments:
            message = flights.add_protected(fragment)
            if message is not None and message.message_type == handshake.FINISHED:
                flights.take_finished(message)
                return [self._finish(flights, now_ms)]
        return []

    def _finish(self, flights: Flights, now_ms: int) -> Event:
        self.state = ESTABLISHED
        self._patience.stop()
        # A resumed handshake ends with the client's flight: nothing of ours is left to repeat.
        self._flight = flights.last(now_ms)
        if self._flight:
            self._writer.send(self._flight)
        self._flights, self._kept = None, flights.session
        name = flights.agreed.suite.name
        return events.Established(self.peer, self.session, self.identity, name, flights.is_resumed)

    def _receive_alert(self, level: int, number: int) -> list[Event]:
        if number == alerts.CLOSE_NOTIFY:
            self.close()
        elif level == alerts.FATAL:
            self.state = DEAD
            # RFC 5246, 7.2.2. Only an authentic alert counts: else anyone who read the session id
            # on the wire could take the session from its owner.
            if self._kept is not None:
                self._resumption.spoil(self.session_id, self._kept)
        else:
            return []
        name = alerts.alert_name(number)
        return [events.Closed(self.peer, self.session, f"the client sent {name}")]

    @property
    def _handshake(self) -> Flights:
        if self._flights is None:
            raise ValueError("the handshake is over")
        return self._flights


def _fragments(content_type: int, text: bytes) -> list[handshake.Fragment]:
    return list(handshake.parse_fragments(text)) if content_type == record.HANDSHAKE else []
