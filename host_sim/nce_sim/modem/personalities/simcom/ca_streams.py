"""SIM7070's and SIM7080's TCP sockets and what the CA commands do for them.

SIM7070/7080/7090 Series TCPUDP(S) Application Note V1.03 and AT Command Manual V1.05, 13 [D]:

    AT+CAOPEN=0,0,"TCP","203.0.113.7",80    +CAOPEN: 0,0 and OK
    AT+CASEND=0                             +CASEND: 8192: room in the buffer
    AT+CASEND=0,5                           > hello, OK: the buffer took it; else ERROR
    AT+CAACK=0                              +CAACK: 5,0: sent, and not acknowledged
    +CADATAIND: 0    AT+CARECV=0,1459       +CARECV: 5,hello
    AT+CAOPEN=0,0,"TCP","203.0.113.7",80,1  +CAURC: "recv",0,5 and the bytes, unasked
    +CASTATE: 0,0                           the peer closed; AT+CACLOSE gives the id back
    AT+CASERVER=1,0,"TCP",80                +CASERVER: 1,0; then +CANEW: 1,0,198.51.100.9,4096

[I]: an id whose connection ended stays, shown by `AT+CASTATE?` as 0, and what came can be read.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Step, Steps
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Listener, Phase, TcpSocket
from nce_sim.network.tcp.events import RESET_BY_PEER

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.simcom.ca_sockets import CaSockets

CONNECT_LIMIT_MS = 75_000  # TinyGSM waits as long [S]
CLOSE_LIMIT_MS = 10_000  # [I]
SEND_MS = 5
REFUSED, CONNECT_FAILED = 23, 27  # <result> of +CAOPEN
MOST_PUSHED = 1460  # [I] as many as AT+CARECV reads


@dataclass
class CaStream(TcpSocket):
    """One id; `is_pushed` is the <recv_mode> of AT+CAOPEN."""

    is_pushed: bool = False


class CaStreams(TcpSockets[CaStream]):
    """The TCP sockets of one modem; how they are told."""

    socket_type = CaStream

    def __init__(self, store: CaSockets) -> None:
        super().__init__(store.modem)
        self._store = store

    def incoming(self, listener: Listener, stream: CaStream) -> None:
        """`+CANEW: <server>,<id>,<ip>,<port>`."""
        self.modem.urc(f"+CANEW: {listener.id},{stream.id},{stream.peer.host},{stream.peer.port}")

    def arrived(self, stream: CaStream) -> None:
        """One URC until the buffer has been read empty, or the bytes themselves."""
        if stream.is_pushed:
            while stream.pending:
                self._store.push(stream.id, stream.peer, stream.read(MOST_PUSHED))
        elif not stream.is_announced:
            stream.is_announced = True
            self.modem.urc(f"+CADATAIND: {stream.id}")

    def peer_closed(self, stream: CaStream) -> None:
        """The peer's FIN: `+CASTATE: <id>,0`, and the modem closes, too."""
        if stream.connection is not None:
            stream.connection.shut_down()
        self.broken(stream)

    def broken(self, stream: CaStream) -> None:
        """The connection ended: the id is dead until it is closed."""
        stream.phase = Phase.ENDED
        self.modem.urc(f"+CASTATE: {stream.id},0")


def connect(streams: CaStreams, stream: CaStream) -> Generator[Step, Any, int]:
    """`AT+CAOPEN=<id>,0,"TCP",…`: its <result>."""
    if (yield from streams.opening(stream, CONNECT_LIMIT_MS)):
        return 0
    return REFUSED if stream.failure == RESET_BY_PEER else CONNECT_FAILED


def send(modem: Modem, streams: CaStreams, stream: CaStream, payload: bytes) -> Steps:
    """`AT+CASEND=<id>,<length>`: OK when the buffer took all of it, else ERROR."""
    yield Pause(SEND_MS)
    size = len(payload)
    is_full = stream.room < size or modem.faults.taken_of(size) < size
    if is_full or streams.send(stream, payload) is None:
        raise CommandFailed()
    return None
