"""A UDP socket without a fixed peer, where the family offers one.

socket = await modem.open_unconnected(local_port=5683)
await socket.send_to(b"hello", ("10.60.2.239", 4445))
found = await socket.receive_from(5000)     # (data, peer) or None; a peer is (host, port)

A server uses it as its listening port: `nce.coap.server`.
"""

from nce_modem.errors import UsageError
from nce_modem.families.family import UNCONNECTED
from nce_modem.sockets import DatagramSocket

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, Peer, Received


class UnconnectedSocket(DatagramSocket):
    """Sends to anyone, receives from anyone."""

    async def send(self, data: bytes) -> None:
        raise UsageError("this socket has no peer; use send_to")

    async def send_to(self, data: bytes, peer: "Peer") -> None:
        """Send one datagram to a peer, (dotted address, port).

        Raises the errors of `DatagramSocket.send`; `UsageError` for any other peer, such as the
        None of a datagram whose sender the modem did not name.
        """
        try:
            host, port = peer
        except (TypeError, ValueError):
            raise UsageError("%r is not a peer; give (dotted address, port)" % (peer,))
        await self._send(data, (host, port))

    async def receive_from(self, timeout_ms: int) -> "Received | None":
        """`(data, (host, port))`, or None when none came within `timeout_ms`."""
        return await self._receive(timeout_ms)


async def open_unconnected(modem: "Modem", local_port: int) -> UnconnectedSocket:
    """The implementation of `Modem.open_unconnected`."""
    if UNCONNECTED not in modem.family.profile.capabilities:
        raise UsageError(
            "%s has no unconnected sockets: its commands do not name the sender of a datagram; "
            "use open_datagram() to one peer; nce.coap.server.serve_on() answers that peer"
            % modem.family.profile.name
        )
    return await modem.open_socket(UnconnectedSocket, None, local_port)
