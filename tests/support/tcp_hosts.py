"""Hosts of TCP on the simulated internet, without a loop: they echo, keep still, or close."""

from nce_sim.network.tcp import Arrived, PeerClosed
from nce_sim.wire.datagram import Address
from nce_sim.world import World

SERVER = Address("203.0.113.7", 80)


class Host:
    """A server that keeps what it hears; an echo answers it, and closes after its peer."""

    def __init__(self, world: World, *, is_echo: bool = True, address: Address = SERVER):
        self.heard = bytearray()
        self.connections = []
        self.events = []
        self.is_reading = True
        self._is_echo = is_echo
        self._waiting = {}
        world.core.internet.tcp.listen(address, self._accept)

    @property
    def connection(self):
        """The latest."""
        return self.connections[-1]

    def say(self, data: bytes) -> None:
        """Send to the latest peer."""
        assert self.connection.send(data) == len(data)

    def _accept(self, connection):
        self.connections.append(connection)
        self._waiting[connection] = bytearray()
        return lambda event: self._happened(connection, event)

    def _happened(self, connection, event):
        self.events.append(event)
        if not self.is_reading:
            return
        if isinstance(event, Arrived):
            data = connection.receive(65_536)
            self.heard += data
            if self._is_echo:
                self._waiting[connection] += data
        waiting = self._waiting[connection]
        if waiting:
            del waiting[: connection.send(bytes(waiting))]
        if self._is_echo and connection.is_peer_closed and not waiting:
            connection.close()
        assert not isinstance(event, PeerClosed) or connection.is_peer_closed
