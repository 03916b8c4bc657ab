"""Quectel's UDP sockets: twelve ids over one PDP context.

A buffered socket tells once that something came and then keeps quiet until it is read empty; a
pushing one puts the data into the URC.

    sockets = QuectelSockets(modem)
    sockets.open(0, Kind.UDP, Address("10.60.2.239", 4445), local_port=0, mode=BUFFER)
"""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nce_sim.network.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

MOST_SOCKETS = 12
MOST_BUFFERED = 64  # datagrams a socket; what comes on top is lost
FIRST_EPHEMERAL_PORT = 40_000
BUFFER, PUSH = 0, 1

# AT+QISTATE, <socket_state>
INITIAL, OPENING, CONNECTED, LISTENING, CLOSING = range(5)

# <err> of +QIOPEN and +QIGETERROR
ERRORS = {
    0: "operate successfully",
    550: "Unknown error",
    552: "Invalid parameters",
    553: "Memory not enough",
    555: "Operation not supported",
    561: "Open PDP context failed",
    563: "Socket identity has been used",
    565: "DNS parse failed",
    567: "Socket closed",
    570: "PDP context broken",
    573: "APN not configured",
    574: "Port busy",
}


class Kind(enum.Enum):
    """The service type of `AT+QIOPEN`."""

    UDP = "UDP"
    UDP_SERVICE = "UDP SERVICE"


@dataclass
class Socket:
    """One socket id in use; `peer` is None for a UDP service, which talks to anybody."""

    connect_id: int
    kind: Kind
    peer: Address | None
    shown_host: str
    local_port: int
    mode: int
    state: int = OPENING
    received: deque[tuple[Address, bytes]] = field(default_factory=deque)
    urc_is_out: bool = False
    total_received: int = 0
    total_read: int = 0
    total_sent: int = 0

    def read(self, most: int) -> tuple[Address, bytes] | None:
        """The next datagram, or as much of it as was asked for; None when there is none."""
        if not self.received:
            self.urc_is_out = False
            return None
        sender, data = self.received.popleft()
        if len(data) > most:
            self.received.appendleft((sender, data[most:]))
            data = data[:most]
        if not self.received:
            self.urc_is_out = False
        self.total_read += len(data)
        return sender, data


class QuectelSockets:
    """The sockets of one modem and the context they live in."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.reset()

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        self.by_id: dict[int, Socket] = {}
        self.context_is_active = False
        self.last_error = 0
        self._next_port = FIRST_EPHEMERAL_PORT

    def open(
        self, connect_id: int, kind: Kind, peer: Address | None, *, local_port: int, mode: int
    ) -> Socket | None:
        """Take an id; None (with `last_error`) when the port is busy."""
        used = {socket.local_port for socket in self.by_id.values()}
        if local_port in used:
            self.last_error = 574
            return None
        while not local_port:
            candidate, self._next_port = self._next_port, self._next_port + 1
            local_port = 0 if candidate in used else candidate
        shown_host = peer.host if peer else "127.0.0.1"
        socket = Socket(connect_id, kind, peer, shown_host, local_port, mode)
        self.by_id[connect_id] = socket
        return socket

    def send(self, socket: Socket, payload: bytes, peer: Address | None) -> bool:
        """Hand a datagram to the network; False when there is none."""
        session = self._modem.radio.session
        destination = peer or socket.peer
        if session is None or destination is None or socket.state != CONNECTED:
            self.last_error = 570
            return False
        session.send(Datagram(Address(session.host, socket.local_port), destination, payload))
        socket.total_sent += len(payload)
        return True

    def receive(self, datagram: Datagram) -> None:
        """A datagram arrived over the air."""
        for socket in self.by_id.values():
            is_ours = socket.local_port == datagram.destination.port
            if is_ours and socket.peer in (None, datagram.source) and socket.state == CONNECTED:
                self._take(socket, datagram)
                return
        self._modem.note("no_socket", port=datagram.destination.port, size=datagram.size)

    def _take(self, socket: Socket, datagram: Datagram) -> None:
        payload, sender = datagram.payload, datagram.source
        socket.total_received += len(payload)
        if socket.mode == PUSH:
            socket.total_read += len(payload)
            header = f'+QIURC: "recv",{socket.connect_id},{len(payload)}'
            if socket.kind is Kind.UDP_SERVICE:
                header += f',"{sender.host}",{sender.port}'
            self._modem.urc(header, payload)
            return
        if len(socket.received) >= MOST_BUFFERED:
            self._modem.note("buffer_full", id=socket.connect_id, size=datagram.size)
            return
        socket.received.append((sender, payload))
        if not socket.urc_is_out:
            socket.urc_is_out = True
            self._modem.urc(f'+QIURC: "recv",{socket.connect_id}')

    def lose_context(self) -> None:
        """The network ended the context: sockets are dead, their ids taken until closed."""
        if not self.context_is_active:
            return
        self.context_is_active = False
        self.last_error = 570
        for socket in self.by_id.values():
            socket.state = CLOSING
        self._modem.urc('+QIURC: "pdpdeact",1')

    def drop_context(self) -> None:
        """The host deactivated the context: all sockets are closed."""
        self.context_is_active = False
        self.by_id.clear()
