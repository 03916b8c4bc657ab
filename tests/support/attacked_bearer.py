"""A device's bearer over the simulated network, with somebody who reads it and sends forgeries.

    bearer = AttackedBearer(world, sim, on_uplink)
    device = Device(bearer, ...)

`on_uplink(bearer, datagram)` sees each datagram of the device before the network has it, and may
`bearer.forge(payload, source, port)`: a datagram with any source address, which the device gets at
once, before the true server's answer. The network itself is left alone: nothing is held back.
"""

from __future__ import annotations

import asyncio
import errno

from nce_sim.wire.datagram import Address, Datagram

FIRST_PORT = 40_000


class AttackedBearer:
    max_datagram = 1200

    def __init__(self, world, sim, on_uplink=None):
        self.core = world.core
        self.sim = sim
        self.iccid = sim.iccid
        self.on_uplink = on_uplink
        self.asked = []  # every (host, port) that the device opened
        self.uplinks = []  # every datagram of the device
        self._ports = {}
        self._next_port = FIRST_PORT
        self._session = None

    async def attach(self):
        if self._session is None:
            self._session = self.core.open_session(self.sim, self._deliver)

    async def open_datagram(self, host, port):
        self.asked.append((host, port))
        addresses = self.core.resolve(host) or ([host] if host.replace(".", "").isdigit() else [])
        if not addresses:
            raise OSError(errno.EHOSTUNREACH, f"no address of {host}")
        self._next_port += 1
        opened = Port(self, self._next_port, Address(addresses[0], port))
        self._ports[self._next_port] = opened
        return opened

    def forge(self, payload, source, port):
        """The device gets `payload` at its `port`, as if from `source`."""
        self._deliver(Datagram(source, Address(self._session.host, port), payload))

    def _send(self, port, destination, payload):
        datagram = Datagram(Address(self._session.host, port), destination, payload)
        self.uplinks.append(datagram)
        if self.on_uplink is not None:
            self.on_uplink(self, datagram)
        self._session.send(datagram)

    def _deliver(self, datagram):
        opened = self._ports.get(datagram.destination.port)
        if opened is not None and datagram.source == opened.destination:  # a connected socket
            opened.inbox.put_nowait(datagram.payload)


class Port:
    max_datagram = 1200

    def __init__(self, bearer, number, destination):
        self.destination = destination
        self.inbox = asyncio.Queue()
        self._bearer = bearer
        self._number = number

    async def send(self, data):
        self._bearer._send(self._number, self.destination, data)

    async def receive(self, timeout_ms):
        try:
            return await asyncio.wait_for(self.inbox.get(), timeout_ms / 1000)
        except TimeoutError:
            return None

    async def close(self):
        self._bearer._ports.pop(self._number, None)
