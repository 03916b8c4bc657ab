"""A world with one device on the air, and coroutines over the connections of its TCP."""

import asyncio

from nce_sim.clock import Limits, run_virtual
from nce_sim.link_profile import LinkProfile
from nce_sim.network.tcp import (
    Acknowledged,
    Arrived,
    Closed,
    Connected,
    NotOpen,
    Refused,
    Reset,
)
from nce_sim.settings import NetworkSettings, Settings
from nce_sim.wire.datagram import Address
from nce_sim.world import World

SERVER = Address("203.0.113.7", 80)
QUICK = LinkProfile("quick", (20, 20))
ENDS = (Closed, Reset, Refused)


class Place:
    """A device whose session is open; `dial` connects it."""

    def __init__(self, clock, profile=QUICK, **network):
        settings = Settings(network=NetworkSettings(**network))
        self.world = World(1, clock=clock, settings=settings)
        self.clock = clock
        self.profile = profile
        self.sim = self.world.add_sim()
        self.open()

    def open(self):
        self.session = self.world.core.open_session(self.sim, lambda d: None, profile=self.profile)

    @property
    def internet(self):
        return self.world.core.internet

    @property
    def drops(self):
        return [r.fields["reason"] for r in self.world.timeline.records(kind="dropped")]

    @property
    def segments(self):
        """The records of TCP over the air."""
        records = self.world.timeline.records(kind="datagram")
        return [record for record in records if "segment" in record.fields]

    async def dial(self, address=SERVER, local_port=0):
        """A line whose handshake is over, well or ill."""
        line = Line(self.session.tcp, address, local_port)
        await line.until(Connected, *ENDS)
        return line


class Line:
    """A connection of the device with its events, and waits for them."""

    def __init__(self, stack, address, local_port=0):
        self.events = []  # all but those that count bytes
        self.end = None
        self._changed = asyncio.Event()
        self.connection = stack.connect(address, self._on_event, local_port)

    def _on_event(self, event):
        if not isinstance(event, (Arrived, Acknowledged)):
            self.events.append(event)
        if isinstance(event, ENDS):
            self.end = event
        self._changed.set()

    async def until(self, *wanted):
        """Wait until one of those events has come, or the connection ended."""
        while self.end is None and not any(isinstance(event, wanted) for event in self.events):
            await self._next()

    async def _next(self):
        self._changed.clear()
        await self._changed.wait()

    async def send(self, data):
        """Send all of it, as far as the connection lives."""
        sent = 0
        while sent < len(data) and self.end is None:
            try:
                count = self.connection.send(data[sent : sent + 4_000])
            except NotOpen:
                await self.until(Reset)
                return
            sent += count
            if not count:
                await self._next()

    async def receive(self, count=None):
        """`count` bytes, or all until the peer's end; less when the connection breaks."""
        got = bytearray()
        while count is None or len(got) < count:
            got += self.connection.receive(700 if count is None else count - len(got))
            if self.connection.pending or len(got) == count:
                continue
            if self.end is not None or self.connection.is_peer_closed:
                break
            await self._next()
        return bytes(got)


async def echo(reader, writer):
    """A server that sends everything back, and then ends."""
    while data := await reader.read(4_096):
        writer.write(data)
        await writer.drain()
    writer.close()


def virtually(story, profile=QUICK, **network):
    """Run `await story(place)` in virtual time; real time is bounded."""

    async def main(clock):
        return await story(Place(clock, profile, **network))

    return run_virtual(main, limits=Limits(virtual_s=1_000_000, real_s=60))
