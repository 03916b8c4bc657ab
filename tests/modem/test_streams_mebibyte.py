"""1 MiB each way over one modem, on an air that loses, with a restart of the modem in the middle.

A program and a server that go on where they stopped: after each error the program attaches and
connects again, and the server tells how much it has. A stream that ended silently short would
leave the two without an error and without the bytes. 71 CPU seconds for all families together.
"""

import asyncio
import contextlib
import random
import time

import pytest

from nce_modem import errors
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import FAMILIES, play

pytestmark = pytest.mark.slow

SERVER = Address("203.0.113.7", 80)
SIZE = 1_048_576
LOSSY = Settings(cell=CellSettings(link=LinkProfile("lossy", (30, 90), loss=0.01)))
MOST_CONNECTIONS = 20
NO_BYTE_S = 1200  # of virtual time: longer than any bound of modem, network and driver


class Server:
    """Keeps what it hears, and says `page` from where the program asks for it."""

    def __init__(self, page):
        self.page = page
        self.heard = bytearray()
        self._latest = None

    async def serve(self, reader, writer):
        self._latest = writer
        with contextlib.suppress(ConnectionError):  # the modem restarted
            start = int(await reader.readline())
            writer.write(b"%d\n" % len(self.heard))
            saying = asyncio.create_task(self._say(writer, start))
            try:
                while data := await reader.read(4096):
                    if self._latest is not writer:
                        break  # what an abandoned connection had on its way
                    self.heard += data
                await saying
            finally:
                saying.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await saying
        writer.close()

    async def _say(self, writer, start):
        while start < len(self.page) and self._latest is writer:
            writer.write(self.page[start : start + 4096])
            start += 4096
            await writer.drain()


class Program:
    """Sends `data` and collects the server's page, over as many connections as it takes."""

    def __init__(self, modem, data, size, seed):
        self.modem = modem
        self.data = data
        self.size = size
        self.came = bytearray()
        self.errors = []
        self._random = random.Random(seed)

    async def run(self):
        is_done = False
        while not is_done:
            assert len(self.errors) < MOST_CONNECTIONS, self.errors
            try:
                await self.modem.attach()
                await self._exchange()
                is_done = True
            except (errors.ModemError, TimeoutError) as error:
                self.errors.append(type(error).__name__)

    async def _exchange(self):
        reader, writer = await self.modem.open_connection(SERVER.host, SERVER.port)
        try:
            writer.write(b"%d\n" % len(self.came))
            start = int(await asyncio.wait_for(reader.readline(), NO_BYTE_S))
            # What `_receive` finds comes first: a short end is a failure, whatever the sender met.
            results = await asyncio.gather(
                self._receive(reader), self._send(writer, start), return_exceptions=True
            )
            for error in filter(None, results):
                raise error
        finally:
            writer.close()
            with contextlib.suppress(errors.ModemError):
                await writer.wait_closed()
        await writer.wait_closed()  # raises again if bytes were left

    async def _receive(self, reader):
        while len(self.came) < self.size:
            size = self._random.randint(1, 9000)
            part = await asyncio.wait_for(reader.read(size), NO_BYTE_S)
            assert part, f"ended short, silently, after {len(self.came)} bytes"
            self.came += part

    async def _send(self, writer, start):
        while start < len(self.data):
            end = start + self._random.randint(1, 9000)
            writer.write(self.data[start:end])
            await writer.drain()
            start = end


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mebibyte_each_way_is_right_or_an_error_says_so(family, figure):
    chance = random.Random(family)
    page, data = chance.randbytes(SIZE), chance.randbytes(SIZE)
    middle = chance.randint(SIZE // 4, 3 * SIZE // 4)
    started_s = time.process_time()

    async def restart(bench, program):
        while len(program.came) < middle:
            await asyncio.sleep(1)
        bench.knobs.faults.reset()

    async def scene(bench, modem):
        server = Server(page)
        bench.world.core.internet.serve(SERVER, server.serve)
        program = Program(modem, data, SIZE, family)
        restarting = asyncio.create_task(restart(bench, program))
        await program.run()
        await restarting
        while len(server.heard) < SIZE:  # what the modem has still to hand over
            await asyncio.sleep(10)
        assert program.came == page
        assert server.heard == data
        assert program.errors, "the restart was not told"
        lost = sum(
            record.fields["fate"] == "lost"
            for record in bench.world.timeline.records(kind="datagram")
        )
        assert lost > 10
        used_s = time.process_time() - started_s
        figure(
            f"{family}: 1 MiB each way, {lost} segments lost, {'+'.join(program.errors)}, "
            f"{bench.world.clock.now_ms() // 1000} simulated s, {used_s:.1f} CPU s"
        )

    play(scene, family, seed=3, settings=LOSSY)
