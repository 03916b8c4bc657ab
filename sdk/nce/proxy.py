"""The CoAP proxy of 1NCE OS: HTTPS requests to its partners, by CoAP.

    proxy = Proxy(modem, device.credentials)        # over DTLS; Proxy(modem) is plain CoAP
    response = await proxy.ask(POST, CHUNKS, chunk, OCTET_STREAM)
    await proxy.close()

The proxy replaces `:iccid:` in a URI by the SIM's, and adds the keys of the customer's plugin. It
takes bodies of up to 5120 bytes. One session serves all requests until one of them fails.
"""

import io

from nce.coap import options
from nce.coap.client import CoapClient, Response
from nce.coap.codes import GET
from nce.coap.transfer import Transfer
from nce.errors import UsageError

if 1 - 1:
    from nce.seams import Any, Awaitable, Bearer, Callable, Mapping, RandomBytes


# Here and not in `endpoints`: every name that a device loads takes heap.
HOST = "coap.proxy.os.1nce.com"
PORT = 5683
SECURE_PORT = 5684
# Memfault: one chunk a request, as bytes.
CHUNKS = "https://chunks.memfault.com/api/v0/chunks/:iccid:"
PROXY_URI = 35
MOST_BYTES = 5_120


class _Sink:
    """Takes a body of bounded size."""

    def __init__(self, most: int) -> None:
        self.data = b""
        self._most = most

    def write(self, data: "Any") -> int:
        if len(self.data) + len(data) > self._most:
            raise OSError("the answer is larger than %d bytes" % self._most)
        self.data += bytes(data)
        return len(data)


class Proxy:
    """See above. `credentials_of` is a coroutine function: those of the Device Authenticator.

    random_bytes: n -> n unpredictable bytes; os.urandom by default. coap_options, dtls_options:
    keywords for CoapClient and DtlsPort.
    """

    def __init__(
        self,
        bearer: "Bearer",
        credentials_of: "Callable[[], Awaitable[Any]] | None" = None,
        random_bytes: "RandomBytes | None" = None,
        coap_options: "Mapping[str, Any] | None" = None,
        dtls_options: "Mapping[str, Any] | None" = None,
    ) -> None:
        self._bearer = bearer
        self._credentials_of = credentials_of
        self._random_bytes = random_bytes
        self._coap_options = dict(coap_options or {})
        self._dtls_options = dict(dtls_options or {})
        self._port: "Any" = None
        self._client: "CoapClient | None" = None

    async def ask(
        self,
        method: int,
        uri: str,
        payload: bytes = b"",
        content_format: "int | None" = None,
        path: str = "",
        most_bytes: int = MOST_BYTES,
    ) -> "Response":
        """The `Response` to a request, whole, whatever its code.

        `path`: Mender's is "mender". Raises `UsageError` for what does not fit, and what the
        bearer, the handshake and the client raise; the next request then begins a session again.
        """
        if len(payload) > MOST_BYTES:
            raise UsageError("the proxy takes %d bytes, not %d" % (MOST_BYTES, len(payload)))
        listed = options.path_options(path)
        if content_format is not None:
            listed += ((options.CONTENT_FORMAT, options.uint_value(content_format)),)
        listed += ((PROXY_URI, uri.encode()),)
        sink = _Sink(most_bytes)
        source = None if method == GET else io.BytesIO(payload)
        try:
            client = await self._connected()
            # A block of half a kilobyte leaves room for the URI, which goes with each.
            response = await Transfer(method, listed, source, sink, 512).run(client)
        except BaseException:  # a cancelled task gives its socket back, too
            await self.close()
            raise
        return Response(response.code, response.options, sink.data or response.payload)

    async def close(self) -> None:
        """Give the socket back."""
        port, self._port, self._client = self._port, None, None
        if port is not None:
            await port.close()

    async def _connected(self) -> "CoapClient":
        if self._client is not None:
            return self._client
        await self._bearer.attach()
        if self._credentials_of is None:
            self._port = await self._bearer.open_datagram(HOST, PORT)
        else:
            await self._secure(await self._credentials_of())
        self._client = CoapClient(self._port, self._random_bytes, **self._coap_options)
        return self._client

    async def _secure(self, credentials: "Any") -> None:
        from nce.dtls.session import DtlsPort

        port = await self._bearer.open_datagram(HOST, SECURE_PORT)
        self._port = port  # it is closed with us, also when there is no session
        secure = DtlsPort(
            port,
            credentials.identity,
            credentials.key,
            random_bytes=self._random_bytes,
            **self._dtls_options,
        )
        await secure.connect()
        self._port = secure
