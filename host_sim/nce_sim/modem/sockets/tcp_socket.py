"""One TCP socket of a modem, and what a family tells its host of it.

The store that connects, sends and closes is in `tcp`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from nce_sim.modem.sockets.tls_tunnel import TlsTunnel
from nce_sim.network.tcp import Connection
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.network.session import Session

NOBODY = Address("0.0.0.0", 0)


class Phase(enum.Enum):
    """How far a socket is, as its commands see it."""

    OPENING = "opening"
    OPEN = "open"
    PEER_CLOSED = "peer closed"  # its FIN came; the bytes before it may still be read
    ENDED = "ended"  # both FINs
    BROKEN = "broken"  # refused, reset, or without a bearer: `failure` says so


@dataclass
class TcpSocket:
    """One id in use for a connection; with `tls`, counts and bytes are those of the plaintext."""

    id: int
    peer: Address = NOBODY
    connection: Connection | None = None
    tls: TlsTunnel | None = None
    session: Session | None = None
    phase: Phase = Phase.OPENING
    failure: str = ""
    is_announced: bool = False

    @property
    def is_connected(self) -> bool:
        """Whether bytes can be sent."""
        return self.phase in (Phase.OPEN, Phase.PEER_CLOSED)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the connection is left but bytes to read."""
        return self.phase in (Phase.ENDED, Phase.BROKEN)

    @property
    def local_port(self) -> int:
        """The port of our end; 0 before there is a connection."""
        return 0 if self.connection is None else self.connection.local.port

    @property
    def pending(self) -> int:
        """Bytes received and not read."""
        if self.tls is not None:
            return self.tls.pending
        return 0 if self.connection is None else self.connection.pending

    @property
    def total_received(self) -> int:
        """Bytes received in order."""
        if self.tls is not None:
            return self.tls.read_bytes + self.tls.pending
        return 0 if self.connection is None else self.connection.total_received

    @property
    def total_read(self) -> int:
        """Bytes that the host read."""
        if self.tls is not None:
            return self.tls.read_bytes
        return 0 if self.connection is None else self.connection.read_bytes

    @property
    def total_sent(self) -> int:
        """Bytes that the send buffer took."""
        if self.tls is not None:
            return self.tls.sent_bytes
        return 0 if self.connection is None else self.connection.sent_bytes

    @property
    def acknowledged(self) -> int:
        """Bytes that the peer has; of TLS, at the least."""
        if self.connection is None:
            return 0
        if self.tls is None:
            return self.connection.acknowledged_bytes
        underway = self.connection.sent_bytes - self.connection.acknowledged_bytes
        return max(self.total_sent - underway, 0)

    @property
    def unacknowledged(self) -> int:
        """Bytes taken, of which nothing is known yet."""
        return self.total_sent - self.acknowledged

    @property
    def room(self) -> int:
        """Bytes that the send buffer would take."""
        if self.tls is not None:
            return self.tls.room if self.is_connected else 0
        return self.connection.free_bytes if self.connection and self.is_connected else 0

    def read(self, most: int) -> bytes:
        """What is there, up to `most` bytes; also after the end."""
        if self.tls is not None:
            data = self.tls.read(most)
        else:
            data = b"" if self.connection is None else self.connection.receive(most)
        if not self.pending:
            self.is_announced = False
        return data


@dataclass(frozen=True)
class Listener:
    """One id in use for a server."""

    id: int
    port: int
    stop: Callable[[], None]


Stream = TypeVar("Stream", bound=TcpSocket)


class TcpTelling(Generic[Stream]):
    """What happens to sockets; a family overrides what it tells, and is silent of the rest."""

    def opened(self, stream: Stream) -> None:
        """The handshake ended: connected, or broken."""

    def incoming(self, listener: Listener, stream: Stream) -> None:
        """A server has a new connection."""

    def arrived(self, stream: Stream) -> None:
        """Bytes can be read."""

    def acknowledged(self, stream: Stream) -> None:
        """The peer has more of the bytes sent."""

    def peer_closed(self, stream: Stream) -> None:
        """The peer's FIN came."""

    def broken(self, stream: Stream) -> None:
        """The connection was reset, or the peer is not heard any more."""

    def ended(self, stream: Stream) -> None:
        """Both FINs: the connection ended in order."""
