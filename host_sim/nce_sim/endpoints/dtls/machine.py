"""The state machine of one association: messages in, events and datagrams out (RFC 6347, 4.2).

    events = machine.step(Message.FINISHED, message, now_ms)
    machine.state                            # State.ESTABLISHED, or DEAD if it did not verify

It is one table, `TRANSITIONS`: (state, message) -> (action, next state). A message that has no row
in a state is dropped. Its parts are data that the actions use: `flights` has the messages and keys
of the handshake, `proposals` the key exchanges that may be the client's, `patience` its deadlines,
`path` its address. `association` tells which message a record is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from nce_sim.endpoints.dtls import events
from nce_sim.endpoints.dtls.events import Event, Peer
from nce_sim.endpoints.dtls.flights import Flights
from nce_sim.endpoints.dtls.hello_pieces import Hello
from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.path import Path
from nce_sim.endpoints.dtls.patience import Patience
from nce_sim.endpoints.dtls.proposals import Opening, Proposals
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.sessions import Session
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.endpoints.dtls.states import Message, State
from nce_sim.endpoints.dtls.tickets import Opened as Resumed
from nce_sim.wire.dtls import alerts, record
from nce_sim.wire.dtls.handshake import Fragment, HandshakeMessage
from nce_sim.wire.dtls.reader import Reader
from nce_sim.wire.dtls.suites import Protection
from nce_sim.wire.dtls.writer import Entry, Writer

KeyLog = Callable[[str], None]


class Answerable(NamedTuple):
    """A ClientHello, and what its answer needs."""

    hello: Hello
    found: Resumed | None
    new_connection_id: Callable[[], bytes | None]


class Machine:
    """The state of one association; its datagrams go into `outgoing`, the server's list."""

    def __init__(
        self,
        peer: Peer,
        session: int,
        flights: Flights,
        *,
        settings: DtlsSettings,
        resumption: Resumption,
        outgoing: list[tuple[Peer, bytes]],
        counters: Counter[str],
        key_log: KeyLog | None,
    ) -> None:
        self.path = Path(peer)
        self.session = session
        self.state = State.WAIT_HELLO
        self.identity = b""
        self.client_random = b""
        self.session_id = b""
        self.last_activity_ms = 0
        self.flight_is_wanted = False  # a message of this datagram asks for it again
        self._flights: Flights | None = flights  # until the handshake is over
        self._settings = settings
        self._resumption = resumption
        self._outgoing = outgoing
        self._counters = counters
        self._key_log = key_log
        self._reader = Reader()
        self._writer = Writer(first_sequence=0)
        self._proposals = Proposals(b"")
        self._opening: Opening | None = None  # an early record that the newest proposal opens
        self._kept: Session | None = None  # what may be resumed once the handshake is over
        self._flight: list[Entry] = []
        self._patience = Patience(settings)
        self._final_flights = 0

    def step(self, message: Message, given: Any, now_ms: int) -> list[Event]:
        """Do what the table has for a message; a `Refusal` of the action ends the handshake."""
        row = TRANSITIONS.get((self.state, message))
        if row is None:
            return []
        action, following = row
        try:
            happened = action(self, given, now_ms)
        except Refusal as refusal:
            return self._give_up(refusal)
        self.state = following
        return happened

    def close(self, level: int = alerts.WARNING, alert: int = alerts.CLOSE_NOTIFY) -> None:
        """Tell the peer and be dead."""
        epoch = 1 if self.state is State.ESTABLISHED else 0
        self._put(((record.ALERT, epoch, bytes([level, alert])),))
        self.state = State.DEAD

    def _put(self, flight: Iterable[Entry], *, may_wait: bool = True) -> None:
        """One datagram for the peer; at an address that is not proven it may wait or be lost."""
        path, datagram = self.path, self._writer.seal(flight)
        if path.is_proven:
            self._outgoing.append((path.peer, datagram))
            return
        self._outgoing += [(path.peer, one) for one in path.admit([datagram], may_wait=may_wait)]
        dropped = path.take_dropped()
        if dropped:
            self._counters["dropped: address not proven"] += dropped

    def _give_up(self, refusal: Refusal) -> list[Event]:
        if refusal.alert is not None:
            self.close(alerts.FATAL, refusal.alert)
        self.state = State.DEAD
        self._counters["handshake given up"] += 1
        return [events.Failed(self.path.peer, refusal.reason)]

    # -- the actions of the table ----------------------------------------------------------

    def _answer(self, given: Answerable, now_ms: int) -> list[Event]:
        hello, flights = given.hello, self._handshake
        self._flight = flights.first(
            hello.fields, hello.message, given.found, given.new_connection_id, now_ms
        )
        self.session_id = flights.session_id
        self._reader.connection_id = flights.agreed.own_cid
        self._writer.connection_id = flights.agreed.peer_cid
        self._writer.pad_to_bytes = self._settings.connection_id_padding_bytes
        self._proposals = Proposals(self._reader.connection_id)
        if flights.is_resumed:
            self._reader.protection, writer_protection = flights.protections()
            self._install_keys(flights, writer_protection)
        self._put(self._flight)
        self._patience.arm(now_ms)
        return []

    def _propose(self, pieces: list[Fragment], now_ms: int) -> list[Event]:
        # One key exchange of a record is read, no more: each costs a derivation of keys.
        found = (self._handshake.add_plain(fragment) for fragment in pieces)
        message = next((whole for whole in found if whole is not None), None)
        if message is None or message.body in self._proposals:
            return []
        try:
            exchanges = self._handshake.key_exchanges(message, self.path.peer, now_ms)
        except Refusal as refusal:
            if not self._proposals:
                self._patience.refuse_later(refusal, now_ms)
            return []
        self._patience.take_back()
        self._opening = self._proposals.add(message.body, exchanges)
        return []

    def _choose(self, found: Opening, now_ms: int) -> list[Event]:
        self._reader, self._proposals = found.reader, Proposals(b"")
        self._handshake.choose(found.exchange)
        self._install_keys(self._handshake, found.exchange.protections[1])
        return []

    def _doubt(self, given: None, now_ms: int) -> list[Event]:
        if self.state is State.WAIT_FINISHED or self._proposals:
            self._patience.keys_differ(now_ms)
        return []

    def _note_last_word(self, number: int, now_ms: int) -> list[Event]:
        self._patience.last_word = alerts.alert_name(number)
        return []

    def _want_flight(self, given: object, now_ms: int) -> list[Event]:
        # A resumed handshake ends with the client's flight: nothing of ours is left to repeat.
        self.flight_is_wanted = bool(self._flight)
        return []

    def _finish(self, message: HandshakeMessage, now_ms: int) -> list[Event]:
        flights = self._handshake
        flights.take_finished(message)
        self._flight = flights.last(now_ms)
        if self._flight:
            self._put(self._flight)
        self._flights, self._kept = None, flights.session
        name, peer = flights.agreed.suite.name, self.path.peer
        return [events.Established(peer, self.session, self.identity, name, flights.is_resumed)]

    def _deliver(self, text: bytes, now_ms: int) -> list[Event]:
        return [events.Data(self.path.peer, self.session, self.identity, text)]

    def _refuse_renegotiation(self, given: None, now_ms: int) -> list[Event]:
        self._put(((record.ALERT, 1, bytes([alerts.WARNING, alerts.NO_RENEGOTIATION])),))
        return []

    def _close_too(self, number: int, now_ms: int) -> list[Event]:
        self.close()
        return [self._closed(number)]

    def _end_by_alert(self, number: int, now_ms: int) -> list[Event]:
        # RFC 5246, 7.2.2. Only an authentic alert counts: else anyone who read the session id on
        # the wire could take the session from its owner.
        if self._kept is not None:
            self._resumption.spoil(self.session_id, self._kept)
        return [self._closed(number)]

    # -- inside ----------------------------------------------------------------------------

    def _closed(self, number: int) -> Event:
        reason = f"the client sent {alerts.alert_name(number)}"
        return events.Closed(self.path.peer, self.session, reason)

    def _install_keys(self, flights: Flights, protection: Protection) -> None:
        self.identity = flights.identity
        self._writer.protection = protection
        if self._key_log is not None:
            self._key_log(flights.key_log_line())

    @property
    def _handshake(self) -> Flights:
        if self._flights is None:
            raise ValueError("the handshake is over")
        return self._flights


Action = Callable[[Machine, Any, int], list[Event]]
_A, _S, _M = Machine, State, Message

# fmt: off
TRANSITIONS: dict[tuple[State, Message], tuple[Action, State]] = {
    (_S.WAIT_HELLO,    _M.HELLO):          (_A._answer,               _S.WAIT_KEYS),
    (_S.WAIT_HELLO,    _M.RESUMING_HELLO): (_A._answer,               _S.WAIT_FINISHED),

    (_S.WAIT_KEYS,     _M.HELLO_AGAIN):    (_A._want_flight,          _S.WAIT_KEYS),
    (_S.WAIT_KEYS,     _M.KEY_EXCHANGE):   (_A._propose,              _S.WAIT_KEYS),
    (_S.WAIT_KEYS,     _M.PLAIN_ALERT):    (_A._note_last_word,       _S.WAIT_KEYS),
    (_S.WAIT_KEYS,     _M.UNREADABLE):     (_A._doubt,                _S.WAIT_KEYS),
    (_S.WAIT_KEYS,     _M.PROOF):          (_A._choose,               _S.WAIT_FINISHED),

    (_S.WAIT_FINISHED, _M.HELLO_AGAIN):    (_A._want_flight,          _S.WAIT_FINISHED),
    (_S.WAIT_FINISHED, _M.PLAIN_ALERT):    (_A._note_last_word,       _S.WAIT_FINISHED),
    (_S.WAIT_FINISHED, _M.UNREADABLE):     (_A._doubt,                _S.WAIT_FINISHED),
    # Before the Finished: the flight that it answers was lost, or it is late.
    (_S.WAIT_FINISHED, _M.DATA):           (_A._want_flight,          _S.WAIT_FINISHED),
    (_S.WAIT_FINISHED, _M.FINISHED):       (_A._finish,               _S.ESTABLISHED),

    # Once there are keys, nothing in the clear may change anything: it may ask for a repeat.
    (_S.ESTABLISHED,   _M.KEY_EXCHANGE):   (_A._want_flight,          _S.ESTABLISHED),
    (_S.ESTABLISHED,   _M.FINISHED):       (_A._want_flight,          _S.ESTABLISHED),
    (_S.ESTABLISHED,   _M.RENEGOTIATION):  (_A._refuse_renegotiation, _S.ESTABLISHED),
    (_S.ESTABLISHED,   _M.DATA):           (_A._deliver,              _S.ESTABLISHED),
    (_S.ESTABLISHED,   _M.CLOSE_NOTIFY):   (_A._close_too,            _S.DEAD),
    (_S.ESTABLISHED,   _M.FATAL_ALERT):    (_A._end_by_alert,         _S.DEAD),
}
# fmt: on
