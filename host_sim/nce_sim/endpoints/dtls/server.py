"""A DTLS 1.2 PSK server for many peers, sans-IO (RFC 6347, RFC 4279, RFC 9146).

    server = DtlsServer(look_up_psk=keys_of, random_bytes=urandom)
    for event in server.receive_datagram(data, peer, now_ms): ...
    for peer, datagram in server.datagrams_to_send(): ...
    server.send(peer, b"reply", now_ms)       # or send_to_session(event.session, ...)
    due_ms = server.next_timeout()            # then server.handle_timeout(now_ms)

The server finds the association that a datagram is for and hands it over. `association` reads the
records, and the table in `machine` decides what becomes of them. A peer is (host, port). Nothing
is kept for one before it returns its cookie. A new handshake from the port of a live association
replaces that one only once its Finished is good (RFC 6347, 4.2.8). Written apart from the SDK's
client, so that no mistake can be on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice

from nce_sim.endpoints.dtls import events
from nce_sim.endpoints.dtls.association import Association
from nce_sim.endpoints.dtls.cookie import Cookies, hello_verify_request
from nce_sim.endpoints.dtls.directory import Directory
from nce_sim.endpoints.dtls.events import Event, Peer
from nce_sim.endpoints.dtls.flights import Flights, LookUpPsk
from nce_sim.endpoints.dtls.hello_pieces import Hello, HelloPieces, hello_in
from nce_sim.endpoints.dtls.machine import KeyLog
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.endpoints.dtls.states import Message, State
from nce_sim.wire.dtls import record
from nce_sim.wire.dtls.record import BadRecord, Record
from nce_sim.wire.dtls.suites import RandomBytes

# The most work that a datagram of an unknown peer may cause, besides one ClientHello. The longest
# flight of a PSK client, in pieces, has far fewer records.
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
        # The established associations by their number, for the layer above.
        self.associations: Mapping[int, Association] = self._directory.established
        self._sessions = 0
        self._wanting: list[Association] = []  # their last flight again, after this datagram
        self._outgoing: list[tuple[Peer, bytes]] = []

    # -- the five verbs --------------------------------------------------------------------

    def receive_datagram(self, data: bytes, peer: Peer, now_ms: int) -> list[Event]:
        """Take one datagram; never raises for what a peer may send."""
        parsed = record.parse_records(data, self.settings.connection_id_bytes or 0)
        records = list(islice(parsed, _MAX_RECORDS + 1))
        happened: list[Event] = []
        pieces: HelloPieces | None = None
        at = 0
        while at < len(records):
            if at == _MAX_RECORDS or (pieces is not None and pieces.is_spent):
                self.counters["rest of a datagram of too many records"] += 1
                break
            piece = None if records[at].epoch else hello_in(records[at])
            if piece is not None:
                pieces = pieces or HelloPieces(self.counters)
                hello = pieces.add(piece, records[at].sequence)
                if hello is not None:
                    happened += self._receive_hello(hello, peer, now_ms)
                at += 1
                continue
            start, at = at, self._end_of_run(records, at, peer)
            happened += self._hand_over(records[start:at], peer, now_ms)
        if self._wanting:
            wanting, self._wanting = self._wanting, []
            for one in wanting:
                one.repeat_flight()
        return happened

    def datagrams_to_send(self) -> list[tuple[Peer, bytes]]:
        """The datagrams to send, each once, with their receivers."""
        taken = self._outgoing.copy()
        self._outgoing.clear()  # the associations hold on to the list
        return taken

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        candidates, established = self._directory.candidates, self._directory.established
        if not candidates and self.settings.idle_timeout_ms is None:
            return None
        deadlines = [one.deadline_ms for one in candidates.values()]
        if self.settings.idle_timeout_ms is not None and established:
            oldest = next(iter(established.values()))
            deadlines.append(oldest.last_activity_ms + self.settings.idle_timeout_ms)
        return min((due_ms for due_ms in deadlines if due_ms is not None), default=None)

    def handle_timeout(self, now_ms: int) -> list[Event]:
        """Repeat flights, give up half-open handshakes, expire idle associations."""
        happened: list[Event] = []
        for candidate in list(self._directory.candidates.values()):
            happened += candidate.handle_timeout(now_ms)
            self._settle(candidate, candidate.path.peer)
        idle_ms, established = self.settings.idle_timeout_ms, self._directory.established
        while idle_ms is not None and established:
            oldest = next(iter(established.values()))
            if now_ms - oldest.last_activity_ms < idle_ms:
                break
            self._close(oldest)
            reason = f"idle for {idle_ms} ms"
            happened.append(events.Closed(oldest.path.peer, oldest.session, reason))
        return happened

    # -- for the layer above ---------------------------------------------------------------

    def send(self, peer: Peer, data: bytes, now_ms: int) -> None:
        """Send application data to an established peer; ValueError when there is none."""
        one = self._directory.at.get(peer)
        if one is None:
            raise ValueError(f"no association with {peer[0]}:{peer[1]}")
        one.send(data, now_ms)

    def send_to_session(self, session: int, data: bytes, now_ms: int) -> None:
        """Send to the association of an event, wherever it is now; ValueError when it is over."""
        one = self.associations.get(session)
        if one is None:
            raise ValueError(f"no association number {session}")
        one.send(data, now_ms)

    def prove_address(self, session: int) -> None:
        """Tell that the peer answers at its address of now; what waited for that goes out.

        Only for an answer that its sender could not give without having been reached there.
        """
        one = self.associations.get(session)
        if one is not None:
            one.prove_address()
            self._directory.prove(one)

    def close(self, peer: Peer | None = None) -> None:
        """Close one association, or all, with a close_notify."""
        chosen = list(self.associations.values())
        if peer is None:
            for candidate in list(self._directory.candidates.values()):
                self._directory.remove(candidate)
        else:
            chosen = [one for one in chosen if one is self._directory.at.get(peer)]
        for one in chosen:
            self._close(one)

    def identity_of(self, peer: Peer) -> bytes | None:
        """The PSK identity of an established peer."""
        one = self._directory.at.get(peer)
        return one.identity if one is not None else None

    @property
    def association_count(self) -> int:
        return len(self.associations)

    @property
    def half_open_count(self) -> int:
        return len(self._directory.candidates)

    @property
    def kept_session_count(self) -> int:
        """How many sessions could be resumed by their id."""
        return self._resumption.kept_count

    # -- whose a record is -----------------------------------------------------------------

    def _end_of_run(self, records: list[Record], start: int, peer: Peer) -> int:
        """Up to where the records from `start` on are for the same association."""
        first, directory = records[start], self._directory
        end = start + 1
        is_shared = peer in directory.at and peer in directory.candidates
        if is_shared and first.content_type != record.TLS12_CID:
            return end  # each may be of one or of the other
        while (
            end < min(len(records), _MAX_RECORDS)
            and records[end].connection_id == first.connection_id
            and (records[end].epoch or hello_in(records[end]) is None)
        ):
            end += 1
        return end

    def _hand_over(self, records: list[Record], peer: Peer, now_ms: int) -> list[Event]:
        """Hand records to their association: by its ID, or by its address (RFC 9146, 6)."""
        first = records[0]
        if first.content_type == record.TLS12_CID:
            found, other = self._directory.by_cid.get(first.connection_id), None
        else:
            found = self._directory.at.get(peer)
            other = self._directory.candidates.get(peer)
        if found is not None and other is not None:
            return self._offer(first, found, other, peer, now_ms)
        one = found or other
        if one is None:
            self.counters["record of no association"] += len(records)
            return []
        previous = one.path.peer
        happened = one.receive(records, peer, now_ms)
        self._settle(one, previous)
        return happened

    def _offer(
        self,
        received: Record,
        established: Association,
        candidate: Association,
        peer: Peer,
        now_ms: int,
    ) -> list[Event]:
        # Both may hold keys for epoch 1: only one of them can authenticate the record. Until it is
        # confirmed, the candidate comes second, but epoch 0 is the newer handshake's.
        order = (established, candidate) if received.epoch else (candidate, established)
        for one in order:
            previous = one.path.peer
            try:
                happened = one.receive_record(received, peer, now_ms)
            except BadRecord:
                self.counters["bad record"] += 1
                continue
            self._settle(one, previous)
            return happened
        return []

    def _settle(self, one: Association, previous: Peer) -> None:
        """File an association by the state and the address that it has come to."""
        directory = self._directory
        if one.path.peer != previous:
            directory.move(one, previous)
        if one.state is State.DEAD:
            directory.remove(one)
        elif one.session in self.associations:
            directory.established.move_to_end(one.session)
        elif one.state is State.ESTABLISHED:
            directory.establish(one)
        if one.flight_is_wanted and one not in self._wanting:
            self._wanting.append(one)

    # -- a ClientHello ---------------------------------------------------------------------

    def _receive_hello(self, hello: Hello, peer: Peer, now_ms: int) -> list[Event]:
        if not self._cookies.accepts(peer, hello.fields, now_ms):
            cookie = self._cookies.make(peer, hello.fields, now_ms)
            self._outgoing.append((peer, hello_verify_request(hello, cookie)))
            return []
        candidate = self._directory.candidates.get(peer)
        if candidate is not None and candidate.client_random == hello.fields.random:
            candidate.step(Message.HELLO_AGAIN, None, now_ms)
            self._settle(candidate, candidate.path.peer)
            return []
        established = self._directory.at.get(peer)
        if established is not None and established.client_random == hello.fields.random:
            self.counters["late ClientHello"] += 1
            return []
        self._sessions += 1
        candidate = Association(
            peer,
            self._sessions,
            Flights(self.settings, self._look_up_psk, self._random_bytes, self._resumption),
            settings=self.settings,
            resumption=self._resumption,
            outgoing=self._outgoing,
            counters=self.counters,
            key_log=self._key_log,
        )
        happened = candidate.receive_hello(hello, self._directory.new_connection_id, now_ms)
        if candidate.state is not State.DEAD:
            self._directory.add_candidate(candidate)
        return happened

    def _close(self, one: Association) -> None:
        one.close()
        self._directory.remove(one)
