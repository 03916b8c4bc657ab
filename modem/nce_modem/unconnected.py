"""A UDP socket without a fixed peer, where the family offers one.

socket = await modem.open_unconnected(local_port=5683)
await socket.send_to(b"hello", "10.60.2.239", 4445)
found = await socket.receive_from(5000)     # (data, (host, port)) or None
"""

from nce_modem.errors import UsageError
from nce_modem.sockets import DatagramSocket


class UnconnectedSocket(DatagramSocket):
    """Sends to anyone, receives from anyone."""

    async def send(self, data):
        raise UsageError("this socket has no peer; use send_to")

    async def send_to(self, data, host, port):
        """Send one datagram to a dotted address; raises what `DatagramSocket.send` raises.

        `UsageError` for what is no address or port: it may have come from the network.
        """
        await self._send(data, (host, port))

    async def receive_from(self, timeout_ms):
        """`(data, (host, port))`, or None when none came within `timeout_ms`.

        The address is None where the family does not tell it (`"peer_addr"` in its capabilities).
        """
        return await self._receive(timeout_ms)


async def open_unconnected(modem, local_port):
    """What `Modem.open_unconnected` does."""
    if "unconnected" not in modem.family.capabilities:
        raise UsageError("%s has no unconnected sockets" % modem.family.name)
    return await modem.open_socket(UnconnectedSocket, None, local_port)
