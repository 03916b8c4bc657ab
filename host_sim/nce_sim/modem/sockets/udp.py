"""UDP sockets as every family has them: ids, ports, a peer or none, a bounded buffer.

The store has the TCP sockets beside them (`streams`, see `tcp`): ids are shared.

A family derives its store and says in `announce` what the host is told when something came. What
only its own sockets know are fields of a socket class of its own.

    class Sockets(UdpSockets[UdpSocket]):
        first_id, most_sockets, socket_type = 0, 7, UdpSocket
        def announce(self, socket): self.modem.urc(f"+UUSORF: {socket.id},{socket.pending}")

    store.open(0, Address("10.60.2.239", 4445))     # only this peer; None talks to anybody
    store.send(socket, b"hello")                    # False when there is no network
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.sockets.dtls_tunnel import Tunnel
    from nce_sim.network.session import Session

MOST_BUFFERED = 64  # datagrams a socket; what comes on top is lost
FIRST_EPHEMERAL_PORT = 40_000


@dataclass
class UdpSocket:
    """One socket id in use; without a `peer` it talks to anybody."""

    id: int
    local_port: int
    peer: Address | None = None
    is_open: bool = True
    received: deque[tuple[Address, bytes]] = field(default_factory=deque)
    is_announced: bool = False
    total_received: int = 0
    total_read: int = 0
    total_sent: int = 0
    tunnel: Tunnel | None = None  # DTLS that the modem itself speaks

    @property
    def pending(self) -> int:
        """Bytes received and not read."""
        return sum(len(data) for _, data in self.received)

    def read(self, most: int, *, rest_is_lost: bool = False) -> tuple[Address, bytes] | None:
        """The next datagram, or as much of it as was asked for; None when there is none."""
        if not self.received:
            self.is_announced = False
            return None
        sender, data = self.received.popleft()
        if len(data) > most:
            if not rest_is_lost:
                self.received.appendleft((sender, data[most:]))
            data = data[:most]
        if not self.received:
            self.is_announced = False
        self.total_read += len(data)
        return sender, data


Socket = TypeVar("Socket", bound=UdpSocket)


class UdpSockets(Generic[Socket]):
    """The sockets of one modem."""

    first_id = 0
    most_sockets = 8
    socket_type: type[Socket]
    streams: TcpSockets[Any]

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.by_id: dict[int, Socket] = {}
        self.streams = self.make_streams()
        self.reset()

    def make_streams(self) -> TcpSockets[Any]:
        """The TCP sockets beside these."""
        return TcpSockets(self.modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        self.by_id.clear()
        self.streams.reset()
        self._next_port = FIRST_EPHEMERAL_PORT

    def lose_bearer(self) -> None:
        """The network ended the session: what lived in it ends."""

    def free_id(self) -> int | None:
        """The lowest id not in use."""
        ids = range(self.first_id, self.first_id + self.most_sockets)
        return next((i for i in ids if not self.is_used(i)), None)

    def is_used(self, socket_id: int) -> bool:
        """Whether an id belongs to a socket, of UDP or of TCP."""
        return socket_id in self.by_id or socket_id in self.streams

    def open(
        self, socket_id: int, peer: Address | None = None, local_port: int = 0
    ) -> Socket | None:
        """Take an id; None when the port is busy."""
        port = self.free_port(local_port)
        if port is None:
            return None
        socket = self.by_id[socket_id] = self.socket_type(socket_id, port, peer)
        return socket

    def free_port(self, wanted: int = 0) -> int | None:
        """`wanted`, or any port for 0; None when it is busy."""
        used = {socket.local_port for socket in self.by_id.values()}
        if wanted:
            return None if wanted in used else wanted
        while True:
            candidate, self._next_port = self._next_port, self._next_port + 1
            if candidate not in used:
                return candidate

    def send(self, socket: Socket, payload: bytes, peer: Address | None = None) -> bool:
        """Hand a datagram to the network; False when there is none."""
        if socket.tunnel is not None:
            has_left = socket.tunnel.send(payload)
        else:
            has_left = self.send_plain(socket, payload, peer)
        if has_left:
            socket.total_sent += len(payload)
        return has_left

    def send_plain(self, socket: Socket, payload: bytes, peer: Address | None = None) -> bool:
        """The same past a socket's tunnel: what it sends itself goes this way."""
        session = self.modem.radio.session
        destination = peer or socket.peer
        if session is None or destination is None or not socket.is_open:
            return False
        self.modem.power_saving.wake("uplink")
        if not self.modem.faults.takes_uplink():
            datagram = Datagram(Address(session.host, socket.local_port), destination, payload)
            self.modem.radio.when_free(lambda: self._leave(session, datagram))
        return True

    def _leave(self, session: Session, datagram: Datagram) -> None:
        self.modem.power_saving.activity()
        session.send(datagram)

    def receive(self, datagram: Datagram) -> None:
        """A datagram arrived over the air."""
        for socket in self.by_id.values():
            is_ours = socket.local_port == datagram.destination.port
            if is_ours and socket.peer in (None, datagram.source) and socket.is_open:
                texts = [datagram.payload]
                if socket.tunnel is not None:
                    texts = socket.tunnel.receive(datagram.payload)
                for text in texts:
                    self._arrived(socket, datagram.source, text)
                return
        self.modem.note("no_socket", port=datagram.destination.port, size=datagram.size)

    def _arrived(self, socket: Socket, sender: Address, payload: bytes) -> None:
        socket.total_received += len(payload)
        self.take(socket, sender, payload)

    def close(self, socket: Socket) -> None:
        """Give an id back."""
        if socket.tunnel is not None:
            socket.tunnel.close()
        self.by_id.pop(socket.id, None)

    def tunnel_ended(self, socket: Socket) -> None:
        """The peer ended a socket's DTLS: it is dead."""
        socket.is_open = False

    def take(self, socket: Socket, sender: Address, payload: bytes) -> None:
        """Buffer what came for a socket and tell of it."""
        if len(socket.received) >= MOST_BUFFERED:
            self.modem.note("buffer_full", id=socket.id, size=len(payload))
            return
        socket.received.append((sender, payload))
        self.announce(socket)

    def announce(self, socket: Socket) -> None:
        """Tell the host that something came; once until it is read, as most families do."""

    # -- for faults ------------------------------------------------------------------------

    def receive_from_peers(self, payload: bytes) -> None:
        """Every connected socket gets `payload` as if its peer had sent it."""
        for socket in tuple(self.by_id.values()):
            has_network = self.modem.radio.session is not None
            if has_network and socket.peer is not None and socket.is_open:
                self._arrived(socket, socket.peer, payload)

    def open_all(self) -> None:
        """Take every id, as an owner before left them."""
        while (socket_id := self.free_id()) is not None:
            self.open(socket_id, Address("192.0.2.1", 9))
