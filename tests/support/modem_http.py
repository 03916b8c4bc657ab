"""httpx over a modem: the network backend that httpcore takes, in a few lines.

async with client_over(modem) as client:
    answer = await client.get("http://example.com/")
"""

import asyncio

import httpcore
import httpx

from nce_modem.tls import start_tls


class ModemStream(httpcore.AsyncNetworkStream):
    """A stream of the modem as httpcore wants it."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes, timeout=None):
        try:
            return await asyncio.wait_for(self._reader.read(max_bytes), timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer, timeout=None):
        try:
            self._writer.write(buffer)
            await asyncio.wait_for(self._writer.drain(), timeout)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self):
        self._writer.close()
        await self._writer.wait_closed()

    async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        try:
            secured = await start_tls(self._writer, ssl_context, server_hostname, timeout)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return ModemStream(secured, secured)

    def get_extra_info(self, info):
        return self._writer.get_extra_info(info)


class ModemBackend(httpcore.AsyncNetworkBackend):
    """Opens the connections of httpcore on a modem."""

    def __init__(self, modem):
        self._modem = modem

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        try:
            opening = self._modem.open_connection(host, port)
            return ModemStream(*await asyncio.wait_for(opening, timeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


class ModemTransport(httpx.AsyncBaseTransport):
    """httpx's transport over a pool of httpcore with that backend."""

    def __init__(self, modem, context):
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=ModemBackend(modem)
        )

    async def handle_async_request(self, request):
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        extensions = request.extensions
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=extensions,
            )
        )
        content = b"".join([part async for part in answer.stream])
        await answer.aclose()
        return httpx.Response(answer.status, headers=answer.headers, content=content)

    async def aclose(self):
        await self._pool.aclose()


def client_over(modem, context=None):
    """An `httpx.AsyncClient` whose bytes go over the modem; radio takes its time.

    context: an `ssl.SSLContext` for https.
    """
    return httpx.AsyncClient(transport=ModemTransport(modem, context), timeout=120)
