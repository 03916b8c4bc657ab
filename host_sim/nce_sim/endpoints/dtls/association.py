"""An association owns its datagrams: it reads their records and tells its machine the messages.

association = Association(peer, 1, flights, settings=settings, resumption=resumption, ...)
events = association.receive_hello(hello, new_connection_id, now_ms)
events = association.receive(records, source, now_ms)    # of one datagram, all at once
association.send(b"reply", now_ms)                       # into the server's `outgoing`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nce_sim.endpoints.dtls import events
from nce_sim.endpoints.dtls.events import Event, Peer
from nce_sim.endpoints.dtls.hello_pieces import Hello
from nce_sim.endpoints.dtls.machine import Answerable, Machine
from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.proposals import Opening
from nce_sim.endpoints.dtls.states import Message, State
from nce_sim.wire.dtls import alerts, handshake, record
from nce_sim.wire.dtls.handshake import Fragment
from nce_sim.wire.dtls.reader import Opened
from nce_sim.wire.dtls.record import BadRecord, Record
from nce_sim.wire.dtls.writer import Writer

# Each answers a datagram of the client; the bound stops an attacker who replays them.
_MAX_FINAL_FLIGHTS = 32
_AFTER_HANDSHAKE = {
    handshake.FINISHED: Message.FINISHED,
    handshake.CLIENT_HELLO: Message.RENEGOTIATION,
}


class Association(Machine):
    """One peer, from its ClientHello to its end."""

    @property
    def deadline_ms(self) -> int | None:
        """When `handle_timeout` is due, or None."""
        return self._patience.deadline_ms

    @property
    def connection_id(self) -> bytes:
        """The ID by which the peer's records find this association; empty when there is none."""
        return self._reader.connection_id

    # -- what comes in ---------------------------------------------------------------------

    def receive_hello(
        self, hello: Hello, new_connection_id: Callable[[], bytes | None], now_ms: int
    ) -> list[Event]:
        """Answer a ClientHello whose cookie was good; DEAD afterwards when it cannot be."""
        # RFC 6347, 4.2.1: the ServerHello's record number is that of the second ClientHello.
        self._writer = Writer(first_sequence=hello.record_sequence)
        self.client_random = hello.fields.random
        self.last_activity_ms = now_ms
        try:
            found = self._resumption.find(hello.fields, now_ms)
        except Refusal as refusal:
            return self._give_up(refusal)
        message = Message.HELLO if found is None else Message.RESUMING_HELLO
        return self.step(message, Answerable(hello, found, new_connection_id), now_ms)

    def receive(self, records: Iterable[Record], source: Peer, now_ms: int) -> list[Event]:
        """Take the records of one datagram; those that are not the peer's are counted."""
        happened: list[Event] = []
        for received in records:
            if self.state is State.DEAD:
                self._counters["record of no association"] += 1
                continue
            try:
                happened += self.receive_record(received, source, now_ms)
            except BadRecord:
                self._counters["bad record"] += 1
        return happened

    def receive_record(self, received: Record, source: Peer, now_ms: int) -> list[Event]:
        """Take one record; BadRecord when it is not the peer's or not new."""
        if received.epoch == 0:
            return self._receive_plain(received, now_ms)
        if received.epoch != 1:
            raise BadRecord(f"epoch {received.epoch} does not exist")
        if self.state is State.WAIT_KEYS:
            found = self._proposals.open(received)
            if found is not None:
                return self._receive_proof(found, received.wire_bytes, source, now_ms)
            return self.step(Message.UNREADABLE, None, now_ms)
        try:
            opened = self._reader.open(received)
        except BadRecord:
            if self.state is State.ESTABLISHED:
                raise
            return self.step(Message.UNREADABLE, None, now_ms)
        return self._receive_opened(opened, received.wire_bytes, source, now_ms)

    def _receive_plain(self, received: Record, now_ms: int) -> list[Event]:
        # ChangeCipherSpec needs no action: a record's epoch says the same (RFC 6347, 4.1).
        if received.content_type == record.ALERT:
            if len(received.fragment) != 2 or received.fragment[0] != alerts.FATAL:
                return []
            return self.step(Message.PLAIN_ALERT, received.fragment[1], now_ms)
        pieces = [
            fragment
            for fragment in _fragments(received.content_type, received.fragment)
            if fragment.message_type == handshake.CLIENT_KEY_EXCHANGE
        ]
        happened = self.step(Message.KEY_EXCHANGE, pieces, now_ms) if pieces else []
        if self._opening is not None:
            found, self._opening = self._opening, None
            happened += self._receive_proof(found, 0, self.path.peer, now_ms)
        return happened

    def _receive_proof(
        self, found: Opening, record_bytes: int, source: Peer, now_ms: int
    ) -> list[Event]:
        """Go on with the key exchange whose keys opened a record."""
        early = self._proposals.take_early()
        happened = self.step(Message.PROOF, found, now_ms)
        happened += self._receive_opened(found.opened, record_bytes, source, now_ms)
        for waiting in early:
            if self.state is State.DEAD:
                break
            try:
                opened = self._reader.open(waiting)
            except BadRecord:
                continue
            happened += self._receive_opened(opened, 0, self.path.peer, now_ms)
        return happened

    def _receive_opened(
        self, opened: Opened, record_bytes: int, source: Peer, now_ms: int
    ) -> list[Event]:
        self.last_activity_ms = now_ms
        happened: list[Event] = []
        path = self.path
        # RFC 9146, 6: the address follows an authentic record newer than all before, no other.
        if source != path.peer and opened.is_newest:
            happened.append(events.Moved(source, self.session, path.peer))
            path.move(source)
            if path.is_proven:
                self.prove_address()  # it is back where it was, and gets what waited
        if not path.is_proven and source == path.peer:
            path.received(record_bytes)
        if opened.content_type == record.APPLICATION_DATA:
            happened += self.step(Message.DATA, opened.text, now_ms)
        elif opened.content_type == record.HANDSHAKE:
            happened += self._receive_handshake(opened, now_ms)
        elif opened.content_type == record.ALERT and len(opened.text) == 2:
            level, number = opened.text
            if number == alerts.CLOSE_NOTIFY:
                happened += self.step(Message.CLOSE_NOTIFY, number, now_ms)
            elif level == alerts.FATAL:
                happened += self.step(Message.FATAL_ALERT, number, now_ms)
        return happened

    def _receive_handshake(self, opened: Opened, now_ms: int) -> list[Event]:
        happened: list[Event] = []
        for fragment in _fragments(opened.content_type, opened.text):
            if self._flights is None:
                message = _AFTER_HANDSHAKE.get(fragment.message_type)
                if message is not None:
                    happened += self.step(message, None, now_ms)
                continue
            whole = self._flights.add_protected(fragment)
            if whole is not None and whole.message_type == handshake.FINISHED:
                return self.step(Message.FINISHED, whole, now_ms)
        return happened

    # -- what goes out ---------------------------------------------------------------------

    def send(self, data: bytes, now_ms: int, *, may_wait: bool = True) -> None:
        """Seal application data into one datagram; see `Path` for what waits, and what may not."""
        if self.state is not State.ESTABLISHED:
            raise ValueError(f"no association with {self.path.peer[0]}:{self.path.peer[1]}")
        self.last_activity_ms = now_ms
        self._put(((record.APPLICATION_DATA, 1, data),), may_wait=may_wait)

    def prove_address(self) -> None:
        """The peer answers where it is now: what waited for that goes out."""
        self._outgoing += [(self.path.peer, datagram) for datagram in self.path.prove()]

    def repeat_flight(self) -> None:
        """Send the last flight again; the final one a bounded number of times."""
        self.flight_is_wanted = False
        if self.state is State.ESTABLISHED:
            if self._final_flights >= _MAX_FINAL_FLIGHTS:
                return
            self._final_flights += 1
        if self.state is not State.DEAD:
            self._put(self._flight)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat the flight when it is due, or give the handshake up."""
        try:
            told, is_flight_due = self._patience.look(now_ms)
        except Refusal as refusal:
            return self._give_up(refusal)
        if is_flight_due:
            self._put(self._flight)
        return [] if told is None else [events.Failed(self.path.peer, told.reason)]


def _fragments(content_type: int, text: bytes) -> list[Fragment]:
    return list(handshake.parse_fragments(text)) if content_type == record.HANDSHAKE else []
