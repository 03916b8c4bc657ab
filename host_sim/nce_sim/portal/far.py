"""A service elsewhere that has the Management API alone: 1NCE's, or a simulator's.

    house = Far("https://api.1nce.com/management-api", client_id, secret)
    house.code                                # of the link that lets its user in once
    await house.check()                       # ApiError when the credentials are wrong

The process has the credentials of one customer, so it lets in whoever follows the link that it
printed. Calls are queued: the service takes ten a second.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from urllib.parse import urlsplit

import httpx

from nce_api.client import TIMEOUT_S, AsyncClient
from nce_sim.portal.visit import Refused, Visit

A_SECOND = 10  # [D] calls of a customer
_TOKEN_BYTES = 32
_ROLE = "API user"


class Paced(httpx.AsyncBaseTransport):
    """Sends no more than so many requests a second; the others wait for their turn."""

    def __init__(self, inner: httpx.AsyncBaseTransport, a_second: float = A_SECOND) -> None:
        self._inner = inner
        self._every_s = 1 / a_second
        self._next_s = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for a turn, then send."""
        now_s = time.monotonic()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + self._every_s
        if turn_s > now_s:
            await asyncio.sleep(turn_s - now_s)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """End the connections."""
        await self._inner.aclose()


class Far:
    """One customer of a service elsewhere; sessions are of this process and end with it."""

    has_passwords = False

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        paced = Paced(transport or httpx.AsyncHTTPTransport())
        self._http = httpx.AsyncClient(transport=paced, timeout=TIMEOUT_S)
        self._client = AsyncClient(
            base_url, client_id=client_id, client_secret=client_secret, http=self._http
        )
        host = urlsplit(base_url).netloc
        self._visit = Visit(client_id, host, client_id, _ROLE, self._client)
        self._tokens: set[str] = set()
        self.code = secrets.token_urlsafe(_TOKEN_BYTES)

    async def check(self) -> None:
        """Ask for one SIM; ApiError says what is wrong."""
        await self._client.sims_v2.one_page(page=1, page_size=1)

    async def sign_in(self, email: str, password: str, address: str) -> str:
        """There are no passwords here."""
        raise Refused("Follow the link that `nce portal` printed.")

    async def follow(self, code: str, address: str) -> str:
        """The token of a new session, for the one link."""
        if not self.code or not hmac.compare_digest(code.encode(), self.code.encode()):
            raise Refused("This link was used, or is not of this portal. Start it again.")
        self.code = ""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._tokens.add(token)
        return token

    async def visit(self, token: str) -> Visit | None:
        """The customer, when the link was followed."""
        return self._visit if token in self._tokens else None

    async def sign_out(self, token: str) -> None:
        """End the session."""
        self._tokens.discard(token)

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()
