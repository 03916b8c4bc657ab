"""SIM7070's and SIM7080's sockets: thirteen ids over application bearer 0.

store = sockets_of(modem)
store.open(0, Address("10.60.2.239", 4445))
store.streams                               # those of TCP: `ca_streams`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.personalities.simcom.ca_streams import CaStreams
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

# <result> of +CAOPEN
DONE, SOCKET_ERROR, IN_USE, UNSUPPORTED, NAME_UNKNOWN = 0, 1, 4, 7, 20


@dataclass
class CaSocket(UdpSocket):
    """One id; the fields are those of a server."""

    destination: Address | None = None  # AT+CACFG="REMOTEADDR"
    last_peer: Address | None = None
    is_pushed: bool = False  # <recv_mode> of AT+CAOPEN


class CaSockets(UdpSockets[CaSocket]):
    """Thirteen ids over application bearer 0."""

    most_sockets = 13
    socket_type = CaSocket
    streams: CaStreams

    def make_streams(self) -> CaStreams:
        """The TCP sockets beside these."""
        return CaStreams(self)

    def __init__(self, modem: Modem) -> None:
        self.bearer_is_up = False
        super().__init__(modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.bearer_is_up = False
        self.shows_peer = False  # AT+CASRIP

    def take(self, socket: CaSocket, sender: Address, payload: bytes) -> None:
        """Buffer what came; a server tells of a peer that is another than the last one."""
        if socket.peer is None and socket.last_peer != sender:
            socket.last_peer = sender
            self.modem.urc(f"+CANEW: {socket.id},{socket.id},{sender.host},{sender.port}")
        if not socket.is_pushed:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        self.push(socket.id, sender, payload)

    def push(self, socket_id: int, sender: Address, payload: bytes) -> None:
        """Let out what came, as an id opened with <recv_mode> 1 has it."""
        peer = f",{sender.host},{sender.port}" if self.shows_peer else ""
        self.modem.urc(f'+CAURC: "recv",{socket_id},{len(payload)}{peer}', payload)

    def announce(self, socket: CaSocket) -> None:
        """One URC until the buffer has been read empty."""
        tells = socket.peer is not None or self.modem.settings.simcom_udp_server_tells_data
        if tells and not socket.is_announced:
            socket.is_announced = True
            self.modem.urc(f"+CADATAIND: {socket.id}")

    def tunnel_ended(self, socket: CaSocket) -> None:
        """The peer ended a socket's DTLS: it is closed."""
        self._end(socket)
        self.modem.urc(f"+CASTATE: {socket.id},0")

    def _end(self, socket: CaSocket) -> None:
        socket.is_open = False
        if not self.modem.settings.simcom_dead_id_stays:
            self.by_id.pop(socket.id, None)

    def lose_bearer(self) -> None:
        """The bearer is gone, and the sockets with it; their ids stay until they are closed."""
        if not self.bearer_is_up:
            return
        self.bearer_is_up = False
        for socket in tuple(self.by_id.values()):
            if socket.is_open:
                self._end(socket)
                self.modem.urc(f"+CASTATE: {socket.id},0")
        for socket_id in sorted({*self.streams.by_id, *self.streams.listeners}):
            self.modem.urc(f"+CASTATE: {socket_id},0")
        self.streams.abort_all()
        self.modem.urc("+APP PDP: 0,DEACTIVE")


def sockets_of(modem: Modem) -> CaSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, CaSockets)
    return store
