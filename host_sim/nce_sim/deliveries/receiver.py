"""A customer's server that keeps what it gets: inside a virtual world, or on loopback.

receiver = VirtualReceiver(transport)                   # https://receiver.example.com/
receiver.status, receiver.delay_ms = 503, 0             # what it answers from now on
receiver.requests[0].json["type"]

async with LoopbackReceiver.opened() as receiver:       # http://127.0.0.1:PORT/, real time
    ...
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import h11

from nce_sim.deliveries.transport import Request
from nce_sim.deliveries.virtual import Answer, VirtualTransport

_MOST_BYTES = 16_000_000
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int | None = None  # what it was answered

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """What both have: the requests, and what is answered to the next ones."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Received] = []
        self.status: int | None = 200
        self.delay_ms = 0
        self._arrived = asyncio.Event()

    @property
    def bodies(self) -> list[Any]:
        """The JSON of all requests."""
        return [request.json for request in self.requests]

    async def wait_for(self, count: int, timeout_s: float = 60.0) -> list[Received]:
        """The requests once there are `count`; TimeoutError when they do not come in time."""
        async with asyncio.timeout(timeout_s):
            while len(self.requests) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.requests

    def _take(self, received: Received) -> Answer:
        self.requests.append(replace(received, status=self.status))
        self._arrived.set()
        return Answer(self.status, self.delay_ms)


class VirtualReceiver(Receiver):
    """A server of the virtual world, at any URL."""

    def __init__(
        self, transport: VirtualTransport, url: str = "https://receiver.example.com/"
    ) -> None:
        super().__init__(url)
        self.close = transport.serve(url, self._serve)

    def _serve(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = "/" + request.url.partition("://")[2].partition("/")[2]
        return self._take(Received(request.method, path, headers, request.body))


class LoopbackReceiver(Receiver):
    """A server at 127.0.0.1, port 0 takes a free one; with `tls` it speaks HTTPS."""

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> AsyncIterator[LoopbackReceiver]:
        receiver = cls("")
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(receiver._talk(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        receiver.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}/"
        try:
            yield receiver
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = self._take(await _request(connection, reader))
                await asyncio.sleep(answer.delay_ms / 1000)
                if answer.status is not None:
                    await _respond(connection, writer, answer.status)
        except (OSError, TimeoutError, h11.RemoteProtocolError):
            pass  # its peer's own trouble
        finally:
            writer.close()


async def _request(connection: h11.Connection, reader: asyncio.StreamReader) -> Received:
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
            if len(body) > _MOST_BYTES:
                raise OSError(f"a request of more than {_MOST_BYTES} bytes")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            return Received(head.method.decode(), head.target.decode(), headers, body)
        else:
            raise OSError("the connection ended within a request")


async def _respond(connection: h11.Connection, writer: asyncio.StreamWriter, status: int) -> None:
    headers = [("Content-Length", "0"), ("Connection", "close")]
    if 300 <= status < 400:
        headers.append(("Location", "/elsewhere"))
    for event in (h11.Response(status_code=status, headers=headers), h11.EndOfMessage()):
        data = connection.send(event)
        if data:
            writer.write(data)
    await writer.drain()
