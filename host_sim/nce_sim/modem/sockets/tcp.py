"""TCP sockets as every family has them, beside its UDP sockets and over the same ids.

A family derives its store and says in the hooks of `tcp_socket` what the host is told; the
connections are of the session's own stack (`nce_sim.network.tcp`), whose buffers are bounded.

    class Streams(TcpSockets[TcpSocket]):
        def arrived(self, stream): self.modem.urc(f"+UUSORD: {stream.id},{stream.pending}")

    stream = store.streams.take_id(0, Address("203.0.113.7", 80))
    store.streams.connect(stream, limit_ms=150_000)         # `opened` follows
    store.streams.send(stream, b"GET / HTTP/1.0\\r\\n\\r\\n")   # bytes taken; None: not connected
    yield from store.streams.finish(stream, 10_000)         # within a command: both FINs

A socket whose `tls` is set before it connects is one of TLS (`tls_tunnel`): `opened` follows the
handshake of both, and what is sent and read is sealed below.

What becomes of them:

- the modem restarts, or boots out of power saving mode: they are forgotten, and nobody is told;
  the peer learns it by the reset that answers its next segment;
- the bearer is lost: every connection breaks, and `lose_bearer` of the family tells the host;
- the radio alone sleeps (nRF91): they live on, and a segment to send wakes the radio.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.steps import Pause, Step
from nce_sim.modem.power import Power
from nce_sim.modem.sockets.tcp_socket import NOBODY, Listener, Phase, Stream, TcpTelling
from nce_sim.modem.sockets.tls_tunnel import State, TlsTunnel
from nce_sim.network.tcp import (
    Acknowledged,
    Arrived,
    Closed,
    Connected,
    Connection,
    NotOpen,
    OnEvent,
    PeerClosed,
    PortInUse,
    Refused,
    Reset,
    TcpEvent,
    TcpStack,
)
from nce_sim.network.tcp.events import NO_ANSWER, RESET_BY_PEER
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

STEP_MS = 20
BEARER_LOST = "the bearer is lost"


class TcpSockets(TcpTelling[Stream]):
    """The TCP sockets of one modem; the gate of its session's stack."""

    socket_type: type[Stream]

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.by_id: dict[int, Stream] = {}
        self.listeners: dict[int, Listener] = {}
        self._is_silent = False

    def __contains__(self, socket_id: object) -> bool:
        return socket_id in self.by_id or socket_id in self.listeners

    def reset(self) -> None:
        """The modem restarts: nothing is left, and nothing was sent."""
        self._is_silent = True
        self.abort_all()
        self._is_silent = False

    def abort_all(self) -> None:
        """Give all ids back; their peers are reset, if there is a bearer."""
        streams, listeners = list(self.by_id.values()), list(self.listeners.values())
        self.by_id.clear()
        self.listeners.clear()
        for listener in listeners:
            listener.stop()
        for stream in streams:
            self.abort(stream)

    def abort(self, stream: Stream) -> None:
        """Reset the peer; no event follows."""
        if stream.connection is not None and not stream.is_over:
            stream.connection.abort()
        stream.phase = Phase.BROKEN

    def break_all(self) -> None:
        """The bearer is gone: all are broken, and their ids stay until the family takes them."""
        for listener in self.listeners.values():
            listener.stop()
        self.listeners.clear()
        for stream in self.by_id.values():
            self.abort(stream)
            stream.failure = BEARER_LOST

    # -- the stack below -------------------------------------------------------------------

    @property
    def stack(self) -> TcpStack | None:
        """TCP of the session, through this gate; None without a session."""
        session = self.modem.radio.session
        if session is None:
            return None
        session.tcp.gate = self
        return session.tcp

    def passes(self, segment: Datagram) -> bool:
        """Whether a segment leaves the modem: it wakes the radio first (the stack's gate)."""
        modem = self.modem
        if self._is_silent or modem.power is not Power.ON:
            return False
        modem.power_saving.wake("uplink")
        if modem.faults.takes_uplink() or modem.radio.is_taken:
            return False  # its timer sends it again
        modem.power_saving.activity()
        return True

    # -- connect, send, close --------------------------------------------------------------

    def take_id(self, socket_id: int, peer: Address = NOBODY) -> Stream:
        """Put an id to use; nothing is sent."""
        stream = self.by_id[socket_id] = self.socket_type(socket_id, peer)
        return stream

    def connect(self, stream: Stream, limit_ms: int, local_port: int = 0) -> bool:
        """Begin the handshake with the peer; `opened` follows, within `limit_ms`.

        False when there is no bearer, or when the port is busy.
        """
        stack = self.stack
        if stack is None:
            return False
        stream.session = self.modem.radio.session
        try:
            stream.connection = stack.connect(
                stream.peer, lambda event: self._happened(stream, event), local_port
            )
        except (NotOpen, PortInUse):
            return False
        self.modem.later(limit_ms, lambda: self._give_up(stream))
        return True

    def opening(
        self, stream: Stream, limit_ms: int, local_port: int = 0
    ) -> Generator[Step, Any, bool]:
        """Connect within a command; whether it came about."""
        if not self.connect(stream, limit_ms, local_port):
            return False
        yield from self.until(lambda: stream.phase is not Phase.OPENING, limit_ms + STEP_MS)
        return stream.is_connected

    def until(self, is_so: Callable[[], bool], limit_ms: int) -> Generator[Step, Any, bool]:
        """Wait within a command; whether it came to be so."""
        for _ in range(limit_ms // STEP_MS):
            if is_so():
                return True
            yield Pause(STEP_MS)
        return is_so()

    def send(self, stream: Stream, data: bytes) -> int | None:
        """How many of the bytes the buffer took; None when there is no connection."""
        if stream.connection is None or not stream.is_connected:
            return None
        if stream.tls is not None:
            data = data[: min(stream.room, self.modem.faults.taken_of(len(data)))]
            return len(data) if not data or stream.tls.send(data) else 0
        try:
            return stream.connection.send(data[: self.modem.faults.taken_of(len(data))])
        except NotOpen:
            return None

    def send_all(
        self, stream: Stream, data: bytes, limit_ms: int
    ) -> Generator[Step, Any, int | None]:
        """Send within a command, as the buffer gets room; how many bytes it took in the end."""
        taken = 0
        for _ in range(limit_ms // STEP_MS + 1):
            count = self.send(stream, data[taken:])
            if count is None:
                return taken or None
            taken += count
            if taken == len(data):
                break
            yield Pause(STEP_MS)
        return taken

    def close(self, stream: Stream) -> None:
        """Send a FIN and give the id back."""
        if self.by_id.get(stream.id) is stream:
            del self.by_id[stream.id]
        if stream.connection is not None and not stream.is_over:
            if stream.tls is not None:
                stream.tls.close()
            stream.connection.close()

    def finish(self, stream: Stream, limit_ms: int) -> Generator[Step, Any, bool]:
        """Close within a command; whether the peer closed, too. It is reset if it does not."""
        if self.by_id.get(stream.id) is stream:
            del self.by_id[stream.id]
        if stream.connection is None or stream.is_over:
            return True
        if stream.phase is Phase.OPENING:
            self.abort(stream)
            return True
        if stream.tls is not None:
            stream.tls.close()
        stream.connection.close()
        if not (yield from self.until(lambda: stream.is_over, limit_ms)):
            self.abort(stream)
            return False
        return True

    # -- servers ---------------------------------------------------------------------------

    def listen(self, socket_id: int, port: int, accept: Callable[[], Stream | None]) -> bool:
        """Serve a port; `accept` puts an id to use for a connection, or refuses it by None.

        `incoming` follows for each. False when there is no bearer, or the port is busy.
        """
        stack = self.stack
        if stack is None:
            return False

        def connected(connection: Connection) -> OnEvent:
            stream = accept()
            if stream is None:
                self.modem.clock.call_later(0, connection.abort)
                return lambda event: None
            stream.connection, stream.peer = connection, connection.remote
            stream.session, stream.phase = self.modem.radio.session, Phase.OPEN
            self.incoming(self.listeners[socket_id], stream)
            return lambda event: self._happened(stream, event)

        try:
            stop = stack.listen(port, connected)
        except (NotOpen, PortInUse):
            return False
        self.listeners[socket_id] = Listener(socket_id, port, stop)
        return True

    def stop_listening(self, socket_id: int) -> bool:
        """Give the id of a server back; its connections stay. False when it is none."""
        listener = self.listeners.pop(socket_id, None)
        if listener is not None:
            listener.stop()
        return listener is not None

    # -- what happens ----------------------------------------------------------------------

    def _happened(self, stream: Stream, event: TcpEvent) -> None:
        if stream.session is not None and not stream.session.is_open:
            return  # of a lost bearer it is `lose_bearer` that tells, of all at once
        is_listed = self.by_id.get(stream.id) is stream
        tell: Callable[[Stream], None] | None = None
        if stream.tls is not None and not isinstance(event, (Refused, Reset, Closed)):
            if is_listed:
                self._sealed(stream, stream.tls, event)
            return
        match event:
            case Connected():
                stream.phase, tell = Phase.OPEN, self.opened
            case Refused(reason) | Reset(reason):
                was_opening = stream.phase is Phase.OPENING
                stream.phase, stream.failure = Phase.BROKEN, reason
                tell = self.opened if was_opening else self.broken
            case Arrived():
                tell = self.arrived
            case Acknowledged():
                tell = self.acknowledged
            case PeerClosed():
                if stream.phase is Phase.OPEN:
                    stream.phase, tell = Phase.PEER_CLOSED, self.peer_closed
            case Closed():
                stream.phase, tell = Phase.ENDED, self.ended
        if tell is not None and is_listed:
            tell(stream)

    def _sealed(self, stream: Stream, tls: TlsTunnel, event: TcpEvent) -> None:
        """Something happened under TLS: what of it reaches the socket.

        `opened` follows the handshake of TLS. [I] A FIN tells as a close_notify does.
        """
        is_opening, had = stream.phase is Phase.OPENING, stream.total_received
        tls.move()
        is_cut = isinstance(event, PeerClosed) and tls.state is State.SHAKING
        if tls.state is State.FAILED or is_cut:
            if stream.connection is not None:
                stream.connection.close()  # after the alert
            stream.phase, stream.failure = Phase.BROKEN, tls.reason or "cut within the handshake"
            self.modem.note("tls", id=stream.id, state="failed", reason=stream.failure)
            (self.opened if is_opening else self.broken)(stream)
            return
        if tls.state is State.SHAKING:
            return
        if is_opening:
            stream.phase = Phase.OPEN
            self.opened(stream)
        if stream.total_received > had:
            self.arrived(stream)
        if isinstance(event, Acknowledged):
            self.acknowledged(stream)
        is_over = tls.state is State.CLOSED or isinstance(event, PeerClosed)
        if is_over and stream.phase is Phase.OPEN:
            stream.phase = Phase.PEER_CLOSED
            self.peer_closed(stream)

    def _give_up(self, stream: Stream) -> None:
        if stream.phase is Phase.OPENING and self.by_id.get(stream.id) is stream:
            self.abort(stream)
            stream.failure = NO_ANSWER
            self.opened(stream)

    # -- for faults ------------------------------------------------------------------------

    def break_from_peers(self) -> None:
        """Every connection ends as if its peer had reset it."""
        for stream in tuple(self.by_id.values()):
            if stream.is_connected:
                self._is_silent = True
                self.abort(stream)
                self._is_silent = False
                stream.failure = RESET_BY_PEER
                self.broken(stream)

    def close_from_peers(self) -> None:
        """Every connection looks as if its peer had closed it."""
        for stream in tuple(self.by_id.values()):
            self._happened(stream, PeerClosed())
