"""A portal user's session: the portal's own calls, and the Management API by the user's role.

    async with UserSession("https://localhost:8080/portal-api", token) as session:
        me = await session.portal.me()
        sim = await session.sims_v2.get("8988…")

The simulator serves it; 1NCE has no such API. Without a token a session can only sign in.
"""

from typing import Self

import httpx

from nce_api.client import TIMEOUT_S, ManagementApi, checked_url
from nce_api.drivers import Awaited
from nce_api.exchange import Exchange, SessionToken
from nce_api.groups.portal import Portal
from nce_api.retries import Retries


class UserSession(ManagementApi[Awaited]):
    """One session; `http` as for `AsyncClient`."""

    def __init__(
        self,
        base_url: str,
        token: str = "",
        *,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        address = checked_url(base_url)
        exchange = Exchange(SessionToken(token), retries or Retries())
        self._own = http is None
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        super().__init__(Awaited(exchange, self._http, address + "/management-api"), address)
        self.portal = Portal(Awaited(exchange, self._http, address))

    async def close(self) -> None:
        """End the connections, unless `http` was given."""
        if self._own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()
