"""SIM7000's sockets and the state machine over them.

IP INITIAL → IP START → IP GPRSACT → IP STATUS → IP PROCESSING; PDP DEACT when the network ends it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Listener, Phase, TcpSocket
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.modem.stored import BIT, Stored
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

CIPQSEND = Stored("+CIPQSEND", (0,), (BIT,))
CIPHEAD = Stored("+CIPHEAD", (0,), (BIT,))
CIPSRIP = Stored("+CIPSRIP", (0,), (BIT,))


class State(enum.Enum):
    """Where the application is; the value is what `AT+CIPSTATUS` shows."""

    INITIAL = "IP INITIAL"
    START = "IP START"
    GPRSACT = "IP GPRSACT"
    STATUS = "IP STATUS"
    PROCESSING = "IP PROCESSING"
    DEACT = "PDP DEACT"


MOST_PUSHED = 1_460
SERVER_ID = -1  # a server takes none of the numbers of connections


class CipStreams(TcpSockets[TcpSocket]):
    """The TCP connections of one modem; how they are told."""

    socket_type = TcpSocket

    def __init__(self, store: CipSockets) -> None:
        super().__init__(store.modem)
        self._store = store

    def opened(self, stream: TcpSocket) -> None:
        """`CONNECT OK` or `CONNECT FAIL`."""
        prefix = self._store.prefix(stream.id)
        if stream.is_connected:
            self._store.state = State.PROCESSING
        else:
            del self.by_id[stream.id]
            self._store.connection_gone()
        self.modem.urc(f"{prefix}CONNECT {'OK' if stream.is_connected else 'FAIL'}")

    def incoming(self, listener: Listener, stream: TcpSocket) -> None:
        """`<n>, REMOTE IP: <ip>`."""
        self._store.state = State.PROCESSING
        self.modem.urc(f"{stream.id}, REMOTE IP: {stream.peer.host}")

    def arrived(self, stream: TcpSocket) -> None:
        """One URC until the buffer has been read empty, or the bytes themselves."""
        if not self._store.asks_to_read:
            self._store.push(stream)
        elif not stream.is_announced:
            stream.is_announced = True
            shown = f",{stream.id}" if self._store.is_multiple else ""
            self.modem.urc(f"+CIPRXGET: 1{shown}")

    def peer_closed(self, stream: TcpSocket) -> None:
        """The peer's FIN: the modem closes, too; what came can still be read."""
        if stream.connection is not None:
            stream.connection.shut_down()
        self.broken(stream)

    def broken(self, stream: TcpSocket) -> None:
        """`CLOSED`: the number is free, and shows what is left to read."""
        stream.phase = Phase.ENDED
        self._store.connection_gone()
        self.modem.urc(f"{self._store.prefix(stream.id)}CLOSED")


class CipSockets(UdpSockets[UdpSocket]):
    """One socket, or eight under `AT+CIPMUX=1`."""

    most_sockets = 8
    socket_type = UdpSocket
    streams: CipStreams

    def make_streams(self) -> CipStreams:
        """The TCP connections beside these."""
        return CipStreams(self)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.state = State.INITIAL
        self.is_multiple = False
        self.asks_to_read = False  # AT+CIPRXGET=1
        self.app_bearer_is_up = False  # AT+CNACT
        self.extended: set[int] = set()  # AT+CIPUDPMODE=<n>,1
        self.destinations: dict[int, Address] = {}  # of these, AT+CIPUDPMODE=<n>,2
        self.local_ports: dict[int, int] = {}  # AT+CLPORT

    @property
    def bearer_is_up(self) -> bool:
        """Whether names can be asked for."""
        return (
            self.state in (State.GPRSACT, State.STATUS, State.PROCESSING) or self.app_bearer_is_up
        )

    def free_id(self) -> int | None:
        """The lowest id not in use."""
        is_free = self.is_multiple or not (self.by_id or self.is_used(0))
        return super().free_id() if is_free else None

    def is_used(self, socket_id: int) -> bool:
        """Whether an id has a connection, or one that is being made."""
        stream = self.streams.by_id.get(socket_id)
        return socket_id in self.by_id or (stream is not None and not stream.is_over)

    def connection_gone(self) -> None:
        """Without any connection the state is the one before the first."""
        is_idle = not any(self.is_used(number) for number in range(self.most_sockets))
        if is_idle and self.state is State.PROCESSING:
            self.state = State.STATUS

    @property
    def server_port(self) -> int | None:
        """The port of `AT+CIPSERVER`, or None."""
        listener = self.streams.listeners.get(SERVER_ID)
        return None if listener is None else listener.port

    def serve(self, port: int) -> bool:
        """Take connections to a port, as long as there are numbers for them."""

        def accept() -> TcpSocket | None:
            number = self.free_id()
            return None if number is None else self.streams.take_id(number)

        return self.streams.listen(SERVER_ID, port, accept)

    def stop_server(self) -> bool:
        """Take no more connections; False when there is no server."""
        return self.streams.stop_listening(SERVER_ID)

    def shut(self) -> None:
        """`AT+CIPSHUT`: everything is closed."""
        self.by_id.clear()
        self.streams.abort_all()
        self.state = State.INITIAL

    def push(self, stream: TcpSocket) -> None:
        """Let out what came, as it is: without a frame, unless CIPHEAD says so."""
        while stream.pending:
            data = stream.read(MOST_PUSHED)
            if self.is_multiple:
                self.modem.urc(f"+RECEIVE,{stream.id},{len(data)}:", data)
            elif self.modem.stored(CIPHEAD)[0]:
                self.modem.terminal.urc(b"\r\n+IPD,%d:" % len(data) + data)
            else:
                self.modem.terminal.urc(data)

    def prefix(self, socket_id: int) -> str:
        """The text in front of a socket's results."""
        return f"{socket_id}, " if self.is_multiple else ""

    def peer_shown(self, sender: Address) -> str:
        """The sender of a datagram, behind a comma, when `AT+CIPSRIP=1` asked for it."""
        if not self.modem.stored(CIPSRIP)[0]:
            return ""
        return f",{sender.host}:{sender.port}"

    def take(self, socket: UdpSocket, sender: Address, payload: bytes) -> None:
        """Buffer what came, or let it out as it is: without a frame, unless CIPHEAD says so."""
        if self.asks_to_read:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        if self.is_multiple:
            shown = self.peer_shown(sender) or ":"
            self.modem.urc(f"+RECEIVE,{socket.id},{len(payload)}{shown}", payload)
        elif self.modem.stored(CIPHEAD)[0]:
            self.modem.terminal.urc(b"\r\n+IPD,%d:" % len(payload) + payload)
        else:
            self.modem.terminal.urc(payload)

    def announce(self, socket: UdpSocket) -> None:
        """One URC until the buffer has been read empty."""
        if not socket.is_announced:
            socket.is_announced = True
            shown = f",{socket.id}" if self.is_multiple else ""
            self.modem.urc(f"+CIPRXGET: 1{shown}{self.peer_shown(socket.received[0][0])}")

    def lose_bearer(self) -> None:
        """The network ended the session."""
        if self.state in (State.GPRSACT, State.STATUS, State.PROCESSING):
            self.state = State.DEACT
            self.modem.urc("+PDP: DEACT")
        if self.app_bearer_is_up:
            self.app_bearer_is_up = False
            self.modem.urc("+APP PDP: DEACTIVE")
        self.by_id.clear()
        self.streams.abort_all()


def sockets_of(modem: Modem) -> CipSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, CipSockets)
    return store


def store_in(modem: Modem, *states: State) -> CipSockets:
    """The modem's socket store, in one of these states; the command fails in any other."""
    store = sockets_of(modem)
    if store.state not in states:
        modem.mistake("command out of its turn", state=store.state.value)
        raise CommandFailed(3)
    return store
