"""Loopback twins: outside programs reach simulated services, and are SIMs by their address.

Every simulated address `10.a.b.c` has the twin `127.a.b.c`. A program that binds to `127.160.0.7`
*is* the SIM whose address is `10.160.0.7`; one bound elsewhere is a stranger to every service.

    twins = TwinPorts(core, loop)
    await twins.open()                 # 127.60.2.219:5683 and so on, whatever the core listens at
    print(twins.addresses)
    twins.close()

On Linux all of 127.0.0.0/8 is there. Elsewhere an address needs `ifconfig lo0 alias 127.a.b.c`.
"""

from __future__ import annotations

import asyncio
import errno
import socket

from nce_sim.network.core import Core
from nce_sim.network.datagram import Address, Datagram


class TwinError(OSError):
    """A twin's socket cannot be had; the message names the address and what to try."""


def twin_of(host: str) -> str:
    """`127.a.b.c` of `10.a.b.c`, and the reverse; ValueError for another address."""
    first, _, rest = host.partition(".")
    swapped = {"10": "127", "127": "10"}.get(first)
    if swapped is None or not rest:
        raise ValueError(f"{host} is neither 10.a.b.c nor 127.a.b.c: it has no twin")
    return f"{swapped}.{rest}"


class TwinPorts:
    """A UDP socket at the twin of every service address of a core."""

    def __init__(self, core: Core, loop: asyncio.AbstractEventLoop) -> None:
        self._core = core
        self._loop = loop
        self._transports: dict[Address, asyncio.DatagramTransport] = {}

    @property
    def addresses(self) -> dict[Address, Address]:
        """Simulated address to twin, of the sockets that are open."""
        return {
            address: Address(twin_of(address.host), address.port) for address in self._transports
        }

    async def open(self) -> None:
        """Bind the twins of all service addresses; TwinError when one cannot be bound."""
        try:
            for address in self._core.listeners():
                if address not in self._transports:
                    self._transports[address] = await self._bind(address)
        except TwinError:
            self.close()
            raise
        self._core.set_twin(self._deliver)

    def close(self) -> None:
        """Close all sockets; harmless when repeated."""
        if self._transports:
            self._core.set_twin(None)
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    async def _bind(self, address: Address) -> asyncio.DatagramTransport:
        host, port = twin_of(address.host), address.port
        # Made here and not by asyncio, so that a failure names the address.
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.setblocking(False)
        try:
            bound.bind((host, port))
        except OSError as error:
            bound.close()
            raise TwinError(error.errno, _explained(error, host, port)) from error
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Twin(self._core, address), sock=bound
        )
        return transport

    def _deliver(self, datagram: Datagram) -> None:
        transport = self._transports.get(datagram.source)
        if transport is None or transport.is_closing():
            return
        try:
            receiver = twin_of(datagram.destination.host)
        except ValueError:
            return
        transport.sendto(datagram.payload, (receiver, datagram.destination.port))


class _Twin(asyncio.DatagramProtocol):
    def __init__(self, core: Core, address: Address) -> None:
        self._core = core
        self._address = address

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        source = Address(twin_of(addr[0]), addr[1])
        self._core.send(Datagram(source, self._address, data))

    def error_received(self, exc: Exception) -> None:
        """A program that went away without a word: ICMP says so, and nothing follows from it."""


def _explained(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{host}:{port} is in use, perhaps by another simulator; stop that one "
            f"(`ss -ulpn 'sport = :{port}'` shows it) or run without twins"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{host} is not an address of this machine; add it with "
            f"`ifconfig lo0 alias {host}` or run without twins"
        )
    return f"cannot bind {host}:{port}: {error.strerror}"
