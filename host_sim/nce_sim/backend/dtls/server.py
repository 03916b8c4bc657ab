"""A DTLS 1.2 PSK server for many peers, sans-IO (RFC 6347, RFC 4279).

    server = DtlsServer(look_up_psk=keys_of, random_bytes=urandom)
    for event in server.receive_datagram(data, peer, now_ms): ...
    for peer, datagram in server.datagrams_to_send(): ...
    server.send(peer, b"reply", now_ms)
    due_ms = server.next_timeout()            # then server.handle_timeout(now_ms)

A peer is (host, port). Nothing is kept for one before it returns its cookie. A new handshake from
the port of a live association replaces that one only once its Finished is good (RFC 6347, 4.2.8).
Written apart from the SDK's client, so that no mistake can be on both sides.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from . import events, handshake, record
from .association import DEAD, ESTABLISHED, Association, KeyLog, LookUpPsk
from .cookie import Cookies
from .events import Event, Peer
from .handshake import HandshakeMessage, MalformedHandshake
from .negotiation import Refusal
from .record import BadRecord, Record
from .settings import DtlsSettings
from .suites import RandomBytes


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
        # Least recently active first.
        self._associations: OrderedDict[Peer, Association] = OrderedDict()
        # Half-open handshakes, oldest first.
        self._candidates: OrderedDict[Peer, Association] = OrderedDict()
        self._sessions = 0
        self._outgoing: list[tuple[Peer, bytes]] = []

    # -- the five verbs --------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event]:
        """Take one datagram; never raises for what a peer may send."""
        happened: list[Event] = []
        for received in record.parse_records(data):
            happened += self._receive_record(received, peer, now_ms)
        for association in (self._candidates.get(peer), self._associations.get(peer)):
            if association is not None:
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
            for candidate in self._candidates.values()
            if candidate.deadline_ms is not None
        ]
        if self.settings.idle_timeout_ms is not None and self._associations:
            oldest = next(iter(self._associations.values()))
            due.append(oldest.last_activity_ms + self.settings.idle_timeout_ms)
        return min(due, default=None)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat flights, give up half-open handshakes, expire idle associations."""
        happened: list[Event] = []
        for peer, candidate in list(self._candidates.items()):
            if not candidate.handle_timeout(now_ms):
                del self._candidates[peer]
                happened.append(events.Failed(peer, "the client stopped answering"))
            self._collect(candidate)
        idle_ms = self.settings.idle_timeout_ms
        while idle_ms is not None and self._associations:
            peer, oldest = next(iter(self._associations.items()))
            if now_ms - oldest.last_activity_ms < idle_ms:
                break
            happened.append(self._drop(peer, f"idle for {idle_ms} ms"))
        return happened

    def send(self, peer: Peer, data: bytes, now_ms: int) -> None:
        """Send application data to an established peer; ValueError when there is none."""
        association = self._associations.get(peer)
        if association is None:
            raise ValueError(f"no association with {peer[0]}:{peer[1]}")
        association.send(data, now_ms)
        self._collect(association)

    def close(self, peer: Peer | None = None) -> None:
        """Close one association, or all, with a close_notify."""
        for known in [peer] if peer is not None else list(self._associations):
            association = self._associations.pop(known, None)
            if association is not None:
                association.close()
                self._collect(association)
        if peer is None:
            self._candidates.clear()

    def identity_of(self, peer: Peer) -> bytes | None:
        """The PSK identity of an established peer."""
        association = self._associations.get(peer)
        return association.identity if association is not None else None

    @property
    def association_count(self) -> int:
        return len(self._associations)

    @property
    def half_open_count(self) -> int:
        return len(self._candidates)

    # -- routing ---------------------------------------------------------------------------

    def _receive_record(self, received: Record, peer: Peer, now_ms: int) -> list[Event]:
        if received.epoch == 0 and received.content_type == record.HANDSHAKE:
            fragment = next(handshake.parse_fragments(received.fragment), None)
            if fragment is not None and fragment.message_type == handshake.CLIENT_HELLO:
                return self._receive_hello(fragment, received.sequence, peer, now_ms)
        candidate, association = self._candidates.get(peer), self._associations.get(peer)
        # Both may hold keys for epoch 1: only one of them can authenticate the record. Until it
        # is confirmed, the candidate comes second, but epoch 0 is the newer handshake's.
        order = (association, candidate) if received.epoch else (candidate, association)
        if association is None and candidate is None:
            self.counters["record of no association"] += 1
        for one in order:
            if one is None:
                continue
            try:
                happened = one.receive_record(received, now_ms)
            except BadRecord:
                self.counters["bad record"] += 1
                continue
            except Refusal as refusal:
                return self._refuse(one, refusal)
            self._settle(one)
            return happened
        return []

    def _receive_hello(
        self, fragment: handshake.Fragment, sequence: int, peer: Peer, now_ms: int
    ) -> list[Event]:
        # Without state nothing can be put together; a hello in pieces is dropped, as OpenSSL's
        # stateless listener does.
        if not fragment.is_whole:
            self.counters["ClientHello in fragments"] += 1
            return []
        message = HandshakeMessage(fragment.message_type, fragment.message_seq, fragment.body)
        try:
            hello = handshake.parse_client_hello(message.body)
        except MalformedHandshake:
            self.counters["malformed ClientHello"] += 1
            return []
        if not self._cookies.accepts(peer, hello, now_ms):
            self._send_cookie(peer, self._cookies.make(peer, hello, now_ms), message, sequence)
            return []
        candidate = self._candidates.get(peer)
        if candidate is not None and candidate.client_random == hello.random:
            candidate.repeat_flight()
            return []
        established = self._associations.get(peer)
        if established is not None and established.client_random == hello.random:
            self.counters["late ClientHello"] += 1
            return []
        self._sessions += 1
        candidate = Association(
            peer,
            self._sessions,
            settings=self.settings,
            look_up_psk=self._look_up_psk,
            random_bytes=self._random_bytes,
            key_log=self._key_log,
        )
        try:
            candidate.accept(hello, message, sequence, now_ms)
        except Refusal as refusal:
            return self._refuse(candidate, refusal)
        self._candidates.pop(peer, None)
        while len(self._candidates) >= self.settings.max_half_open:
            self._candidates.popitem(last=False)
            self.counters["half-open handshake evicted"] += 1
        self._candidates[peer] = candidate
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

    def _settle(self, one: Association) -> None:
        """File an association by the state it has come to."""
        peer = one.peer
        self._collect(one)
        if one.state == DEAD:
            for shelf in (self._candidates, self._associations):
                if shelf.get(peer) is one:
                    del shelf[peer]
        elif one.state == ESTABLISHED:
            if self._candidates.get(peer) is one:
                del self._candidates[peer]
            self._associations[peer] = one
            self._associations.move_to_end(peer)
            while len(self._associations) > self.settings.max_associations:
                self._associations.popitem(last=False)
                self.counters["association evicted"] += 1

    def _refuse(self, one: Association, refusal: Refusal) -> list[Event]:
        if refusal.alert is not None:
            one.close(events.FATAL, refusal.alert)
        one.state = DEAD
        self._settle(one)
        self.counters["refused"] += 1
        return [events.Failed(one.peer, refusal.reason)]

    def _drop(self, peer: Peer, reason: str) -> Event:
        association = self._associations.pop(peer)
        association.close()
        self._collect(association)
        return events.Closed(peer, association.session, reason)

    def _collect(self, association: Association) -> None:
        for datagram in association.take_datagrams():
            self._outgoing.append((association.peer, datagram))
