"""An open world without rate limits, for programs that judge the API: prints its description.

python tests/support/api_server.py            # ends with its standard input
"""

import asyncio
import json
import sys

from nce_sim.account.access.settings import AccessSettings
from nce_sim.api.settings import ApiSettings
from nce_sim.backend_settings import BackendSettings
from nce_sim.scenarios.open_api import ApiPlace
from nce_sim.scenarios.open_world import OpenWorld


async def main():
    world = OpenWorld(
        sims=3,
        twins="off",
        api=ApiPlace(settings=ApiSettings(rate_limits={})),
        backend=BackendSettings(access=AccessSettings(scrypt_cost=2)),
    )
    await world.start()
    try:
        print(json.dumps(world.description()), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    finally:
        await world.close()


asyncio.run(main())
