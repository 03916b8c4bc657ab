"""The client engine on real sockets: the thinnest adapter, for servers of others on loopback.

async with running(objects, version="1.0") as device:
    await device.told(events.REGISTERED)
    device.client.stop(device.now_ms()) ...
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from urllib.parse import urlsplit

from nce.lwm2m import events
from nce.lwm2m.client import Lwm2mClient

MAX_DATAGRAM = 1152
WAIT_S = 15


class _Port(asyncio.DatagramProtocol):
    def __init__(self, device, server):
        self.device, self.server = device, server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        self.device.heard.append(data)
        self.device.take(
            self.device.client.receive_datagram(self.server, data, self.device.now_ms())
        )

    def error_received(self, error):
        """A server that is not up yet: the engine repeats what had no answer."""


class Device:
    """A client with a port to each server that it asks for."""

    def __init__(self, objects, **settings):
        self.client = Lwm2mClient("nce-iot", objects, os.urandom, **settings)
        self.client.on_changed = self.look
        self.events, self.heard = [], []
        self._ports = {}
        self._timer = None
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def now_ms(self):
        return int(self._loop.time() * 1000)

    def take(self, told):
        """Do what a verb asks, send what there is, and set the timer."""
        for event in told:
            self.events.append(event)
            if event.kind == events.CONNECT:
                self._loop.create_task(self._open(event.server))
            elif event.kind == events.DISCONNECT:
                self._send(event.server)
                self._ports.pop(event.server).transport.close()
        for server in list(self._ports):
            self._send(server)
        self.look()
        self._news.set()

    def look(self):
        """Look at the next deadline."""
        if self._timer is not None:
            self._timer.cancel()
        due_ms = self.client.next_timeout()
        if due_ms is not None:
            wait_s = max(0, due_ms - self.now_ms()) / 1000
            self._timer = self._loop.call_later(wait_s, self._due)

    def _due(self):
        self.take(self.client.handle_timeout(self.now_ms()))

    async def _open(self, server):
        where = urlsplit(server.uri)
        _, port = await self._loop.create_datagram_endpoint(
            lambda: _Port(self, server), remote_addr=(where.hostname, where.port)
        )
        self._ports[server] = port
        self.take(self.client.connected(server, MAX_DATAGRAM, self.now_ms()))

    def _send(self, server):
        port = self._ports.get(server)
        for datagram in self.client.datagrams_to_send(server):
            port.transport.sendto(datagram)

    async def told(self, kind):
        """The first event of a kind, once it is there."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for event in self.events:
                    if event.kind == kind:
                        return event
                self._news.clear()
                await self._news.wait()

    async def end(self):
        if self._timer is not None:
            self._timer.cancel()
        for port in self._ports.values():
            port.transport.close()


@contextlib.asynccontextmanager
async def running(objects, **settings):
    """A client that has started."""
    device = Device(objects, **settings)
    try:
        device.take(device.client.start(device.now_ms()))
        yield device
    finally:
        await device.end()
