"""One TCP connection as its user has it: bytes in, bytes out, events on the world's clock.

connection = stack.connect(Address("203.0.113.7", 80), on_event)
taken = connection.send(b"GET / HTTP/1.0\r\n\r\n")       # how many bytes the buffer took
connection.receive(1_500)                               # what is there; b"" when nothing
connection.shut_down(); connection.close(); connection.abort()

Events of segments and timers come at once, on the clock's call; events that a call of the user
causes come after that call has returned.
"""

from __future__ import annotations

from nce_sim.network.tcp.states import TcpState
from nce_sim.wire.datagram import Address


class Connection:
    """One end of a connection. `local` and `remote` are its addresses."""

    local: Address
    remote: Address

    @property
    def state(self) -> TcpState:
        """RFC 9293, 3.3.2."""
        raise NotImplementedError

    @property
    def pending(self) -> int:
        """Bytes that can be received now."""
        raise NotImplementedError

    @property
    def total_received(self) -> int:
        """Bytes that came in order since the connection began."""
        raise NotImplementedError

    @property
    def read_bytes(self) -> int:
        """Bytes that `receive` returned."""
        raise NotImplementedError

    @property
    def sent_bytes(self) -> int:
        """Bytes that `send` took."""
        raise NotImplementedError

    @property
    def acknowledged_bytes(self) -> int:
        """Bytes that the peer has acknowledged."""
        raise NotImplementedError

    @property
    def free_bytes(self) -> int:
        """Bytes that `send` would take now."""
        raise NotImplementedError

    @property
    def is_peer_closed(self) -> bool:
        """Whether the peer's FIN came; all bytes before it may still be read."""
        raise NotImplementedError

    def send(self, data: bytes) -> int:
        """Take bytes to send, as many as the buffer has room for; 0 when it is full.

        Before `Connected` they wait. NotOpen after `shut_down`, `close` and the end.
        """
        raise NotImplementedError

    def receive(self, limit: int) -> bytes:
        """At most `limit` of the bytes that are there; also after the end."""
        raise NotImplementedError

    def shut_down(self) -> None:
        """Send a FIN behind the bytes taken: half close. Harmless when repeated."""
        raise NotImplementedError

    def close(self) -> None:
        """The same, and nothing is received any more; `Closed` or `Reset` follows.

        Bytes that came and were not read, or that still come, reset the connection (RFC 1122,
        4.2.2.13), so that the peer learns that they are lost.
        """
        raise NotImplementedError

    def abort(self) -> None:
        """Send an RST and forget the connection; no event follows."""
        raise NotImplementedError
