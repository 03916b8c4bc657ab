"""A world of one SIM behind loopback twins, for tests with outside programs.

    async with open_twins(settings) as twins:
        output = await twins.run("gnutls-cli", ..., twins.coap_twin, stdin=b"")

The world takes a block of twins that is free. A program bound to `twins.sim_twin` is the SIM,
which has called /bootstrap.
"""

from __future__ import annotations

import asyncio
import contextlib

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.ports.twin import TwinBlock, TwinPorts, twin_of
from nce_sim.settings import Settings
from nce_sim.world import World

TIMEOUT_S = 15


class Twins:
    def __init__(self, world, sim, backend, ports):
        self.world, self.sim, self.backend, self.ports = world, sim, backend, ports
        self.sim_host = world.core.address_of(sim)
        self.sim_twin = twin_of(self.sim_host)
        self.coap_twin = twin_of(world.settings.network.coap_host)
        self.coap = f"coap://{self.coap_twin}"

    @property
    def key(self):
        return self.backend.authenticator.psk(self.sim.iccid)

    @property
    def stored(self):
        """What the Inspector holds of the SIM, oldest first."""
        items = self.backend.inspector.history(self.sim.iccid, page_size=None)
        return [item.value for item in items][::-1]

    async def run(self, *command, stdin=b"", until=None):
        """The output of a program: whole, or until it has printed the bytes `until`."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            if until is None:
                output, _ = await asyncio.wait_for(process.communicate(stdin), TIMEOUT_S)
                return output
            return await asyncio.wait_for(self._read_until(process, stdin, until), TIMEOUT_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _read_until(self, process, stdin, until):
        process.stdin.write(stdin)
        await process.stdin.drain()
        output = b""
        while until not in output:
            some = await process.stdout.read(4096)
            if not some:
                raise EOFError(f"{output!r} has no {until!r}")
            output += some
        # The end of its input lets the program say goodbye and write its files.
        process.stdin.close()
        rest = await process.stdout.read()
        await process.wait()
        return output + rest


@contextlib.asynccontextmanager
async def open_twins(settings=None):
    """Twins of a new world with one SIM."""
    settings = settings or BackendSettings()
    block = TwinBlock.claim(Settings(), settings.addresses)
    try:
        world = World(seed=1, clock=LoopClock(), settings=block.settings)
        sim = world.add_sim()
        with Backend(world, settings=settings) as backend:
            ports = TwinPorts(world.core, asyncio.get_running_loop(), block)
            try:
                await ports.open()
                backend.authenticator.bootstrap(sim.iccid, 0)
                yield Twins(world, sim, backend, ports)
            finally:
                ports.close()
    finally:
        block.close()
