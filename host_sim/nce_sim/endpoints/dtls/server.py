"""A DTLS 1.2 PSK server for many peers, sans-IO (RFC 6347, RFC 4279, RFC 9146).

    server = DtlsServer(look_up_psk=keys_of, random_bytes=urandom)
    for event in server.receive_datagram(data, peer, now_ms): ...
    for peer, datagram in server.datagrams_to_send(): ...
    server.send(peer, b"reply", now_ms)       # or send_to_session(event.session, ...)
    due_ms = server.next_timeout()            # then server.handle_timeout(now_ms)

A peer is (host, port). Nothing is kept for one before it returns its cookie. A new handshake from
the port of a live association replaces that one only once its Finished is good (RFC 6347, 4.2.8).
Written apart from the SDK's client, so that no mistake can be on both sides.
"""

from __future__ import annotations

from collections import Counter

from nce_sim.endpoints.dtls import events
from nce_sim.endpoints.dtls.association import DEAD, ESTABLISHED, Association, KeyLog
from nce_sim.endpoints.dtls.cookie import Cookies
from nce_sim.endpoints.dtls.directory import Directory
from nce_sim.endpoints.dtls.events import Event, Peer
from nce_sim.endpoints.dtls.flights import Flights, LookUpPsk
from nce_sim.endpoints.dtls.hello_pieces import HelloPieces
from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.wire.dtls import alerts, handshake, record
from nce_sim.wire.dtls.handshake import HandshakeMessage, MalformedHandshake
from nce_sim.wire.dtls.record import BadRecord, Record
from nce_sim.wire.dtls.suites import RandomBytes

# The server's numbers go on from the ClientHello's (RFC 6347, 4.2.1, 4.2.2), so that these must
# leave room for a handshake and its repeats. A client that means it is at 1, or a few more.
_MAX_HELLO_SEQUENCE = record.MAX_SEQUENCE >> 1
_MAX_HELLO_MESSAGE_SEQ = 0x7FFF
# What a stranger's datagram may cost beside one ClientHello; the longest flight of a PSK client,
# in pieces, has far fewer records.
_MAX_RECORDS = 64


class DtlsServer:
    """All associations of one server address; `counters` tells what was dropped and why."""

    def __init__(
        self,
        *,
        look_up_psk: LookUpPsk,
        random_bytes: RandomBytes,
        settings: DtlsSettings | None = None,
        key_log: KeyLog | None = None,
    ) -> None:
        self.settings = settings or DtlsSettings()
        self.counters: Counter[str] = Counter()
        self._look_up_psk = look_up_psk
        self._random_bytes = random_bytes
        self._key_log = key_log
        self._cookies = Cookies(
            random_bytes(32), self.settings.cookie_slot_ms, self.settings.cookie_bytes
        )
        self._resumption = Resumption(self.settings, random_bytes)
        self._directory = Directory(self.settings, self.counters, random_bytes)
        self._sessions = 0
        self._touched: list[Association] = []
        self._hello = HelloPieces()
        self._outgoing: list[tuple[Peer, bytes]] = []

    # -- the five verbs --------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event]:
        """Take one datagram; never raises for what a peer may send."""
        happened: list[Event] = []
        self._hello = HelloPieces()
        records = record.parse_records(data, self.settings.connection_id_bytes or 0)
        for count, received in enumerate(records):
            if count == _MAX_RECORDS or self._hello.is_spent:
                self.counters["rest of a datagram of too many records"] += 1
                break
            happened += self._receive_record(received, peer, now_ms)
        touched, self._touched = self._touched, []
        for association in touched:
            association.end_of_datagram()
            self._collect(association)
        return happened

    def datagrams_to_send(self) -> list[tuple[Peer, bytes]]:
        """The datagrams to send, each once, with their receivers."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        due = [
            candidate.deadline_ms
            for candidate in self._directory.candidates()
            if candidate.deadline_ms is not None
        ]
        oldest = next(self._directory.established(), None)
        if self.settings.idle_timeout_ms is not None and oldest is not None:
            due.append(oldest.last_activity_ms + self.settings.idle_timeout_ms)
        return min(due, default=None)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat flights, give up half-open handshakes, expire idle associations."""
        happened: list[Event] = []
        for candidate in self._directory.candidates():
            try:
                happened += candidate.handle_timeout(now_ms)
            except Refusal as refusal:
                happened += self._refuse(candidate, refusal)
            self._collect(candidate)
        idle_ms = self.settings.idle_timeout_ms
        while idle_ms is not None:
            oldest = next(self._directory.established(), None)
            if oldest is None or now_ms - oldest.last_activity_ms < idle_ms:
                break
            self._close(oldest)
            happened.append(events.Closed(oldest.peer, oldest.session, f"idle for {idle_ms} ms"))
        return happened

    def send(self, peer: Peer, data: bytes, now_ms: int) -> None:
        """Send application data to an established peer; ValueError when there is none."""
        self._send(self._directory.at(peer), f"with {peer[0]}:{peer[1]}", data, now_ms)

    def send_to_session(self, session: int, data: bytes, now_ms: int) -> None:
        """Send to the association of an event, wherever it is now; ValueError when it is over."""
        self._send(self._directory.of_session(session), f"number {session}", data, now_ms)

    def unproven_address(self, session: int) -> Peer | None:
        """Where the peer of an event is, if more waits for it there until that is proven."""
        one = self._directory.of_session(session)
        return one.peer if one is not None and one.path.is_holding else None

    def probe(self, session: int, data: bytes, now_ms: int) -> None:
        """Send what an answer will prove the peer's address by; at once, or not at all."""
        one = self._directory.of_session(session)
        if one is not None:
            one.send(data, now_ms)
            self._send_ready(one, one.take_datagrams(may_wait=False))

    def prove_address(self, session: int) -> None:
        """Tell that the peer answers at its address of now; what waited for that goes out.

        Only for an answer that its sender could not give without having been reached there.
        """
        one = self._directory.of_session(session)
        if one is not None:
            self._send_ready(one, one.path.prove())
            self._directory.prove(one)

    def has_session(self, session: int) -> bool:
        """Whether the association of an event still stands."""
        return self._directory.of_session(session) is not None

    def close(self, peer: Peer | None = None) -> None:
        """Close one association, or all, with a close_notify."""
        chosen = list(self._directory.established())
        if peer is None:
            for candidate in self._directory.candidates():
                self._directory.remove(candidate)
        else:
            chosen = [one for one in chosen if one is self._directory.at(peer)]
        for association in chosen:
            self._close(association)

    def identity_of(self, peer: Peer) -> bytes | None:
        """The PSK identity of an established peer."""
        association = self._directory.at(peer)
        return association.identity if association is not None else None

    @property
    def association_count(self) -> int:
        return self._directory.established_count

    @property
    def half_open_count(self) -> int:
        return self._directory.candidate_count

    @property
    def kept_session_count(self) -> int:
        """How many sessions could be resumed by their id."""
        return self._resumption.kept_count

    # -- routing ---------------------------------------------------------------------------

    def _receive_record(self, received: Record, peer: Peer, now_ms: int) -> list[Event]:
        if received.epoch == 0 and received.content_type == record.HANDSHAKE:
            fragment = next(handshake.parse_fragments(received.fragment), None)
            if fragment is not None and fragment.message_type == handshake.CLIENT_HELLO:
                return self._receive_hello(fragment, received.sequence, peer, now_ms)
        order = self._receivers(received, peer)
        if not order:
            self.counters["record of no association"] += 1
        for one in order:
            self._touch(one)
            previous = one.peer
            try:
                happened = one.receive_record(received, peer, now_ms)
            except BadRecord:
                self.counters["bad record"] += 1
                continue
            except Refusal as refusal:
                return self._refuse(one, refusal)
            if one.peer != previous:
                self._directory.move(one, previous)
            self._settle(one)
            return happened
        return []

    def _receivers(self, received: Record, peer: Peer) -> list[Association]:
        """Whose a record may be: by its connection ID, or by its address (RFC 9146, 6)."""
        if received.content_type == record.TLS12_CID:
            found = [self._directory.of_connection_id(received.connection_id)]
        else:
            # Both may hold keys for epoch 1: only one of them can authenticate the record. Until
            # it is confirmed, the candidate comes second, but epoch 0 is the newer handshake's.
            found = [self._directory.at(peer), self._directory.candidate_at(peer)]
            if not received.epoch:
                found.reverse()
        return [one for one in found if one is not None]

    def _receive_hello(
        self, fragment: handshake.Fragment, sequence: int, peer: Peer, now_ms: int
    ) -> list[Event]:
        if sequence > _MAX_HELLO_SEQUENCE or fragment.message_seq > _MAX_HELLO_MESSAGE_SEQ:
            self.counters["ClientHello with too high a number"] += 1
            return []
        message = self._hello.add(fragment)
        if message is None:
            self.counters["ClientHello in fragments"] += 1
            return []
        try:
            hello = handshake.parse_client_hello(message.body)
        except MalformedHandshake:
            self.counters["malformed ClientHello"] += 1
            return []
        if not self._cookies.accepts(peer, hello, now_ms):
            self._send_cookie(peer, self._cookies.make(peer, hello, now_ms), message, sequence)
            return []
        candidate = self._directory.candidate_at(peer)
        if candidate is not None and candidate.client_random == hello.random:
            candidate.repeat_flight()
            self._touch(candidate)
            return []
        established = self._directory.at(peer)
        if established is not None and established.client_random == hello.random:
            self.counters["late ClientHello"] += 1
            return []
        self._sessions += 1
        candidate = Association(
            peer,
            self._sessions,
            Flights(self.settings, self._look_up_psk, self._random_bytes, self._resumption),
            settings=self.settings,
            resumption=self._resumption,
            key_log=self._key_log,
        )
        try:
            candidate.accept(hello, message, sequence, self._directory.new_connection_id, now_ms)
        except Refusal as refusal:
            return self._refuse(candidate, refusal)
        self._directory.add_candidate(candidate)
        self._collect(candidate)
        return []

    def _send_cookie(
        self, peer: Peer, cookie: bytes, message: HandshakeMessage, sequence: int
    ) -> None:
        # Both numbers are the ClientHello's own: the server remembers none (RFC 6347, 4.2.1).
        answer = HandshakeMessage(
            handshake.HELLO_VERIFY_REQUEST,
            message.message_seq,
            handshake.hello_verify_request_body(cookie),
        ).encode()
        header = record.record_header(record.HANDSHAKE, 0, sequence, len(answer))
        self._outgoing.append((peer, header + answer))

    def _touch(self, one: Association) -> None:
        if one not in self._touched:
            self._touched.append(one)

    def _settle(self, one: Association) -> None:
        """File an association by the state it has come to."""
        self._collect(one)
        if one.state == DEAD:
            self._directory.remove(one)
        elif one.state == ESTABLISHED:
            self._directory.establish(one)

    def _refuse(self, one: Association, refusal: Refusal) -> list[Event]:
        if refusal.alert is not None:
            one.close(alerts.FATAL, refusal.alert)
        one.state = DEAD
        self._settle(one)
        self.counters["handshake given up"] += 1
        return [events.Failed(one.peer, refusal.reason)]

    def _send(self, one: Association | None, name: str, data: bytes, now_ms: int) -> None:
        if one is None:
            raise ValueError(f"no association {name}")
        one.send(data, now_ms)
        self._collect(one)

    def _close(self, one: Association) -> None:
        one.close()
        self._directory.remove(one)
        self._collect(one)

    def _collect(self, association: Association) -> None:
        self._send_ready(association, association.take_datagrams())

    def _send_ready(self, association: Association, datagrams: list[bytes]) -> None:
        dropped = association.path.take_dropped()
        if dropped:
            self.counters["dropped: address not proven"] += dropped
        for datagram in datagrams:
            self._outgoing.append((association.peer, datagram))
