"""asyncio's streams over a connection of the world: for servers on the simulated internet.

    async def handler(reader, writer):              # asyncio.StreamReader, asyncio.StreamWriter
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    stack.listen(7, listener_for(handler))

The loop is the one that runs when a connection comes, on the world's clock. Data that the handler
does not read closes the window; data that the peer does not take makes `drain` wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from nce_sim.network.tcp.connection import Connection
from nce_sim.network.tcp.events import (
    Acknowledged,
    Arrived,
    Closed,
    OnEvent,
    PeerClosed,
    Refused,
    Reset,
    TcpEvent,
)
from nce_sim.network.tcp.stack import OnConnection

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HIGH_WATER = 65_536  # bytes written and not yet in the connection's buffer: `drain` waits
LOW_WATER = 16_384
_MOST_AT_ONCE = 65_536
_PUMPED_AT_ONCE = 16_384


# A loop knows its tasks weakly. The server of a connection that fell silent must not vanish with
# it when nobody listens there any more.
_SERVING: set[asyncio.Task[None]] = set()


def listener_for(handler: Handler) -> OnConnection:
    """A listener that runs `handler` for each connection, as `asyncio.start_server` does.

    A handler that fails aborts its connection, and the loop's exception handler is told.
    """

    def on_connection(connection: Connection) -> OnEvent:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = StreamTransport(loop, connection, protocol)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)

        async def run() -> None:
            await handler(reader, writer)

        def ended(task: asyncio.Task[None]) -> None:
            _SERVING.discard(task)
            error = None if task.cancelled() else task.exception()
            if task.cancelled() or error is not None:
                transport.abort()
            if error is not None:
                context = {"message": f"the server at {connection.local} failed"}
                loop.call_exception_handler({**context, "exception": error, "task": task})

        task = loop.create_task(run(), name=f"server {connection.local}")
        _SERVING.add(task)
        task.add_done_callback(ended)
        return transport.on_event

    return on_connection


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until their end, and then the end."""
    while data := await reader.read(_PUMPED_AT_ONCE):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A handler that sends everything back (RFC 862)."""
    with contextlib.suppress(ConnectionError):  # the device reset it, or is gone
        await pump(reader, writer)
    writer.close()


class StreamTransport(asyncio.Transport):
    """The transport under a StreamReader and a StreamWriter."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: Connection,
        protocol: asyncio.StreamReaderProtocol,
    ) -> None:
        super().__init__(
            {"peername": tuple(connection.remote), "sockname": tuple(connection.local)}
        )
        self._loop = loop
        self._connection = connection
        self._protocol = protocol
        self._unsent = bytearray()
        self._is_reading = True
        self._is_told_of_end = False
        self._is_ending = False  # a FIN follows what is unsent
        self._is_closing = False
        self._is_paused = False  # the protocol writes no more for now
        self._is_over = False  # the connection ended in order; the rest can still be read
        self._is_lost = False
        protocol.connection_made(self)

    def on_event(self, event: TcpEvent) -> None:
        """An event of the connection."""
        if isinstance(event, (Arrived, PeerClosed)):
            self._read()
        elif isinstance(event, Acknowledged):
            self._write_on()
        elif isinstance(event, Closed):
            self._is_over = True
            self._read()
        elif isinstance(event, (Reset, Refused)):
            self._lose(ConnectionResetError(f"{self._connection.remote}: {event.reason}"))

    # -- reading ---------------------------------------------------------------------------

    def is_reading(self) -> bool:
        return self._is_reading and not self._is_closing

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        self._loop.call_soon(self._read)

    def _read(self) -> None:
        while self.is_reading() and self._connection.pending:
            self._protocol.data_received(self._connection.receive(_MOST_AT_ONCE))
        is_end = self._connection.is_peer_closed and not self._connection.pending
        if is_end and not self._is_told_of_end:
            self._is_told_of_end = True
            self._protocol.eof_received()  # StreamReaderProtocol keeps the transport open
        if self._is_over and not self._connection.pending:
            self._lose(None)

    # -- writing ---------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._is_lost:
            return  # as asyncio's own transports: `drain` raises
        if self._is_ending:
            raise RuntimeError("cannot write after write_eof or close")
        self._unsent += data
        self._write_on()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._is_ending = True
        self._write_on()

    def get_write_buffer_size(self) -> int:
        return len(self._unsent)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return LOW_WATER, HIGH_WATER

    def _write_on(self) -> None:
        if self._is_lost:
            return
        while self._unsent:
            count = self._connection.send(bytes(self._unsent[: self._connection.free_bytes]))
            if count == 0:
                break
            del self._unsent[:count]
        if not self._is_paused and len(self._unsent) > HIGH_WATER:
            self._is_paused = True
            self._protocol.pause_writing()
        elif self._is_paused and len(self._unsent) <= LOW_WATER:
            self._is_paused = False
            self._protocol.resume_writing()
        if not self._unsent and self._is_closing:
            self._connection.close()
        elif not self._unsent and self._is_ending:
            self._connection.shut_down()

    # -- the end ---------------------------------------------------------------------------

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing and not self._is_lost:
            self._is_closing = self._is_ending = True
            self._write_on()

    def abort(self) -> None:
        if not self._is_lost:
            self._connection.abort()
            self._lose(None)

    def get_protocol(self) -> asyncio.StreamReaderProtocol:
        return self._protocol

    def _lose(self, error: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = self._is_closing = self._is_ending = True
            self._unsent.clear()
            self._loop.call_soon(self._protocol.connection_lost, error)
