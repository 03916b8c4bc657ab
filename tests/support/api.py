"""A client of the simulated Management API, without a socket and in virtual time.

    @in_world
    async def test_something(place):
        answer = await place.get("/v1/products")
        assert answer.status_code == 200

`place.world`, `place.backend` and `place.client` are the parts; `place.as_nobody` has no token.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import httpx

from nce_sim import Backend, World, run_virtual
from nce_sim.account.access.settings import AccessSettings
from nce_sim.api.app import create_app
from nce_sim.api.settings import ApiSettings
from nce_sim.backend_settings import BackendSettings

BASE = "http://localhost/management-api"
# Hashing that costs nothing.
QUICK = BackendSettings(access=AccessSettings(scrypt_cost=2))
ANY_RATE = ApiSettings(rate_limits={})


class Place:
    """A world, its backend, and a client with the first credentials of the default account."""

    def __init__(self, world: World, backend: Backend, settings: ApiSettings) -> None:
        self.world, self.backend = world, backend
        self.app = create_app(backend, settings)
        self.organisation_id = world.settings.account.organisation_id
        issued = backend.access.first_credentials(self.organisation_id, backend.wall_ms())
        assert issued is not None
        self.client_id, self.secret = issued.client_id, issued.secret
        self.as_nobody = self.http()
        self.client = self.http()

    def http(self, base: str = BASE) -> httpx.AsyncClient:
        """A client without a token; a failure of the server is an answer 500, as on a socket."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=base)

    async def token(self, client_id: str, secret: str) -> httpx.Response:
        """The answer to a request for a token, as 1NCE's examples send it."""
        return await self.as_nobody.post(
            "/oauth/token", auth=(client_id, secret), json={"grant_type": "client_credentials"}
        )

    async def sign_in(self) -> None:
        answer = await self.token(self.client_id, self.secret)
        assert answer.status_code == 200, answer.text
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.post(path, **more)

    async def put(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.put(path, **more)

    async def patch(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.patch(path, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.delete(path, **more)


def in_world(
    test: Callable[..., Any] | None = None, *, settings: ApiSettings = ANY_RATE
) -> Callable[..., Any]:
    """Run `test(place, ...)` in virtual time; all without rate limits unless `settings` say so."""
    if test is None:
        return functools.partial(in_world, settings=settings)
    scene = test

    @functools.wraps(scene)
    def run(**fixtures: Any) -> None:
        async def main(clock: Any) -> None:
            world = World(1, clock=clock)
            with Backend(world, settings=QUICK) as backend:
                place = Place(world, backend, settings)
                await place.sign_in()
                await scene(place, **fixtures)

        run_virtual(main)

    # pytest reads the signature: the place is not a fixture.
    del run.__wrapped__  # type: ignore[attr-defined]
    run.__signature__ = _without_first(scene)  # type: ignore[attr-defined]
    return run


def _without_first(scene: Callable[..., Any]) -> Any:
    signature = inspect.signature(scene)
    return signature.replace(parameters=list(signature.parameters.values())[1:])
