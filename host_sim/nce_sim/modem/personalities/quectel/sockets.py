"""Quectel's sockets: twelve ids over one PDP context; those of TCP are in `streams`.

A buffered socket tells once that something came and then keeps quiet until it is read empty; a
pushing one puts the data into the URC.

    sockets = QuectelSockets(modem)
    sockets.open_as(0, Kind.UDP, Address("10.60.2.239", 4445), local_port=0, mode=BUFFER)
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.personalities.quectel.streams import QuectelStreams, shown
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

MOST_SOCKETS = 12
BUFFER, PUSH, TRANSPARENT = range(3)

# AT+QISTATE, <socket_state>
INITIAL, OPENING, CONNECTED, LISTENING, CLOSING = range(5)

# <err> of +QIOPEN and +QIGETERROR
ERRORS = {
    0: "operate successfully",
    550: "Unknown error",
    552: "Invalid parameters",
    553: "Memory not enough",
    555: "Operation not supported",
    557: "Socket listen failed",
    561: "Open PDP context failed",
    563: "Socket identity has been used",
    565: "DNS parse failed",
    566: "Socket connect failed",
    567: "Socket closed",
    570: "PDP context broken",
    573: "APN not configured",
    574: "Port busy",
}


class Kind(enum.Enum):
    """The service type of `AT+QIOPEN`."""

    UDP = "UDP"
    UDP_SERVICE = "UDP SERVICE"
    TCP = "TCP"
    TCP_LISTENER = "TCP LISTENER"


@dataclass
class QuectelSocket(UdpSocket):
    """One id with what `AT+QISTATE` tells of it."""

    kind: Kind = Kind.UDP
    mode: int = BUFFER
    state: int = CONNECTED
    shown_host: str = "127.0.0.1"


class QuectelSockets(UdpSockets[QuectelSocket]):
    """The sockets of one modem and the context they live in."""

    most_sockets = MOST_SOCKETS
    socket_type = QuectelSocket
    streams: QuectelStreams

    def __init__(self, modem: Modem) -> None:
        self.context_is_active = False
        self.last_error = 0
        super().__init__(modem)

    def make_streams(self) -> QuectelStreams:
        """The TCP sockets beside these."""
        return QuectelStreams(self.modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.context_is_active = False
        self.last_error = 0

    def open_as(
        self, connect_id: int, kind: Kind, peer: Address | None, *, local_port: int, mode: int
    ) -> QuectelSocket | None:
        """Take an id; None (with `last_error`) when the port is busy."""
        socket = self.open(connect_id, peer, local_port)
        if socket is None:
            self.last_error = 574
            return None
        socket.kind, socket.mode, socket.state = kind, mode, OPENING
        return socket

    def open(
        self, socket_id: int, peer: Address | None = None, local_port: int = 0
    ) -> QuectelSocket | None:
        """Take an id for a UDP socket with a buffer."""
        socket = super().open(socket_id, peer, local_port)
        if socket is not None and peer is not None:
            socket.shown_host = peer.host
        return socket

    def send(self, socket: QuectelSocket, payload: bytes, peer: Address | None = None) -> bool:
        """Hand a datagram to the network; False (with `last_error`) when there is none."""
        if socket.state == CONNECTED and super().send(socket, payload, peer):
            return True
        self.last_error = 570
        return False

    def take(self, socket: QuectelSocket, sender: Address, payload: bytes) -> None:
        """Push what came, or buffer it."""
        if socket.mode != PUSH:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        header = f'+QIURC: "recv",{socket.id},{len(payload)}'
        if socket.kind is Kind.UDP_SERVICE:
            header += f',"{sender.host}",{sender.port}'
        self.modem.urc(header, shown(self.modem, payload))

    def announce(self, socket: QuectelSocket) -> None:
        """One URC until the buffer has been read empty."""
        if not socket.is_announced:
            socket.is_announced = True
            tells_length = self.modem.settings.quectel_receive_urc_tells_length
            length = f",{socket.pending}" if tells_length else ""
            self.modem.urc(f'+QIURC: "recv",{socket.id}{length}')

    def lose_bearer(self) -> None:
        """The network ended the context: sockets are dead, their ids taken until closed."""
        if not self.context_is_active:
            return
        self.context_is_active = False
        self.last_error = 570
        for socket in self.by_id.values():
            socket.is_open = False
            socket.state = CLOSING
        self.streams.break_all()
        self.modem.urc('+QIURC: "pdpdeact",1')

    def drop_context(self) -> None:
        """The host deactivated the context: all sockets are closed."""
        self.context_is_active = False
        self.by_id.clear()
        self.streams.abort_all()
