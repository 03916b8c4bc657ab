"""What all services of a world stand on: its clock, its database, and the line of its writers.

ground = Ground(world, storage, settings)
await ground.write(lambda work: service.add(row, work))
ground.random("backend.ids").getrandbits(96)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Protocol, TypeVar

from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import VirtualClock
from nce_sim.endpoints.intake import Intake
from nce_sim.endpoints.jobs import CallJob, OwnJob
from nce_sim.endpoints.subscribers import Subscribers
from nce_sim.endpoints.trace import Trace
from nce_sim.endpoints.troubles import Troubles
from nce_sim.steered_clock import SteeredClock
from nce_sim.storage import Saver, Storage, Work

if TYPE_CHECKING:
    from nce_sim.world import World

Result = TypeVar("Result")


class Flushed(Protocol):
    """What sends its answers once they are stored."""

    def flush(self) -> None: ...


class Ground:
    """One world, one database, and the intake that all writes go through."""

    def __init__(self, world: World, storage: Storage, settings: BackendSettings) -> None:
        self.world, self.storage, self.settings = world, storage, settings
        self.core, self.clock, self.timeline = world.core, world.clock, world.timeline
        self.epoch_ms = world.settings.calendar_start_s * 1000
        self.devices = Subscribers(world.core, world.account, world.timeline)
        self.trace = Trace(world.timeline)
        self.counters = self.trace.counters
        self.troubles = Troubles(self.clock, self.timeline)
        # Whatever the world's speed: it commits, and loses in a kill, a second of real time.
        clock = self.clock.unsteered() if isinstance(self.clock, SteeredClock) else self.clock
        self.saver = Saver(storage, clock, self.wall_ms, on_trouble=self.trace.not_saved)
        self.endpoints: list[Flushed] = []
        self.is_closed = False
        self.intake = Intake(
            self.clock,
            self.storage,
            self.wall_ms,
            self.settings,
            on_batch=self._answered,
            on_trouble=self.trace.trouble,
        )

    def wall_ms(self) -> int:
        """Milliseconds since 1970 by the world's clock."""
        return self.epoch_ms + self.clock.now_ms()

    async def write(self, call: Callable[[Work], Result]) -> Result:
        """Let `call(work)` write in line with the devices' messages; its result once it is stored.

        Raises the `Problem` that the call raised, or Unavailable; then nothing of it is kept.
        """
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.intake.take(CallJob(call, answer))
        return await answer

    def write_soon(self, call: Callable[[Work], None]) -> None:
        """Let a service write by itself, in line with the messages, until it is stored."""
        again_ms = self.settings.controller.write_again_ms

        def again() -> None:
            self.clock.call_in_passing(again_ms, lambda: self.write_soon(call))

        if not self.is_closed:
            self.intake.take(OwnJob(call, again))

    def random(self, name: str) -> Random:
        """The stream of one consumer: seeded in virtual time, the system's in real time.

        Nobody may predict the keys of a world that real devices meet. A database outlives a world:
        the count of its boots is part of the seed, or two boots would make the same keys.
        """
        if not isinstance(self.clock, VirtualClock):
            return SystemRandom()
        if self.storage.outlives_world:
            name = f"{name}/boot {self.storage.boot_count}"
        return self.world.random(name)

    def _answered(self) -> None:
        for endpoint in self.endpoints:
            endpoint.flush()
