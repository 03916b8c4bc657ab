"""The customer of one test: a typed client of the Management API, signed in to the account.

    async def test_a_disabled_sim_is_thrown_off(api, sim_card, device):
        await device.send(b"42")
        await api.sims.update(SimUpdate(iccid=sim_card.iccid, ...))

No socket is opened: requests go to the API in the test's own loop and in its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from nce_sim.pytest_plugin.stage import Stage

if TYPE_CHECKING:
    from nce_api import AsyncClient
    from nce_sim import Backend

BASE_URL = "http://localhost/management-api"


@pytest.fixture
def api(backend: Backend, _nce_stage: Stage) -> Iterator[AsyncClient]:
    """An `nce_api.AsyncClient` with credentials of the world's account: `await api.sims.get(…)`.

    It waits by the world's clock where the API tells it to: ten requests a second pass.
    """
    import httpx

    from nce_api import AsyncClient
    from nce_sim.api.app import create_app

    account = backend.world.settings.account.organisation_id
    with backend.storage.unit(backend.wall_ms()) as work:
        issued = backend.access.credentials.create(
            account, "the fixture api", backend.wall_ms(), work
        )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(backend)))
    yield AsyncClient(BASE_URL, client_id=issued.client_id, client_secret=issued.secret, http=http)
    _nce_stage.run(http.aclose())
