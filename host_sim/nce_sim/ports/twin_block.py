"""A free block of loopback twins: several worlds on one computer do not collide.

    from nce_sim.backend_settings import BackendSettings
    from nce_sim.ports.twin import TwinPorts

    block = TwinBlock.claim(settings, BackendSettings().addresses)
    world = World(1, clock=LoopClock(), settings=block.settings)     # its addresses are shifted
    twins = TwinPorts(world.core, loop, block)                       # takes the sockets over

The claim is the bind itself. Every world binds in the same order, by address: of two that race for
one block, the loser holds nothing that the winner still needs, and goes on to the next block.
"""

from __future__ import annotations

import dataclasses
import errno
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nce_sim.network.addresses import SHIFTS, shifted
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.settings import NetworkSettings, Settings

# Room for a burst of uplinks; the kernel grants net.core.rmem_max at most.
RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

Services = Callable[["NetworkSettings"], Iterable[Address]]


class TwinError(OSError):
    """A twin's socket cannot be had; the message names the address and what to try."""


def twin_of(host: str) -> str:
    """`127.a.b.c` of `10.a.b.c`, and the reverse; ValueError for another address."""
    first, _, rest = host.partition(".")
    swapped = {"10": "127", "127": "10"}.get(first)
    if swapped is None or not rest:
        raise ValueError(f"{host} is neither 10.a.b.c nor 127.a.b.c: it has no twin")
    return f"{swapped}.{rest}"


class TwinBlock:
    """The sockets at the twins of one world's services, and the settings that go with them."""

    def __init__(
        self, shift: int, settings: Settings, sockets: dict[Address, socket.socket]
    ) -> None:
        self.shift = shift
        self.settings = settings
        self._sockets = sockets

    @classmethod
    def claim(cls, settings: Settings, services: Services, shift: int | None = None) -> TwinBlock:
        """Bind the twins of `services(network)`; `shift` None takes the first block that is free.

        Raises TwinError when no block is free, when the one that was asked for is taken, and when
        this computer has no such addresses.
        """
        error: TwinError | None = None
        for by in range(SHIFTS) if shift is None else (shift,):
            network = shifted(settings.network, by)
            try:
                sockets = bind_all(services(network))
            except TwinError as taken:
                if taken.errno != errno.EADDRINUSE:
                    raise
                error = taken
                continue
            return cls(by, dataclasses.replace(settings, network=network), sockets)
        assert error is not None
        if shift is not None:
            raise TwinError(error.errno, f"block {shift} is not free: {error.strerror}") from error
        raise TwinError(
            error.errno,
            f"none of the {SHIFTS} blocks of twins is free; of the last one, {error.strerror}. "
            "A program that listens at the port on all addresses (0.0.0.0) takes every block",
        ) from error

    def take(self, address: Address) -> socket.socket | None:
        """The socket claimed for a simulated address, whose owner is the caller from now on."""
        return self._sockets.pop(address, None)

    def close(self) -> None:
        """Close the sockets that nobody took; harmless when repeated."""
        while self._sockets:
            self._sockets.popitem()[1].close()


def bind_all(addresses: Iterable[Address]) -> dict[Address, socket.socket]:
    """A socket at the twin of each simulated address, or none at all and a TwinError."""
    sockets: dict[Address, socket.socket] = {}
    try:
        for address in sorted(set(addresses), key=_in_order):
            sockets[address] = _bound(twin_of(address.host), address.port)
    except TwinError:
        for opened in sockets.values():
            opened.close()
        raise
    return sockets


def _in_order(address: Address) -> tuple[bytes, int]:
    return socket.inet_aton(address.host), address.port


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise TwinError(error.errno, _explained(error, host, port)) from error
    return bound


def _explained(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{host}:{port} is in use, perhaps by another world "
            f"(`ss -ulpn 'sport = :{port}'` shows by whom)"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{host} is not an address of this machine; add it with "
            f"`ifconfig lo0 alias {host}` or run without twins"
        )
    return f"cannot bind {host}:{port}: {error.strerror}"
