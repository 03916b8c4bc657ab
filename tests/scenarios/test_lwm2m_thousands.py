"""4000 LwM2M clients that all come in the same instant: more than may wait for a commit."""

from __future__ import annotations

import pytest

from nce_sim.backend import Backend
from nce_sim.scenarios.open_world import TIMELINE_BYTES
from nce_sim.settings import Settings
from nce_sim.world import World
from support.lwm2m_thousands import REGISTER, ManyClients, request
from support.lwm2m_world import activate

CLIENTS = 4_000


@pytest.mark.slow
def test_all_are_served_though_many_are_asked_to_come_again(tmp_path):
    world = World(seed=1, settings=Settings(timeline_bytes=TIMELINE_BYTES))
    with Backend(world, db=str(tmp_path / "world.db")) as backend:
        activate(world, backend)
        clients = ManyClients(world, CLIENTS)
        clients.all_ask(request("/bs", "ep=a"), 0x44, wave=CLIENTS)
        refusals = clients.refusals
        assert refusals >= CLIENTS - 3 * backend.settings.store_max_waiting
        world.advance(20_000)
        assert len(backend.lwm2m_endpoint.bootstraps) == 0
        clients.all_ask(REGISTER, 0x41, wave=CLIENTS)
        assert clients.refusals > refusals
        organisation_id = world.settings.account.organisation_id
        assert len(backend.lwm2m.clients(organisation_id)) == CLIENTS
        assert len(backend.lwm2m_endpoint.downlink) == 0
