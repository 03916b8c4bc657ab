"""One verb of control: what it does to a world, and its parameters.

    async def _enable(reach, arguments):
        sim = sim_of(reach.world, arguments["sim"])
        ...
    Verb("Enable a SIM.", _enable, {"sim": SIM})

A verb is a summary, typed parameters and an async function; its result is JSON. What it refuses
raises Refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from nce_sim.control.parameters import Integer, Parameter, Text
from nce_sim.modem.core import Modem
from nce_sim.sim_card import SimCard
from nce_sim.world import World

if TYPE_CHECKING:
    from nce_sim.backend import Backend

Arguments = Mapping[str, Any]
Numbered = TypeVar("Numbered")


class Refused(RuntimeError):
    """The world cannot do it; the message says why."""


class Snapshots(Protocol):
    """The states of a running world, by name; Refused when one cannot be had."""

    def take(self, name: str) -> None:
        """Keep the state of now under a name; a former one of that name is replaced."""

    def restore(self, name: str) -> None:
        """Go back to a state."""

    def names(self) -> Mapping[str, str]:
        """The states and their times, oldest first."""


@dataclass
class Reach:
    """What a verb acts on; a world of modems alone has no backend.

    A world that goes back to an earlier state is another one: the reach moves to it.
    """

    world: World
    backend: Backend | None = None
    snapshots: Snapshots | None = None
    _has_moved: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def services(self) -> Backend:
        """The backend; Refused when there is none."""
        if self.backend is None:
            raise Refused("this world has no 1NCE OS; `nce sim up` opens one that has")
        return self.backend

    @property
    def states(self) -> Snapshots:
        """The snapshots; Refused when the world has none."""
        if self.snapshots is None:
            raise Refused("only a world of `nce sim up` has snapshots")
        return self.snapshots

    def move(self, world: World, backend: Backend) -> None:
        """Act on another world from now on; what waits for time of the former is refused."""
        self.world, self.backend = world, backend
        self._has_moved.set()
        self._has_moved = asyncio.Event()

    async def pause(self, duration_ms: int) -> None:
        """Let the world's time pass; Refused when it goes back to a snapshot meanwhile."""
        has_moved, is_over, world = self._has_moved, asyncio.Event(), self.world
        scheduled = world.clock.call_later(duration_ms, is_over.set)
        waits = [asyncio.ensure_future(one.wait()) for one in (is_over, has_moved)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            scheduled.cancel()
            for wait in waits:
                wait.cancel()
        if has_moved.is_set():
            raise Refused("the world went back to another state meanwhile")


@dataclass(frozen=True)
class Verb:
    """One verb of the table."""

    summary: str
    run: Callable[[Reach, Arguments], Awaitable[dict[str, Any]]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_look: bool = False  # changes nothing, so it leaves no record


SIM = Text(most=20)
MODEM = Integer(1, 10_000, default=1)


def sim_of(world: World, name: str) -> SimCard:
    if name.isdecimal() and len(name) <= 5:
        return numbered(world.sims, int(name), "SIM")
    for sim in world.sims:
        address = world.core.address_of(sim) or ""
        twin = "127." + address.removeprefix("10.")
        if name in (sim.iccid, sim.iccid_with_luhn, address, twin):
            return sim
    raise Refused(
        f"no SIM of this world has that number or address; write 1 to {len(world.sims)}, an "
        "ICCID or an address"
    )


def modem_of(world: World, number: int) -> Modem:
    return numbered(world.modems, number, "modem")


def numbered(things: list[Numbered], number: int, kind: str) -> Numbered:
    if not 1 <= number <= len(things):
        raise Refused(f"there is no {kind} {number}; the world has {len(things)}, counted from 1")
    return things[number - 1]
