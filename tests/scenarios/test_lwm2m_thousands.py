"""4000 LwM2M clients that all come in the same instant: more than may wait for a commit."""

from __future__ import annotations

import pytest

from nce_sim.backend import Backend
from nce_sim.scenarios.open_world import TIMELINE_BYTES
from nce_sim.settings import Settings
from nce_sim.world import World
from support.lwm2m_thousands import REGISTER, ManyClients, request
from support.lwm2m_world import activate, set_key

CLIENTS, A_FEW = 4_000, 10
KEY = b"the customer's key"


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


@pytest.mark.slow
def test_clients_of_another_dtls_are_served_by_the_keys_of_their_bootstraps(tmp_path):
    """A few of those whose thousands are measured (`tests/bench/lwm2m_clients.py`)."""
    secure = pytest.importorskip("support.lwm2m_secure_thousands")
    world = World(seed=1)
    with (
        Backend(world, db=str(tmp_path / "world.db")) as backend,
        secure.SecureClients(world, A_FEW) as clients,
    ):
        activate(world, backend)
        names = {}
        for home, sim in zip(clients.homes, world.sims, strict=True):
            names[home.host] = sim.iccid
            set_key(world, backend, sim.iccid, KEY)
        clients.connect(lambda host: (names[host], KEY))
        clients.all_ask(request("/bs", "ep=a"), 0x44)
        clients.pass_time(10_000)
        assert len(set(clients.keys.values()) - {KEY}) == A_FEW
        clients.connect(lambda host: (names[host], clients.keys[host]))
        clients.all_ask(REGISTER, 0x41)
        listed = backend.lwm2m.clients(world.settings.account.organisation_id)
        assert [one.registration.client.is_secure for one in listed] == [True] * A_FEW
