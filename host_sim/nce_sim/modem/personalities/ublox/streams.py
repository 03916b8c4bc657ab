"""u-blox's TCP sockets, told by `+UUSORD` and `+UUSOCL`, and its servers by `+UUSOLI`.

u-blox SARA-R4 and SARA-R5 AT commands manuals, "Internet suite", by way of ubxlib [S]; numbers of
states and errors are those of the manuals [S].
"""

from __future__ import annotations

from dataclasses import dataclass

from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import NOBODY, Listener, Phase, TcpSocket
from nce_sim.network.tcp import TcpState
from nce_sim.network.tcp.events import RESET_BY_PEER
from nce_sim.wire.datagram import Address

TCP = 6
RESET, TIMED_OUT, REFUSED = 104, 110, 111  # AT+USOER, the numbers of errno

# AT+USOCTL=<socket>,10
STATES = {
    TcpState.CLOSED: 0,
    TcpState.LISTEN: 1,
    TcpState.SYN_SENT: 2,
    TcpState.SYN_RECEIVED: 3,
    TcpState.ESTABLISHED: 4,
    TcpState.FIN_WAIT_1: 5,
    TcpState.FIN_WAIT_2: 6,
    TcpState.CLOSE_WAIT: 7,
    TcpState.CLOSING: 8,
    TcpState.LAST_ACK: 9,
    TcpState.TIME_WAIT: 10,
}


@dataclass
class UbloxStream(TcpSocket):
    """One number; `local_port` of `AT+USOCR` waits for the connection."""

    wanted_port: int = 0
    is_asynchronous: bool = False  # `+UUSOCO` tells how the connecting ended
    closes_by_host: bool = False
    security_profile: int | None = None  # AT+USOSEC
    secured_at_ms: int = 0
    error: int = 0  # AT+USOCTL=<socket>,1


class UbloxStreams(TcpSockets[UbloxStream]):
    """The TCP sockets of one modem."""

    socket_type = UbloxStream

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.broken_by: dict[int, int] = {}  # errors that closed sockets, for their next command

    def take_id(self, socket_id: int, peer: Address = NOBODY) -> UbloxStream:
        """Put a number to use."""
        self.broken_by.pop(socket_id, None)
        return super().take_id(socket_id, peer)

    def opened(self, stream: UbloxStream) -> None:
        """`+UUSOCO: <socket>,<error>` of an asynchronous `AT+USOCO`."""
        if not stream.is_connected:
            stream.error = REFUSED if stream.failure == RESET_BY_PEER else TIMED_OUT
        if stream.is_asynchronous:
            self.modem.urc(f"+UUSOCO: {stream.id},{stream.error}")

    def incoming(self, listener: Listener, stream: UbloxStream) -> None:
        """`+UUSOLI: <socket>,<ip>,<port>,<server>,<own ip>,<own port>`."""
        peer = f'"{stream.peer.host}",{stream.peer.port}'
        own = f'"{self.modem.radio.host}",{listener.port}'
        self.modem.urc(f"+UUSOLI: {stream.id},{peer},{listener.id},{own}")

    def arrived(self, stream: UbloxStream) -> None:
        """One URC until the host reads; another when it left something."""
        if not stream.is_announced:
            stream.is_announced = True
            self.modem.urc(f"+UUSORD: {stream.id},{stream.pending}")

    def close_later(self, stream: UbloxStream) -> None:
        """`AT+USOCL=<socket>,1`: close, and tell when the peer closed, too."""
        stream.closes_by_host = True
        if stream.is_over or stream.connection is None:
            self._tell_closed(stream)
        else:
            stream.connection.close()

    def ended(self, stream: UbloxStream) -> None:
        """Both FINs: what an asynchronous close waits for."""
        if stream.closes_by_host:
            self._tell_closed(stream)

    def was_read(self, stream: UbloxStream) -> None:
        """The host read: tell of what is left, or of the end that waited for it."""
        stream.is_announced = False
        if stream.pending:
            self.arrived(stream)
        elif stream.phase is Phase.PEER_CLOSED:
            self._tell_closed(stream)

    def peer_closed(self, stream: UbloxStream) -> None:
        """The peer's FIN: the socket closes, once its bytes are read."""
        if stream.closes_by_host:
            return  # `ended` follows
        waits = self.modem.settings.stream_end_waits_for_the_reader
        if not (stream.pending and waits):
            self._tell_closed(stream)

    def broken(self, stream: UbloxStream) -> None:
        """A reset: the socket is closed, and its next command fails with the reason [I]."""
        is_reset = stream.failure == RESET_BY_PEER
        self.broken_by[stream.id] = RESET if is_reset else TIMED_OUT
        self._tell_closed(stream)

    def _tell_closed(self, stream: UbloxStream) -> None:
        self.close(stream)
        self.modem.urc(f"+UUSOCL: {stream.id}")
