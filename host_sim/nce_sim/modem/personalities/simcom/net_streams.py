"""TCP connections of SIMCom's A76XX and SIM7600, and what the CIP commands do for them.

A7600 Series TCPIP Application Note V1.00, 3.2 and 4 [D]; SIM7500/7600 manual where it is named:

    AT+CIPOPEN=1,"TCP","203.0.113.7",80     OK, then +CIPOPEN: 1,0 within AT+CIPTIMEOUT
    AT+CIPSEND=1,5                          > hello, OK, +CIPSEND: 1,5,5: what the buffer took
    AT+CIPACK=1                             +CIPACK: 5,5,0: sent, acknowledged, received
    +CIPRXGET: 1,1   AT+CIPRXGET=2,1,1500   +CIPRXGET: 2,1,5,0 and the bytes
    +IPCLOSE: 1,1                           closed by the peer; 2: nobody answered what was sent
    AT+CIPCLOSE=1                           OK, +CIPCLOSE: 1,0

A send that was taken in part, or not at all, is the last one: "if the confirmed length is not the
requested one, the socket cannot be used further" (SIM7500/7600 manual).

[I]: a refused connection is error 1, a network failure; a reset is told as a close of the peer, as
no number names one; what came before the close can be read until the number is used again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Phase, TcpSocket
from nce_sim.network.tcp.events import NO_ANSWER
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.simcom.net_sockets import NetSockets

SEND_MS, CLOSE_MS = 5, 20
MOST_PUSHED = 1_500
NETWORK_FAILURE, TIMEOUT = 1, 10  # <err> of +CIPOPEN
BY_PEER, SEND_TIMEOUT = 1, 2  # <close_reason> of +IPCLOSE
DISCONNECTED = -1  # <cnfSendLength> of +CIPSEND
CONNECT_LIMIT = 1  # the index in AT+CIPTIMEOUT


@dataclass
class NetStream(TcpSocket):
    """One link; `is_spent` once a send was not taken whole."""

    is_spent: bool = False

    @property
    def can_send(self) -> bool:
        """Whether `AT+CIPSEND` takes bytes."""
        return self.is_connected and not self.is_spent


class NetStreams(TcpSockets[NetStream]):
    """The TCP connections of one modem; how they are told."""

    socket_type = NetStream

    def __init__(self, store: NetSockets) -> None:
        super().__init__(store.modem)
        self._store = store

    def opened(self, stream: NetStream) -> None:
        """`+CIPOPEN: <n>,<err>`; a number whose opening failed is free."""
        error = 0
        if not stream.is_connected:
            del self.by_id[stream.id]
            error = TIMEOUT if stream.failure == NO_ANSWER else NETWORK_FAILURE
        self.modem.urc(f"+CIPOPEN: {stream.id},{error}")

    def arrived(self, stream: NetStream) -> None:
        """One URC until the buffer has been read empty, or the bytes themselves."""
        if not self._store.asks_to_read:
            while stream.pending:
                self._store.push(stream.peer, stream.read(MOST_PUSHED))
        elif not stream.is_announced:
            stream.is_announced = True
            self.modem.urc(f"+CIPRXGET: 1,{stream.id}")

    def peer_closed(self, stream: NetStream) -> None:
        """The peer's FIN: the modem closes, too; what came can still be read."""
        if stream.connection is not None:
            stream.connection.shut_down()
        self.broken(stream)

    def broken(self, stream: NetStream) -> None:
        """`+IPCLOSE: <n>,<reason>`: the number is free."""
        stream.phase = Phase.ENDED
        reason = SEND_TIMEOUT if stream.failure == NO_ANSWER else BY_PEER
        self.modem.urc(f"+IPCLOSE: {stream.id},{reason}")


def start(modem: Modem, streams: NetStreams, number: int, peer: Address, local_port: int) -> bool:
    """`AT+CIPOPEN=<n>,"TCP",…` once the address is known; the outcome follows as a URC."""
    streams.by_id.pop(number, None)  # one that was closed
    stream = streams.take_id(number, peer)
    limit_ms = modem.ram.of(NetRam).timeouts_ms[CONNECT_LIMIT]
    if streams.connect(stream, limit_ms, local_port):
        return True
    del streams.by_id[number]
    return False


def send(modem: Modem, streams: NetStreams, stream: NetStream, payload: bytes) -> Steps:
    """`AT+CIPSEND=<n>,<length>`: OK, then `+CIPSEND: <n>,<requested>,<confirmed>`."""
    yield Pause(SEND_MS)
    taken = streams.send(stream, payload)
    confirmed = DISCONNECTED if taken is None else taken
    stream.is_spent = confirmed != len(payload)
    modem.later(1, lambda: modem.urc(f"+CIPSEND: {stream.id},{len(payload)},{confirmed}"))
    return None


def close(modem: Modem, streams: NetStreams, stream: NetStream) -> None:
    """`AT+CIPCLOSE=<n>`: OK, then `+CIPCLOSE: <n>,0`; it waits for no FIN of the peer [I]."""
    streams.close(stream)
    modem.later(CLOSE_MS, lambda: modem.urc(f"+CIPCLOSE: {stream.id},0"))
