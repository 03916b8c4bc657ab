"""Quectel's TCP sockets: buffered, pushing, or transparent; and servers.

Quectel BG95&BG77&BG600L TCP/IP Application Note V1.1, 2.3.4 (AT+QIOPEN) to 2.3.8, 2.4 (URCs) [D]:

- `+QIURC: "recv",<id>` once until the buffer was read empty; of a pushing socket with the bytes;
- `+QIURC: "closed",<id>` when the peer closed, or for a network error; the id needs AT+QICLOSE,
  and what is in the buffer can be read until then;
- `+QIURC: "incoming",<id>,<server>,<ip>,<port>`; ids go from 11 downwards [I], and with none
  left `+QIURC: "incoming full"`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.personalities.quectel.memory import QuectelRam
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Listener, Phase, TcpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.quectel.secure_streams import SecureConnection
    from nce_sim.modem.personalities.quectel.sockets import QuectelSockets

PUSH, TRANSPARENT = 1, 2  # <access_mode> of AT+QIOPEN; 0 keeps the bytes for AT+QIRD
MOST_PUSHED = 1500  # bytes in one URC
CONNECT_FAILED = 566

# <socket_state> of AT+QISTATE: 1 opening, 2 connected, 4 closing; servers are 3.
STATES = {
    Phase.OPENING: 1,
    Phase.OPEN: 2,
    Phase.PEER_CLOSED: 4,
    Phase.ENDED: 4,
    Phase.BROKEN: 4,
}


@dataclass
class QuectelStream(TcpSocket):
    """One id with what `AT+QISTATE` tells of it."""

    mode: int = 0
    server: int | None = None  # the id of the listener that it came by
    is_told_closed: bool = False
    secure: SecureConnection | None = None  # TLS, of AT+QSSLOPEN


class QuectelStreams(TcpSockets[QuectelStream]):
    """The TCP sockets of one modem."""

    socket_type = QuectelStream

    def __init__(self, store: QuectelSockets) -> None:
        super().__init__(store.modem)
        self._store = store

    def opened(self, stream: QuectelStream) -> None:
        """`+QIOPEN: <id>,<err>`; an id whose opening failed is free again."""
        if stream.secure is not None:
            stream.secure.opened()
            return
        if stream.mode == TRANSPARENT:
            return  # the command itself waits
        if not stream.is_connected:
            del self.by_id[stream.id]
        self.report(stream.id, 0 if stream.is_connected else CONNECT_FAILED)

    def report(self, connect_id: int, error: int, name: str = "+QIOPEN") -> None:
        """How the opening of an id ended."""
        self._store.last_error = error
        self.modem.urc(f"{name}: {connect_id},{error}")

    def incoming(self, listener: Listener, stream: QuectelStream) -> None:
        """A server has a connection."""
        peer = f'"{stream.peer.host}",{stream.peer.port}'
        self.modem.urc(f'+QIURC: "incoming",{stream.id},{listener.id},{peer}')

    def arrived(self, stream: QuectelStream) -> None:
        """One URC until the buffer has been read empty, or the bytes themselves."""
        if stream.secure is not None:
            stream.secure.moved()
            return
        if stream.mode == TRANSPARENT:
            return
        if stream.mode == PUSH:
            while stream.pending:
                data = stream.read(MOST_PUSHED)
                header = f'+QIURC: "recv",{stream.id},{len(data)}'
                self.modem.urc(header, shown(self.modem, data))
        elif not stream.is_announced:
            stream.is_announced = True
            tells_length = self.modem.ram.of(QuectelRam).socket_settings["recvind"].strip() == "1"
            length = f",{stream.pending}" if tells_length else ""
            self.modem.urc(f'+QIURC: "recv",{stream.id}{length}')

    def acknowledged(self, stream: QuectelStream) -> None:
        """There is room again."""
        if stream.secure is not None:
            stream.secure.moved()

    def peer_closed(self, stream: QuectelStream) -> None:
        """Tell once that the connection is closed."""
        if stream.secure is not None:
            stream.secure.closed()
            return
        if not stream.is_told_closed and stream.mode != TRANSPARENT:
            stream.is_told_closed = True
            self.modem.urc(f'+QIURC: "closed",{stream.id}')

    broken = peer_closed

    def shown_state(self, connect_id: int) -> str:
        """A row of `AT+QISTATE`."""
        listener = self.listeners.get(connect_id)
        if listener is not None:
            shown = f'"TCP LISTENER","127.0.0.1",0,{listener.port},3,1,{connect_id},0'
            return f'{connect_id},{shown},"uart1"'
        stream = self.by_id[connect_id]
        kind = "TCP" if stream.server is None else "TCP INCOMING"
        server = connect_id if stream.server is None else stream.server
        return (
            f'{connect_id},"{kind}","{stream.peer.host}",{stream.peer.port},{stream.local_port},'
            f'{STATES[stream.phase]},1,{server},{stream.mode},"uart1"'
        )


def shown(modem: Modem, data: bytes) -> bytes:
    """Received data as the host gets it; the length before it counts bytes either way."""
    is_hexadecimal = modem.ram.of(QuectelRam).data_format.receives_hexadecimal
    return data.hex().upper().encode() if is_hexadecimal else data
