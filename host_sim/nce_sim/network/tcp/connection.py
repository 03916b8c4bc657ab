"""One TCP connection as its user has it: bytes in, bytes out, events on the world's clock.

connection = stack.connect(Address("203.0.113.7", 80), on_event)
taken = connection.send(b"GET / HTTP/1.0\r\n\r\n")       # how many bytes the buffer took
connection.receive(1_500)                               # what is there; b"" when nothing
connection.shut_down(); connection.close(); connection.abort()

Events of segments and timers come at once, on the clock's call; events that a call of the user
causes come after that call has returned. All come in the order in which they happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from nce_sim.clock import Clock, Handle
from nce_sim.network.tcp.engine import Engine
from nce_sim.network.tcp.events import OnEvent, Reset, TcpEvent
from nce_sim.network.tcp.states import TcpState
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.tcp import Segment


class Host(Protocol):
    """The stack, as a connection sees it."""

    @property
    def clock(self) -> Clock: ...

    @property
    def segment_size(self) -> int: ...

    def emit(self, datagram: Datagram) -> None: ...

    def moved(self, connection: Connection) -> None: ...


class Connection:
    """One end of a connection; `TcpStack` makes it. `local` and `remote` are its addresses."""

    def __init__(
        self, host: Host, engine: Engine, local: Address, remote: Address, on_event: OnEvent
    ) -> None:
        self.local = local
        self.remote = remote
        self._host = host
        self._engine = engine
        self._on_event: OnEvent | None = on_event
        self._events: deque[TcpEvent] = deque()
        self._timer: Handle | None = None
        self._timer_ms = 0

    def __repr__(self) -> str:
        return f"<Connection {self.local} to {self.remote}, {self.state.value}>"

    # -- what it is ------------------------------------------------------------------------

    @property
    def state(self) -> TcpState:
        """RFC 9293, 3.3.2."""
        return self._engine.state

    @property
    def pending(self) -> int:
        """Bytes that can be received now."""
        return self._engine.receiver.pending

    @property
    def total_received(self) -> int:
        """Bytes that came in order since the connection began."""
        return self._engine.receiver.total

    @property
    def read_bytes(self) -> int:
        """Bytes that `receive` returned."""
        return self._engine.receiver.read_bytes

    @property
    def sent_bytes(self) -> int:
        """Bytes that `send` took."""
        return self._engine.sender.taken

    @property
    def acknowledged_bytes(self) -> int:
        """Bytes that the peer has acknowledged."""
        return self._engine.sender.acknowledged

    @property
    def free_bytes(self) -> int:
        """Bytes that `send` would take now."""
        return self._engine.sender.free

    @property
    def is_peer_closed(self) -> bool:
        """Whether the peer's FIN came; all bytes before it may still be read."""
        return self._engine.receiver.is_ended

    # -- what the user does ----------------------------------------------------------------

    def send(self, data: bytes) -> int:
        """Take bytes to send, as many as the buffer has room for; 0 when it is full.

        Before `Connected` they wait. NotOpen after `shut_down`, `close` and the end.
        """
        count = self._engine.send(data)
        self._flush()
        return count

    def receive(self, limit: int) -> bytes:
        """At most `limit` of the bytes that are there; also after the end."""
        data = self._engine.receive(limit)
        self._flush()
        return data

    def shut_down(self) -> None:
        """Send a FIN behind the bytes taken: half close. Harmless when repeated."""
        self._tell_later(self._engine.shut_down())
        self._flush()

    def close(self) -> None:
        """The same, and nothing is received any more; `Closed` or `Reset` follows.

        Bytes that came and were not read, or that still come, reset the connection (RFC 1122,
        4.2.2.13), so that the peer learns that they are lost.
        """
        self._tell_later(self._engine.close(self._host.clock.now_ms()))
        self._flush()

    def abort(self) -> None:
        """Send an RST and forget the connection; no event follows."""
        self._on_event = None
        self._events.clear()
        self._engine.abort()
        self._flush()

    # -- what the stack does ---------------------------------------------------------------

    def start(self) -> None:
        """Begin the handshake."""
        self._engine.connect()
        self._flush()

    def arrived(self, segment: Segment, payload: bytes) -> None:
        """A segment of this connection arrived."""
        self._tell(self._engine.receive_segment(segment, payload, self._host.clock.now_ms()))

    def is_reopened_by(self, segment: Segment) -> bool:
        """Whether a SYN may replace this connection."""
        return self._engine.is_reopened_by(segment)

    def lose_bearer(self, reason: str) -> None:
        """The bearer is gone, and with it the connection; nothing can be sent."""
        was_over = self.state in (TcpState.CLOSED, TcpState.TIME_WAIT)
        self._engine.abort()
        self._engine.segments_to_send(self._host.clock.now_ms())  # nobody would carry the RST
        if not was_over:
            self._tell_later([Reset(reason)])
        self._flush()

    def forget(self) -> None:
        """End TIME-WAIT early."""
        self._engine.abort()
        self._flush()

    # --------------------------------------------------------------------------------------

    def _timeout(self) -> None:
        self._timer = None
        self._tell(self._engine.handle_timeout(self._host.clock.now_ms()))

    def _tell(self, events: Iterable[TcpEvent]) -> None:
        self._events += events
        try:
            self._tell_all()
        finally:  # a user that fails does not stop the protocol
            self._flush()

    def _tell_later(self, events: Iterable[TcpEvent]) -> None:
        self._events += events
        if self._events:
            self._host.clock.call_later(0, self._tell_all)

    def _tell_all(self) -> None:
        while self._events and self._on_event is not None:
            self._on_event(self._events.popleft())

    def _flush(self) -> None:
        """Let the segments leave that the engine has, and keep its timer."""
        now_ms = self._host.clock.now_ms()
        self._engine.segment_size = self._host.segment_size
        for segment, payload in self._engine.segments_to_send(now_ms):
            self._host.emit(Datagram(self.local, self.remote, payload, segment))
        self._host.moved(self)
        due_ms = self._engine.next_timeout()
        if self._timer is not None and (due_ms is None or due_ms < self._timer_ms):
            self._timer.cancel()
            self._timer = None
        if due_ms is not None and self._timer is None:
            self._timer_ms = max(due_ms, now_ms + 1)
            # TIME-WAIT alone does not keep the world's time going.
            is_over = self.state is TcpState.TIME_WAIT
            call = self._host.clock.call_in_passing if is_over else self._host.clock.call_later
            self._timer = call(self._timer_ms - now_ms, self._timeout)
