"""TCP of one host: its connections and listeners, on the world's clock.

stack = session.tcp                                     # of a PDP session: the modem's
connection = stack.connect(Address("203.0.113.7", 80), on_event)
stop = stack.listen(8_080, lambda connection: print)    # -> what hears its events
stack.receive(datagram)                                 # a segment arrived for this host
stack.close("the bearer is gone")                       # every connection ends with Reset
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from nce_sim.clock import Clock
from nce_sim.network.tcp.connection import Connection
from nce_sim.network.tcp.engine import Engine
from nce_sim.network.tcp.events import Connected, NotOpen, OnEvent, PortInUse, TcpEvent
from nce_sim.network.tcp.refusal import refusal
from nce_sim.network.tcp.states import TcpState
from nce_sim.settings import TcpSettings
from nce_sim.wire.datagram import IP_HEADER_SIZE, Address, Datagram
from nce_sim.wire.tcp import ACK, RST, SYN

FIRST_EPHEMERAL_PORT, LAST_PORT = 49_152, 65_535  # RFC 6335, 6
_HEADERS = IP_HEADER_SIZE + 20

OnConnection = Callable[[Connection], OnEvent]


class Gate(Protocol):
    """Asked before each segment leaves: a modem wakes up, or a fault swallows the segment."""

    def passes(self, segment: Datagram) -> bool: ...


class TcpStack:
    """All connections of one host. A modem may set `gate`.

    `send` takes the segments that leave; `mtu` tells the largest packet that the link takes now.
    """

    def __init__(
        self,
        clock: Clock,
        host: str,
        send: Callable[[Datagram], None],
        *,
        mtu: Callable[[], int],
        random: Random,
        settings: TcpSettings,
    ) -> None:
        self.clock = clock
        self.host = host
        self.gate: Gate | None = None
        self._send = send
        self._mtu = mtu
        self._random = random
        self._settings = settings
        self._connections: dict[tuple[int, Address], Connection] = {}
        self._half_open: set[Connection] = set()
        self._in_time_wait: dict[Connection, None] = {}  # in the order in which they came there
        self._listeners: dict[int, OnConnection] = {}
        self._next_port = FIRST_EPHEMERAL_PORT
        self._closed_by: str | None = None

    def connect(self, remote: Address, on_event: OnEvent, local_port: int = 0) -> Connection:
        """Begin a handshake: `Connected`, `Refused` or `Reset` follows.

        A `local_port` of 0 takes a free one. PortInUse when this pair of addresses is connected;
        NotOpen when the bearer is gone.
        """
        if self._closed_by is not None:
            raise NotOpen(f"{self.host} has no bearer: {self._closed_by}")
        port = local_port or self._free_port()
        if (port, remote) in self._connections:
            raise PortInUse(f"port {port} of {self.host} is connected to {remote}")
        connection = self._add(port, remote, self._new_engine(), on_event)
        connection.start()
        return connection

    def listen(self, port: int, on_connection: OnConnection) -> Callable[[], None]:
        """Call `on_connection(connection)` for each complete handshake; the result ends that.

        It returns what is to be called for the connection's events. PortInUse for a second one.
        """
        if port in self._listeners:
            raise PortInUse(f"port {port} of {self.host} has a listener")
        self._listeners[port] = on_connection

        def stop() -> None:
            if self._listeners.get(port) is on_connection:
                del self._listeners[port]

        return stop

    def connections(self) -> list[Connection]:
        """Those that live, TIME-WAIT included."""
        return list(self._connections.values())

    def close(self, reason: str) -> None:
        """The bearer is gone: every connection ends with `Reset(reason)`; nothing is sent."""
        if self._closed_by is None:
            self._closed_by = reason
            self._listeners.clear()
            for connection in self.connections():
                connection.lose_bearer(reason)

    def receive(self, datagram: Datagram) -> None:
        """Take a segment for this host; one of no connection is answered by RST."""
        segment = datagram.segment
        if segment is None:
            raise ValueError(f"a UDP datagram for {datagram.destination} came to TCP")
        port, remote = datagram.destination.port, datagram.source
        connection = self._connections.get((port, remote))
        if connection is not None and connection.is_reopened_by(segment):
            connection.forget()
            connection = None
        if connection is None and segment.flags & (SYN | ACK | RST) == SYN:
            connection = self._accept(port, remote)
        if connection is not None:
            connection.arrived(segment, datagram.payload)
            return
        answer = refusal(segment, datagram.payload)
        is_backlog_full = segment.flags & SYN and port in self._listeners
        if answer is not None and not is_backlog_full:
            self.emit(Datagram(datagram.destination, remote, b"", answer))

    # -- a connection's side ---------------------------------------------------------------

    @property
    def segment_size(self) -> int:
        """The most bytes that a segment may carry over the link now."""
        return max(1, self._mtu() - _HEADERS)

    def emit(self, datagram: Datagram) -> None:
        """Let a segment leave, if the gate lets it."""
        if self._closed_by is None and (self.gate is None or self.gate.passes(datagram)):
            self._send(datagram)

    def moved(self, connection: Connection) -> None:
        """A connection may have changed its state."""
        state = connection.state
        if state is TcpState.CLOSED:
            self._half_open.discard(connection)
            self._in_time_wait.pop(connection, None)
            key = connection.local.port, connection.remote
            if self._connections.get(key) is connection:
                del self._connections[key]
        elif state is TcpState.TIME_WAIT and connection not in self._in_time_wait:
            self._in_time_wait[connection] = None
            if len(self._in_time_wait) > self._settings.most_in_time_wait:
                next(iter(self._in_time_wait)).forget()

    # --------------------------------------------------------------------------------------

    def _new_engine(self) -> Engine:
        return Engine(self._random.getrandbits(32), self.segment_size, self._settings)

    def _add(self, port: int, remote: Address, engine: Engine, on_event: OnEvent) -> Connection:
        connection = Connection(self, engine, Address(self.host, port), remote, on_event)
        self._connections[port, remote] = connection
        return connection

    def _accept(self, port: int, remote: Address) -> Connection | None:
        """A connection that waits for its handshake; None without listener or room for it."""
        if port not in self._listeners or len(self._half_open) >= self._settings.most_half_open:
            return None
        handed_to: list[OnEvent] = []

        def on_event(event: TcpEvent) -> None:
            if handed_to:
                handed_to[0](event)
            elif isinstance(event, Connected):
                self._half_open.discard(connection)
                listener = self._listeners.get(port)
                if listener is None:
                    connection.abort()
                else:
                    handed_to.append(listener(connection))

        engine = self._new_engine()
        engine.listen()
        connection = self._add(port, remote, engine, on_event)
        self._half_open.add(connection)
        return connection

    def _free_port(self) -> int:
        used = {port for port, _ in self._connections} | set(self._listeners)
        for _ in range(FIRST_EPHEMERAL_PORT, LAST_PORT + 1):
            port = self._next_port
            self._next_port = port + 1 if port < LAST_PORT else FIRST_EPHEMERAL_PORT
            if port not in used:
                return port
        raise PortInUse(f"no port of {self.host} is free")
