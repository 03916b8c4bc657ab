"""A TLS server on the simulated internet: OpenSSL, by CPython's `ssl`, over the world's streams.

world.core.internet.serve(SERVER, secured(handler, authority.server_context("server.test")))
"""

import asyncio
import ssl


class TlsPeer:
    """The server's reader and writer in one; `was_closed`: by the client's close_notify."""

    def __init__(self, reader, writer, context):
        self.reader, self.writer = reader, writer
        self.came, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.came, self.leaving, server_side=True)
        self.was_closed = False
        self.kept = b""

    async def run(self, function, *arguments):
        """Call a function of the TLS object, as often as it wants more bytes; None at the end."""
        while True:
            try:
                result = function(*arguments)
            except ssl.SSLWantReadError:
                await self.flush()
                data = await self.reader.read(4096)
                if not data:
                    return None
                self.came.write(data)
            else:
                await self.flush()
                return result
            finally:
                self.writer.write(self.leaving.read())

    async def flush(self):
        self.writer.write(self.leaving.read())
        await self.writer.drain()

    async def read(self, most=4096):
        data = await self.run(self.object.read, most)
        self.was_closed = self.was_closed or data == b""
        return data or b""

    async def readexactly(self, count):
        while len(self.kept) < count:
            data = await self.read()
            if not data:
                raise asyncio.IncompleteReadError(self.kept, count)
            self.kept += data
        data, self.kept = self.kept[:count], self.kept[count:]
        return data

    def write(self, data):
        self.object.write(data)
        self.writer.write(self.leaving.read())

    async def drain(self):
        await self.writer.drain()

    def close(self, notify=True):
        if notify:
            try:
                self.object.unwrap()
            except ssl.SSLError:
                pass  # the client has not closed
            self.writer.write(self.leaving.read())
        self.writer.close()


def secured(handler, context, failures=None):
    """A handler of the world's for `handler(peer)`; `failures` gets why handshakes ended."""

    async def handle(reader, writer):
        peer = TlsPeer(reader, writer, context)
        try:
            await peer.run(peer.object.do_handshake)
        except ssl.SSLError as error:
            if failures is not None:
                failures.append(error.reason)
            writer.close()
            return
        await handler(peer)

    return handle
