"""TCP of the driver over each simulated modem: 64 KiB both ways, ends, resets, refusals, restarts.

The line hands on its bytes in pieces of random size; all runs in virtual time.
"""

import asyncio
import contextlib
import random

import pytest

from nce_modem import errors
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import STREAM_FAMILIES, TELLS_RESETS, play

SERVER = Address("203.0.113.7", 80)
SIZE = 16_384
LOSSY = Settings(cell=CellSettings(link=LinkProfile("lossy", (30, 900), loss=0.2)))


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


@pytest.mark.parametrize("family", STREAM_FAMILIES)
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


@pytest.mark.parametrize("family", STREAM_FAMILIES)
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
        assert asked == [b"give", b"give"]
        assert not modem.sockets

    play(scene, family)


@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_a_reset_is_an_error_where_the_modem_tells_it(family):
    ended = []

    def accept(connection):
        ended.append(connection)
        return lambda event: None

    async def scene(bench, modem):
        bench.world.core.internet.tcp.listen(SERVER, accept)
        await modem.attach()
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        writer.write(b"hello")
        await writer.drain()
        await asyncio.sleep(20)
        ended[0].send(b"so far")
        await asyncio.sleep(20)
        assert await reader.readexactly(6) == b"so far"
        ended[0].abort()
        if family in TELLS_RESETS:
            with pytest.raises(errors.SocketDead):
                await asyncio.wait_for(reader.read(), 300)
        else:
            assert await asyncio.wait_for(reader.read(), 300) == b""
        writer.close()
        await writer.wait_closed()
        assert not modem.sockets

    play(scene, family)


@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_a_restart_in_the_middle_is_an_error_and_a_new_stream_works(family):
    data = noise(family, 20_000)

    async def serve(reader, writer):
        writer.write(data)
        await writer.drain()
        with contextlib.suppress(ConnectionError):  # the device's restart
            await reader.read()
        writer.close()

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, serve)
        await modem.attach()
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        came = await reader.readexactly(5000)
        bench.knobs.faults.reset()
        error = None
        while error is None:
            try:
                part = await asyncio.wait_for(reader.read(1000), 600)
                assert part, "ended short"
                came += part
            except errors.ModemError as found:
                error = found
        assert data.startswith(came)
        writer.close()
        await writer.wait_closed()
        await modem.attach()
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        assert await reader.readexactly(len(data)) == data
        writer.close()
        await writer.wait_closed()

    play(scene, family)


@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_a_closed_port_is_refused(family):
    async def scene(bench, modem):
        bench.world.core.internet.serve(Address(SERVER.host, 81), echo)
        await modem.attach()
        for _ in range(2):
            with pytest.raises(errors.OpenFailed):
                await modem.open_connection(SERVER.host, SERVER.port)
            assert not modem.sockets

    play(scene, family)


# The first SLM has one socket.
@pytest.mark.parametrize("family", [name for name in STREAM_FAMILIES if name != "nrf91-slm1"])
def test_streams_beside_datagrams_do_not_mix(family):
    async def talk(modem, seed):
        data = noise(seed, 8000)
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        sending = asyncio.create_task(send_all(writer, data, seed))
        assert await reader.readexactly(len(data)) == data
        await sending
        writer.close()
        await writer.wait_closed()

    async def ping(bench, modem):
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        for number in range(10):
            await port.send(b"ping %d" % number)
            assert await port.receive(120_000) == b"ping %d" % number
        await port.close()

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, echo)
        await modem.attach()
        await asyncio.gather(talk(modem, 1), talk(modem, 2), talk(modem, 3), ping(bench, modem))
        assert not modem.sockets

    play(scene, family)


@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_bytes_are_right_or_an_error_comes_when_the_air_loses_much(family):
    data = noise(family, 16_000)

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, echo)
        await modem.attach()
        reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        sending = asyncio.create_task(send_all(writer, data, 4))
        came = b""
        try:
            while len(came) < len(data):
                part = await asyncio.wait_for(reader.read(4096), 3600)
                assert part, "ended short"
                came += part
            await sending
        except errors.ModemError:
            sending.cancel()
        assert data.startswith(came)

    play(scene, family, settings=LOSSY)
