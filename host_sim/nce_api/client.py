"""The two clients: `Client` blocks, `AsyncClient` is awaited; their methods are the same.

with Client(client_id="…", client_secret="…") as client:
    for sim in client.sims_v2.list():
        print(sim.iccid, sim.status)
"""

from ipaddress import ip_address
from typing import Generic, Self
from urllib.parse import urlsplit

import httpx

from nce_api.drivers import Awaited, Blocking
from nce_api.exchange import Credentials, Exchange
from nce_api.groups.clouds import Clouds
from nce_api.groups.devices import Devices
from nce_api.groups.inspection import Inspector, Templates
from nce_api.groups.locator import Locator
from nce_api.groups.plugins import Plugins
from nce_api.groups.settings import Logs, Settings
from nce_api.groups.sims import Sims
from nce_api.groups.sims_v2 import SimsV2
from nce_api.groups.trade import Orders, Products, Support
from nce_api.method import M
from nce_api.retries import Retries

BASE_URL = "https://api.1nce.com/management-api"
TIMEOUT_S = 30.0


class ManagementApi(Generic[M]):
    """The Management API by its groups: what all clients have."""

    def __init__(self, driver: M, base_url: str) -> None:
        self.base_url = base_url
        self.sims = Sims(driver)
        self.sims_v2 = SimsV2(driver)
        self.orders = Orders(driver)
        self.products = Products(driver)
        self.support = Support(driver)
        self.devices = Devices(driver)
        self.templates = Templates(driver)
        self.inspector = Inspector(driver)
        self.locator = Locator(driver)
        self.clouds = Clouds(driver)
        self.plugins = Plugins(driver)
        self.settings = Settings(driver)
        self.logs = Logs(driver)

    def __repr__(self) -> str:
        return "%s(base_url=%r)" % (type(self).__name__, self.base_url)


class Client(ManagementApi[Blocking]):
    """1NCE's Management API, or a simulator of it, from a program that may block.

    `base_url` ends before `/v1`. `http`: a client of httpx's that is used instead of one of our
    own, for a proxy, a certificate authority or a time-out; who made it closes it. Threads may
    share a client.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        client_id: str,
        client_secret: str,
        retries: Retries | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        address = checked_url(base_url)
        exchange = Exchange(_credentials(client_id, client_secret), retries or Retries())
        self._own = http is None
        self._http = http or httpx.Client(timeout=TIMEOUT_S)
        super().__init__(Blocking(exchange, self._http, address), address)

    def close(self) -> None:
        """End the connections, unless `http` was given."""
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class AsyncClient(ManagementApi[Awaited]):
    """1NCE's Management API, or a simulator of it, from asyncio; arguments as for `Client`."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        *,
        client_id: str,
        client_secret: str,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        address = checked_url(base_url)
        exchange = Exchange(_credentials(client_id, client_secret), retries or Retries())
        self._own = http is None
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        super().__init__(Awaited(exchange, self._http, address), address)

    async def close(self) -> None:
        """End the connections, unless `http` was given."""
        if self._own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()


def _credentials(client_id: str, client_secret: str) -> Credentials:
    for name, value in (("client_id", client_id), ("client_secret", client_secret)):
        if not value:
            raise ValueError("%s is empty: 1NCE's portal makes one, Account, API access" % name)
    # RFC 7617, 2: the first colon ends the name.
    if ":" in client_id:
        raise ValueError("client_id has a colon, which Basic authentication cannot carry")
    return Credentials(client_id, client_secret)


def checked_url(base_url: str) -> str:
    """The address without a slash at its end; ValueError says what is wrong with it."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url is %r: it begins with https:// and names a host" % base_url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("base_url has more than scheme, host, port and path: leave the rest out")
    # The secret would be readable on the way; on this computer a simulator may do without TLS.
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("base_url is %r: take https, http is for this computer alone" % base_url)
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
