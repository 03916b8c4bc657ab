"""Loopback twins: outside programs reach simulated services, and are SIMs by their address.

Every simulated address `10.a.b.c` has the twin `127.a.b.c`. A program that binds to `127.160.0.7`
*is* the SIM whose address is `10.160.0.7`; one bound elsewhere is a stranger to every service.
Twins have UDP alone: TCP is of a modem's session.

    twins = TwinPorts(core, loop, block)    # the block that the world claimed: see `twin_block`
    await twins.open()                      # 127.60.2.219:5683 and so on
    print(twins.addresses)
    twins.close()

On Linux all of 127.0.0.0/8 is there. Elsewhere an address needs `ifconfig lo0 alias 127.a.b.c`.
"""

from __future__ import annotations

import asyncio
import errno
import socket

from nce_sim.network.core import Core
from nce_sim.ports.twin_block import TwinBlock, TwinError, bind_all, twin_of
from nce_sim.wire.datagram import Address, Datagram

__all__ = ["TwinBlock", "TwinError", "TwinPorts", "twin_of"]

# Datagrams taken at one wake-up: one batch for the services, and a bound on how long other work
# of the loop waits.
MOST_AT_ONCE = 64
MOST_BYTES = 65_535


class TwinPorts:
    """A UDP socket at the twin of every service address of a core.

    `lost` counts datagrams that the machine did not take, and those of senders without a twin.
    """

    def __init__(
        self, core: Core, loop: asyncio.AbstractEventLoop, block: TwinBlock | None = None
    ) -> None:
        self.lost = 0
        self._core = core
        self._loop = loop
        self._block = block
        self._sockets: dict[Address, socket.socket] = {}

    @property
    def addresses(self) -> dict[Address, Address]:
        """Simulated address to twin, of the sockets that are open."""
        return {address: Address(twin_of(address.host), address.port) for address in self._sockets}

    async def open(self) -> None:
        """Listen at the twins of all service addresses; TwinError when one cannot be bound.

        Again, it adds the services that came since. A failure closes everything.
        """
        try:
            self._open()
        except TwinError:
            self.close()
            raise
        self._core.set_twin(self._deliver)

    def _open(self) -> None:
        wanted = [address for address in self._core.listeners() if address not in self._sockets]
        for address in wanted:
            claimed = self._block.take(address) if self._block is not None else None
            if claimed is not None:
                self._listen(address, claimed)
        rest = [address for address in wanted if address not in self._sockets]
        for address, bound in bind_all(rest).items():
            self._listen(address, bound)

    def serve(self, core: Core) -> None:
        """Serve another core, whose services are at the same addresses."""
        self._core.set_twin(None)
        self._core = core
        core.set_twin(self._deliver)

    def close(self) -> None:
        """Close all sockets, and the block's; harmless when repeated."""
        if self._sockets:
            self._core.set_twin(None)
        for opened in self._sockets.values():
            self._loop.remove_reader(opened.fileno())
            opened.close()
        self._sockets.clear()
        if self._block is not None:
            self._block.close()

    def _listen(self, address: Address, bound: socket.socket) -> None:
        self._sockets[address] = bound
        self._loop.add_reader(bound.fileno(), self._readable, address, bound)

    def _readable(self, address: Address, bound: socket.socket) -> None:
        """Take what is there as one batch; the rest wakes the loop again."""
        batch = []
        for _ in range(MOST_AT_ONCE):
            try:
                payload, (host, port) = bound.recvfrom(MOST_BYTES)
            except BlockingIOError:
                break
            except OSError:
                # An error of one datagram, such as an ICMP report about an earlier one.
                self.lost += 1
                continue
            try:
                source = Address(twin_of(host), port)
            except ValueError:
                self.lost += 1
                continue
            batch.append(Datagram(source, address, payload))
        self._core.send_all(batch)

    def _deliver(self, datagram: Datagram) -> None:
        bound = self._sockets.get(datagram.source)
        try:
            receiver = twin_of(datagram.destination.host)
        except ValueError:
            bound = None
        if bound is None:
            self._core.drop(datagram, "nobody is there")
            return
        try:
            bound.sendto(datagram.payload, (receiver, datagram.destination.port))
        except OSError as error:
            # Most often full buffers (EAGAIN, ENOBUFS). UDP may lose data; the world goes on.
            self.lost += 1
            name = errno.errorcode.get(error.errno or 0, "an error")
            self._core.drop(datagram, f"its twin could not send it: {name}")
