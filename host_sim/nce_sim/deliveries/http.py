"""Deliveries by HTTP, in real time: httpx, one connection for each request.

    transport = HttpTransport(settings)
    handle = transport.send(request, done)

The name is looked up once, its addresses are judged, and the connection goes to the one judged
(`targets`); certificate and SNI are those of the name. Redirects are not followed, proxies of the
environment are not used, and an answer is read no further than `most_answer_bytes`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence

import httpx

from nce_sim.clock import Handle
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.targets import TargetRefused, TargetRules
from nce_sim.deliveries.task_handle import TaskHandle
from nce_sim.deliveries.transport import Body, Done, Outcome, Request

# One connection for each request, and no compression: an answer is small.
_PLAIN = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


class HttpTransport:
    """Sends requests in the running asyncio loop."""

    def __init__(self, settings: DeliverySettings | None = None) -> None:
        self._settings = settings or DeliverySettings()
        self._rules = TargetRules(self._settings.allow_loopback)
        self._trust: ssl.SSLContext | None = None

    def send(self, request: Request, done: Done) -> Handle:
        return TaskHandle(self._outcome(request), done)

    def close(self) -> None:
        """Each request closes its own connection."""

    async def _outcome(self, request: Request) -> Outcome:
        try:
            async with asyncio.timeout(request.timeout_ms / 1000):
                return await self._exchange(request)
        except (TimeoutError, httpx.TimeoutException):
            text = f"no answer within {request.timeout_ms / 1000:g} s"
            return Outcome(None, text, is_late=True)
        except TargetRefused as error:
            return Outcome(None, str(error))
        except socket.gaierror:
            return Outcome(None, "the name of the server is not known")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Outcome(None, f"no connection, or no HTTP: {_reason(error)}")

    async def _exchange(self, request: Request) -> Outcome:
        target = self._rules.check(request.url)
        address = await self._rules.resolve(target, _look_up)
        headers = httpx.Headers({"User-Agent": self._settings.user_agent, **_PLAIN})
        headers.update(request.headers)
        headers["Host"] = target.authority
        async with (
            httpx.AsyncClient(
                verify=self._context(), trust_env=False, follow_redirects=False, timeout=None
            ) as client,
            client.stream(
                request.method,
                target.at(address),
                headers=headers,
                content=request.body,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            return Outcome(response.status_code, answer=await self._read(response))

    async def _read(self, response: httpx.Response) -> Body:
        """Take in an answer of a decent size; nobody needs the rest of another."""
        content_type = response.headers.get("content-type", "").partition(";")[0].strip()
        most, data = self._settings.most_answer_bytes, b""
        async for part in response.aiter_raw():
            data += part
            if len(data) > most:
                return Body(content_type, data[:most], is_whole=False)
        return Body(content_type, data)

    def _context(self) -> ssl.SSLContext:
        # Reading the certificates takes 20 ms, and a world that delivers nothing needs none.
        if self._trust is None:
            self._trust = ssl.create_default_context()
            self._trust.minimum_version = ssl.TLSVersion.TLSv1_2
            if self._settings.extra_ca_file is not None:
                self._trust.load_verify_locations(self._settings.extra_ca_file)
        return self._trust


async def _look_up(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
