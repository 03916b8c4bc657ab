"""The sockets of SIMCom's A76XX and SIM7600: ten ids over one service, AT+NETOPEN.

A76XX AT manual V1.09, 15: a UDP socket has a local port and no peer, each `AT+CIPSEND` names one.
What comes is pushed, or kept and told of (`AT+CIPRXGET=1`): as one stream of bytes, or datagram by
datagram when the eighth number of `AT+CIPCCFG` was 1 before `AT+NETOPEN`. TCP: `net_streams`.

    store = sockets_of(modem)
    store.open(0, None, 5000)
    store.read_some(socket, 1500)           # bytes, b"" when there are none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personalities.simcom.net_streams import NetStreams
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.modem.stored import BIT, Stored
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

CIPHEAD = Stored("+CIPHEAD", (1,), (BIT,))  # 15.2.8
CIPSRIP = Stored("+CIPSRIP", (1,), (BIT,))  # 15.2.9
NETWORK_CLOSED = "+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY"  # 15.4
BY_PACKET = 7  # the index of <udpRecvmode> in AT+CIPCCFG, 15.2.13


@dataclass
class NetSocket(UdpSocket):
    """One link; `destination` is whom the host sent to last."""

    destination: Address | None = None


class NetSockets(UdpSockets[NetSocket]):
    """The service and its sockets, as an A76XX has them."""

    most_sockets = 10
    socket_type = NetSocket
    streams: NetStreams
    settings_count = 8  # numbers of AT+CIPCCFG
    tells_results_first = True  # `+CIPOPEN: 0,0` in front of the OK
    is_closed_by_network = True  # `AT+NETOPEN?` says 0 once the network is lost
    always_reads_by_packet = False
    ping_overhead = 28  # `+CPING` counts the headers of IPv4 and ICMP (S)

    def make_streams(self) -> NetStreams:
        """The TCP connections beside these."""
        return NetStreams(self)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.is_open = False  # AT+NETOPEN
        self.is_stale = False  # open by name, of a network that is gone
        self.asks_to_read = False  # AT+CIPRXGET=1
        self.tells_senders = False  # AT+CIPRXGET=5
        self.reads_by_packet = False

    @property
    def works(self) -> bool:
        """Whether the service carries datagrams."""
        return self.is_open and not self.is_stale and self.modem.radio.session is not None

    def start(self) -> None:
        """The service is up; how datagrams are kept is settled with it."""
        self.is_open, self.is_stale = True, False
        settings = self.modem.ram.of(NetRam).socket_settings
        self.reads_by_packet = self.always_reads_by_packet or bool(settings[BY_PACKET])

    def stop(self) -> None:
        """The service is down, its sockets closed."""
        self.is_open = self.is_stale = False
        self.by_id.clear()
        self.streams.abort_all()

    def is_used(self, socket_id: int) -> bool:
        """Whether a number has a socket; one whose connection ended is free."""
        stream = self.streams.by_id.get(socket_id)
        return socket_id in self.by_id or (stream is not None and not stream.is_over)

    def open(
        self, socket_id: int, peer: Address | None = None, local_port: int = 0
    ) -> NetSocket | None:
        """Take an id; a peer is never fixed, only remembered."""
        self.streams.by_id.pop(socket_id, None)  # a connection that ended
        socket = super().open(socket_id, None, local_port)
        if socket is not None:
            socket.destination = peer
        return socket

    def send(self, socket: NetSocket, payload: bytes, peer: Address | None = None) -> bool:
        """Hand a datagram to the network; False when there is none."""
        socket.destination = peer
        return super().send(socket, payload, peer)

    def receive_from_peers(self, payload: bytes) -> None:
        """Every socket gets `payload` from whom the host sent to last."""
        for socket in tuple(self.by_id.values()):
            if self.works and socket.destination is not None and socket.is_open:
                self._arrived(socket, socket.destination, payload)

    def read_some(self, socket: NetSocket, most: int) -> bytes:
        """What was kept: of one datagram, or of all as one stream."""
        found = socket.read(most)
        data = b"" if found is None else found[1]
        while found is not None and not self.reads_by_packet and len(data) < most:
            found = socket.read(most - len(data))
            data += b"" if found is None else found[1]
        return data

    def take(self, socket: NetSocket, sender: Address, payload: bytes) -> None:
        """Keep what came, or push it: 15.2.5, 15.2.8 and 15.2.9."""
        if self.asks_to_read:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        self.push(sender, payload)

    def push(self, sender: Address, payload: bytes) -> None:
        """Let out what came, with the lines that `AT+CIPSRIP` and `AT+CIPHEAD` ask for."""
        lines = []
        if self.modem.stored(CIPSRIP)[0]:
            lines.append(f"RECV FROM:{sender.host}:{sender.port}")
        if self.modem.stored(CIPHEAD)[0]:
            lines.append(f"+IPD{len(payload)}")
        self.modem.urc("\r\n".join(lines), payload)

    def announce(self, socket: NetSocket) -> None:
        """One URC until all was read."""
        if not socket.is_announced:
            socket.is_announced = True
            self.modem.urc(f"+CIPRXGET: 1,{socket.id}")
            if self.tells_senders:
                sender = socket.received[0][0]
                self.modem.urc(f"+CIPRXGETIP:{sender.host}:{sender.port}")

    def lose_bearer(self) -> None:
        """The network ended the session."""
        if not self.is_open or self.is_stale:
            return
        for socket in self.by_id.values():
            socket.is_open = False
        self.streams.break_all()
        if self.is_closed_by_network:
            self.stop()
        else:
            self.is_stale = True
        self.modem.urc(NETWORK_CLOSED)


class Sim7600Sockets(NetSockets):
    """The same of a SIM7600: results come behind the OK, and `AT+NETOPEN?` goes on to say 1 (S).

    Its `AT+CIPCCFG` has no choice of how datagrams are read; they stay apart (I).
    """

    settings_count = 7
    tells_results_first = False
    is_closed_by_network = False
    always_reads_by_packet = True
    ping_overhead = 0  # (S)


def sockets_of(modem: Modem) -> NetSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, NetSockets)
    return store
