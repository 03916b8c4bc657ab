"""A world whose customer uses the LwM2M endpoint.

with lwm2m_world() as (world, backend):
    client = HandClient(world)
    act(backend, client, "read", "/3303/0")          # the number of the action
    outcome(backend, number)                           # status, code, payload
"""

import asyncio
import contextlib

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.world import World
from support.twin_world import TIMEOUT_S


@contextlib.contextmanager
def lwm2m_world(db=None, seed=1, **settings):
    """World and backend in virtual time."""
    world = World(seed=seed)
    with Backend(world, db=db, settings=BackendSettings(**settings)) as backend:
        activate(world, backend)
        yield world, backend


def activate(world, backend):
    """Switch the endpoint on, as a customer does first."""
    organisation_id = world.settings.account.organisation_id
    with backend.storage.unit() as work:
        backend.device_integrator.change(
            organisation_id, "LWM2M", is_active=True, settings={}, work=work
        )


def set_key(world, backend, iccid, key):
    """The customer's key for the bootstrap by DTLS."""
    organisation_id = world.settings.account.organisation_id
    with backend.storage.unit() as work:
        backend.authenticator.set_key(organisation_id, iccid, "LWM2M", key.hex(), "HEX", work=work)


def act(backend, client, action, path, data=None, **more):
    """Order an action of the controller; its number."""
    organisation_id = client.world.settings.account.organisation_id
    with backend.storage.unit() as work:
        accepted = backend.controller.create(
            organisation_id, client.iccid, Lwm2mAction(action, path, data, **more), work
        )
    return accepted.request_id


def outcome(backend, client, request_id):
    """An action as it is now."""
    organisation_id = client.world.settings.account.organisation_id
    return backend.controller.request(organisation_id, request_id)


def reported(backend, client):
    """The values that came of a client, or of a SIM, oldest first."""
    items = backend.inspector.history(client.iccid, page_size=None)
    return [item.value for item in items][::-1]


async def done(twins, action, path, **more):
    """An action in real time, when it has ended."""
    backend, organisation_id = twins.backend, twins.world.settings.account.organisation_id
    accepted = await backend.write(
        lambda work: backend.controller.create(
            organisation_id, twins.sim.iccid, Lwm2mAction(action, path, **more), work
        )
    )
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            request = backend.controller.request(organisation_id, accepted.request_id)
            if request.status in ("SUCCEEDED", "FAILED"):
                return request
            await asyncio.sleep(0.01)
