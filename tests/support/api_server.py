"""A furnished world behind the doors of the API, for programs that judge it: real time, no limits.

python tests/support/api_server.py       # ends with its standard input, or by SIGINT or SIGTERM

The first line is JSON: `url`, `client_id`, `client_secret`, and `known` as `furnished` has it.
Nothing leaves: in the place of every target stands a function that answers 200.
"""

import asyncio
import json
import signal
import sys

from nce_sim import Backend, World
from nce_sim.account.access.settings import AccessSettings
from nce_sim.api.settings import ApiSettings
from nce_sim.backend_settings import BackendSettings
from nce_sim.control.verb import Reach
from nce_sim.deliveries.virtual import VirtualTransport
from nce_sim.scenarios.open_api import ApiPlace, OpenApi
from nce_sim.settings import Settings
from nce_sim.start_time import clock_from, first_instant, settings_from
from support.furnished import furnish

# Judges send as much as they like.
PLACE = ApiPlace(settings=ApiSettings(rate_limits={}))


async def ended():
    """Wait for the end of the standard input, or a signal."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    waits = [asyncio.create_task(over.wait()), asyncio.create_task(reader.read())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def main():
    start_ms = first_instant(None, None)
    world = World(1, clock=clock_from(start_ms), settings=settings_from(Settings(), start_ms))
    settings = BackendSettings(access=AccessSettings(scrypt_cost=2))
    transport = VirtualTransport(world.clock)
    with Backend(world, settings=settings, transport=transport) as backend:
        organisation_id = world.settings.account.organisation_id
        known = await furnish(world, backend, organisation_id)
        api = OpenApi(PLACE, Reach(backend.world, backend), organisation_id)
        await api.start()
        try:
            print(json.dumps({**api.description(), "known": known}), flush=True)
            await ended()
        finally:
            await api.close()


asyncio.run(main())
