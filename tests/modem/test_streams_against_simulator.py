"""TCP of the driver over each simulated modem: 64 KiB both ways, ends, resets, refusals, restarts.

The line hands on its bytes in pieces of random size; all runs in virtual time.
"""

import asyncio
import random

import pytest

from nce_modem import errors
from nce_sim.network.core import Address
from support.driver_bench import FAMILIES, play

SERVER = Address("203.0.113.7", 80)
SIZE = 65_536


def noise(seed, size=SIZE):
    return random.Random(seed).randbytes(size)


async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


async def send_all(writer, data, seed):
    """Write in pieces of random size."""
    chance = random.Random(seed)
    start = 0
    while start < len(data):
        end = start + chance.randint(1, 5000)
        writer.write(data[start:end])
        await writer.drain()
        start = end


@pytest.mark.parametrize("family", FAMILIES)
def test_both_ways_at_once_every_byte_arrives_in_order(family):
    data = noise(family)

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, echo)
        await modem.attach()
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        sending = asyncio.create_task(send_all(writer, data, 2))
        came = await reader.readexactly(len(data))
        await sending
        assert came == data
        writer.close()
        await writer.wait_closed()
        assert not modem.sockets

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_peers_close_is_the_end_and_comes_after_all_bytes(family):
    data = noise(family)
    asked = []

    async def serve(reader, writer):
        asked.append(await reader.readexactly(4))
        writer.write(data)
        await writer.drain()
        writer.close()

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, serve)
        await modem.attach()
        for _ in range(2):  # the id can be used again
            reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
            writer.write(b"give")
            await writer.drain()
            assert await reader.read() == data
            writer.close()
            await writer.wait_closed()
        assert asked == [b"give", b"give"] and not modem.sockets

    play(scene, family)
