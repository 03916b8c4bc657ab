"""A listening port over a native UDP socket: datagrams from every sender.

    port = await open_listener(3000)
    data, peer = await port.receive_from(60000)  # None when nothing came in a minute
    await port.send_to(b"...", peer)
    await port.close()

`peer` is the sender's address as the interpreter's sockets have it, to be given back as it came.
`nce.coap.server` serves on such a port.
"""

import asyncio
import errno
import socket
import sys

from nce.datagram import MAX_DATAGRAM, resolve

if 1 - 1:
    from nce.seams import Any, Iterator


_IS_MICROPYTHON = sys.implementation.name == "micropython"


async def open_listener(local_port: int, local_host: str = "0.0.0.0") -> "Listener":
    """A listening port at `local_host`:`local_port`. Raises `OSError` when the port is taken.

    What comes to another address of this computer is not heard: give the address of the modem's
    link, where there is Wi-Fi beside it. By default all are heard. Against the simulator the host
    is the SIM's loopback twin.
    """
    address = await resolve(local_host, local_port)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind(address)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return Listener(sock)


class Listener:
    """A listening port; `open_listener` makes it."""

    max_datagram = MAX_DATAGRAM

    def __init__(self, sock: "socket.socket") -> None:
        self._socket = sock

    async def send_to(self, data: bytes, peer: "Any") -> None:
        """Send one datagram. One that cannot be sent at once is lost, as datagrams may be."""
        try:
            self._socket.sendto(data, peer)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise

    async def receive_from(self, timeout_ms: int) -> "tuple[bytes, Any] | None":
        """`(data, peer)` of the next datagram, or None when nothing came in time."""
        received = self._receive()
        if received is None and timeout_ms > 0:
            await _readable(self._socket, timeout_ms)
            received = self._receive()
        return received

    async def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _receive(self) -> "tuple[bytes, Any] | None":
        try:
            return self._socket.recvfrom(MAX_DATAGRAM + 1)
        except OSError as error:
            # ECONNREFUSED: what was sent to some peer met a closed port; that is for its timers.
            if error.errno not in (errno.EAGAIN, errno.ECONNREFUSED):
                raise
            return None


if _IS_MICROPYTHON:

    def _queue_read(sock: "Any") -> "Iterator[Any]":
        # What the interpreter's own streams do; a stream itself does not tell the sender.
        queue = asyncio.core._io_queue  # pyright: ignore[reportAttributeAccessIssue]  # unnamed
        yield queue.queue_read(sock)

    async def _readable(sock: "Any", timeout_ms: int) -> None:
        try:
            await asyncio.wait_for_ms(_queue_read(sock), timeout_ms)
        except asyncio.TimeoutError:
            pass

else:
    from nce.datagram import readable as _readable
