"""SIM7000's sockets and the state machine over them.

IP INITIAL → IP START → IP GPRSACT → IP STATUS → IP PROCESSING; PDP DEACT when the network ends it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from nce_sim.modem.line.results import CommandFailed
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


class CipSockets(UdpSockets[UdpSocket]):
    """One socket, or eight under `AT+CIPMUX=1`."""

    most_sockets = 8
    socket_type = UdpSocket

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
        return super().free_id() if self.is_multiple or not self.by_id else None

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
