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
from typing import TYPE_CHECKING, Any, TypeVar

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


@dataclass(frozen=True)
class Reach:
    """What a verb acts on; a world of modems alone has no backend."""

    world: World
    backend: Backend | None = None

    @property
    def services(self) -> Backend:
        """The backend; Refused when there is none."""
        if self.backend is None:
            raise Refused("this world has no 1NCE OS; `nce sim up` opens one that has")
        return self.backend


@dataclass(frozen=True)
class Verb:
    """One verb of the table."""

    summary: str
    run: Callable[[Reach, Arguments], Awaitable[dict[str, Any]]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


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


async def pause(world: World, duration_ms: int) -> None:
    """Let the world's time pass."""
    is_over = asyncio.Event()
    scheduled = world.clock.call_later(duration_ms, is_over.set)
    try:
        await is_over.wait()
    finally:
        scheduled.cancel()
