"""Message IDs over sleeps and crashes of a device whose DTLS session goes on (RFC 7252, 4.4).

The server remembers the IDs of a session for EXCHANGE_LIFETIME; a device that woke up in it and
began at random could repeat one, and its record would be answered from memory and lost.
"""

import asyncio
from itertools import pairwise

import pytest

from memory_stores import Kept
from nce.device import Device
from nce_modem import Modem
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

SETTINGS = BackendSettings(dtls=DtlsSettings(session_ids=True, connection_id_bytes=8))
LIVES = 12
RECORDS = 5


async def story(clock, is_closed):
    world = World(seed=1, clock=clock)
    with Backend(world, settings=SETTINGS) as backend:
        sim = world.add_sim()
        simulated = world.add_modem(sim)
        simulated.power_on()
        modem = Modem(PipeBoard(simulated))
        stores = {"credentials_store": Kept(), "session_store": Kept()}
        used = []
        for life in range(LIVES):
            device = Device(modem, topic="t", **stores)
            for record in range(RECORDS):
                delivery = await device.send(b"%d %d" % (life, record))
                assert delivery.attempts == 1
                used.append((device._coap.endpoint.mids.next - 1) & 0xFFFF)
            if is_closed:
                await device.close()
            else:
                await device._port._port.close()  # the power went: nothing of it is saved
            await asyncio.sleep(1)
        await modem.close()
        return used, backend.counters


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "crashed"])
def test_no_message_id_comes_twice_in_a_session_that_goes_on(is_closed):
    used, counters = run_virtual(lambda clock: story(clock, is_closed))
    assert counters.handshakes == 1
    assert counters.messages == len(used) == LIVES * RECORDS
    steps = [(after - before) & 0xFFFF for before, after in pairwise(used)]
    # On and on, behind the numbers that were reserved; never back.
    assert all(1 <= step <= 80 for step in steps), steps
    assert len(set(used)) == len(used)
