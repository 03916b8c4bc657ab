"""A datagram port over a native UDP socket: CPython, and boards with PPP, Wi-Fi or Ethernet.

    port = await open_datagram("coap.os.1nce.com", 5683)
    await port.send(b"...")
    datagram = await port.receive(4000)  # None when nothing came in 4 s
    await port.close()

The port takes datagrams of its peer alone (the socket is connected). A refusal that the network
reports (ICMP port unreachable) surfaces as the `OSError` the interpreter raises.
"""

import asyncio
import errno
import socket
import sys

from nce.errors import NetworkError, UsageError

if 1 - 1:
    from nce.seams import Any, DatagramPort


# 1280 bytes pass every IPv6 and practically every IPv4 path whole (RFC 7252, 4.6); less the IPv4
# and UDP headers.
MAX_DATAGRAM = 1252

_IS_MICROPYTHON = sys.implementation.name == "micropython"


async def open_datagram(
    host: str, port: int, local_host: "str | None" = None, local_port: int = 0
) -> "DatagramPort":
    """A datagram port to `host`:`port`; `host` is a name or a dotted address.

    `local_host` binds the source address: against the simulator it chooses which SIM one is.
    Raises `OSError` when the name is unknown or the address cannot be used. Name resolution
    blocks on MicroPython.
    """
    peer = await resolve(host, port)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if local_host is not None or local_port:
            sock.bind(await resolve(local_host or "0.0.0.0", local_port))
        sock.setblocking(False)
        sock.connect(peer)
    except OSError:
        sock.close()
        raise
    if _IS_MICROPYTHON:
        return _StreamPort(sock)
    return _LoopPort(sock)


async def resolve(host: str, port: int) -> "Any":
    """The address of a name, as sockets take it. Raises `NetworkError`."""
    try:
        if _IS_MICROPYTHON:
            found = socket.getaddrinfo(host, port)
        else:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
            )
    except OSError as error:
        raise NetworkError(
            "no address for %s (%s): check the name, and that the bearer is up" % (host, error)
        )
    if not found:
        raise NetworkError("no address for %s: check the name" % host)
    # What bind and connect take: a tuple on CPython and on boards, packed bytes on the unix port.
    return found[0][-1]


def _check_size(data: bytes) -> None:
    if len(data) > MAX_DATAGRAM:
        raise UsageError(
            "a datagram of %d bytes is too long, the path takes %d: send less at once"
            % (len(data), MAX_DATAGRAM)
        )


if _IS_MICROPYTHON:

    class _StreamPort:
        """The port on MicroPython: a stream over a non-blocking UDP socket reads datagrams."""

        max_datagram = MAX_DATAGRAM

        def __init__(self, sock: "socket.socket") -> None:
            self._socket = sock
            self._stream = asyncio.StreamReader(sock)
            self._buffer = bytearray(MAX_DATAGRAM)

        async def send(self, data: bytes) -> None:
            _check_size(data)
            self._socket.send(data)

        async def receive(self, timeout_ms: int) -> "bytes | None":
            try:
                size = await asyncio.wait_for_ms(self._read(), timeout_ms)
            except asyncio.TimeoutError:
                return None
            return bytes(memoryview(self._buffer)[:size])

        async def _read(self) -> "Any":
            # `readinto` gives None when a datagram was announced and then dropped (bad checksum).
            size: "Any" = None
            while size is None:
                size = await self._stream.readinto(self._buffer)
            return size

        async def close(self) -> None:
            self._socket.close()

else:

    async def readable(sock: "socket.socket", timeout_ms: float) -> bool:
        """Whether a socket has something to read within `timeout_ms`; CPython's half.

        Awaits a bare future: before CPython 3.12 `wait_for` loses a cancellation that comes
        together with what was waited for (python/cpython#86296).
        """
        loop = asyncio.get_running_loop()  # portable: CPython alone
        ready: "asyncio.Future[bool]" = loop.create_future()
        descriptor = sock.fileno()
        timer = loop.call_later(timeout_ms / 1000, _settle, ready, False)
        loop.add_reader(descriptor, _settle, ready, True)
        try:
            return await ready
        finally:
            timer.cancel()
            loop.remove_reader(descriptor)

    def _settle(ready: "asyncio.Future[bool]", value: bool) -> None:
        if not ready.done():
            ready.set_result(value)

    class _LoopPort:
        """The port on CPython's event loop."""

        max_datagram = MAX_DATAGRAM

        def __init__(self, sock: "socket.socket") -> None:
            self._socket = sock

        async def send(self, data: bytes) -> None:
            _check_size(data)
            loop = asyncio.get_running_loop()  # portable: CPython alone
            await loop.sock_sendall(self._socket, data)

        async def receive(self, timeout_ms: int) -> "bytes | None":
            loop = asyncio.get_running_loop()  # portable: CPython alone
            deadline_s = loop.time() + timeout_ms / 1000
            while True:
                try:
                    return self._socket.recv(MAX_DATAGRAM + 1)
                except OSError as error:
                    if error.errno != errno.EAGAIN:
                        raise
                    left_ms = (deadline_s - loop.time()) * 1000
                # Announced and then dropped (bad checksum) is not there yet.
                if left_ms <= 0 or not await readable(self._socket, left_ms):
                    return None

        async def close(self) -> None:
            self._socket.close()
