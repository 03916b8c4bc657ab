"""TCP of one host: its connections and listeners, on the world's clock.

stack = session.tcp                                     # of a PDP session: the modem's
connection = stack.connect(Address("203.0.113.7", 80), on_event)
stop = stack.listen(8_080, lambda connection: on_event_of(connection))
stack.receive(datagram)                                 # a segment arrived for this host
stack.close("the bearer is gone")                       # every connection ends with Reset
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nce_sim.network.tcp.connection import Connection
from nce_sim.network.tcp.events import OnEvent
from nce_sim.wire.datagram import Address, Datagram

OnConnection = Callable[[Connection], OnEvent]


class Gate(Protocol):
    """Asked before each segment leaves: a modem wakes up, or a fault swallows the segment."""

    def passes(self, segment: Datagram) -> bool: ...


class TcpStack:
    """All connections of one host. `gate` may be set by a modem."""

    gate: Gate | None = None

    def connect(self, remote: Address, on_event: OnEvent, local_port: int = 0) -> Connection:
        """Begin a handshake: `Connected`, `Refused` or `Reset` follows.

        A `local_port` of 0 takes a free one. PortInUse when this pair of addresses is connected;
        NotOpen when the bearer is gone.
        """
        raise NotImplementedError

    def listen(self, port: int, on_connection: OnConnection) -> Callable[[], None]:
        """Call `on_connection(connection)` for each complete handshake; the result ends that.

        It returns what is to be called for the connection's events. PortInUse for a second one.
        """
        raise NotImplementedError

    def close(self, reason: str) -> None:
        """The bearer is gone: every connection ends with `Reset(reason)`; nothing is sent."""
        raise NotImplementedError
