"""A board as a test sees it, the same for every target.

    await board.start()
    await board.wait_for("online with the address", timeout_s=120)
    await board.set_coverage(False)
    await board.power_cut()
    await board.start()

A target that cannot do one of these skips the test, and the reason says why. `world`, `backend`
and `modem` are None where modem and network are real.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nce_sim.pytest_plugin.console import Console
from nce_sim.pytest_plugin.heard_line import HeardLine
from nce_sim.pytest_plugin.needs import skip_without
from nce_sim.pytest_plugin.target_table import Target

if TYPE_CHECKING:
    from nce_sim.backend import Backend
    from nce_sim.modem.core import Modem
    from nce_sim.world import World

LINE_TIMEOUT_S = 10.0
PATTERN_TIMEOUT_S = 60.0


class Simulated:
    """The simulated half of a target: world, 1NCE OS and modem."""

    def __init__(self, world: World, backend: Backend, modem: Modem) -> None:
        self.world, self.backend, self.modem = world, backend, modem


class TargetBoard:
    """What is common to the boards of all targets."""

    def __init__(
        self, target: Target, loop: asyncio.AbstractEventLoop, simulated: Simulated | None
    ) -> None:
        self.target = target
        self.now_s = _clock(loop, simulated)
        self.console = Console(self.now_s)
        self.heard: HeardLine | None = None  # the line to a real modem, where it passes here
        self.world = None if simulated is None else simulated.world
        self.backend = None if simulated is None else simulated.backend
        self.modem = None if simulated is None else simulated.modem

    # -- what each target does in its own way ------------------------------------------------

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End the firmware and give everything back; stopping twice is harmless."""
        raise NotImplementedError

    async def reset(self) -> None:
        """Restart the board; the modem keeps its power."""
        skip_without(self.target, "reset")

    async def power_cut(self) -> None:
        """Take the power of board and modem away at once; `start` gives it back."""
        skip_without(self.target, "power_cut")

    async def open_uart(self, baudrate: int | None = None) -> tuple[Any, Any]:
        """The line to the modem, for a test that drives the modem itself."""
        skip_without(self.target, "uart")

    @property
    def flash(self) -> Path:
        """The folder that is the board's flash."""
        skip_without(self.target, "flash")

    # -- the console -------------------------------------------------------------------------

    async def lines(self, timeout_s: float = LINE_TIMEOUT_S) -> list[str]:
        """The lines printed since the last look; waits for one, [] when none comes in time."""
        return await self.console.take(timeout_s)

    async def wait_for(self, pattern: str, timeout_s: float = PATTERN_TIMEOUT_S) -> re.Match[str]:
        """The match of a regular expression in a line to come; NotSeen when none has one."""
        return await self.console.wait_for(pattern, timeout_s)

    # -- the simulated modem and network -----------------------------------------------------

    async def reset_modem(self) -> None:
        """The modem restarts on its own, as after a crash."""
        if self.modem is None:
            skip_without(self.target, "modem_reset")
        self.modem.faults.reset()

    async def set_coverage(self, is_covered: bool) -> None:
        """Take the coverage of all cells away, or give it back."""
        if self.world is None:
            skip_without(self.target, "coverage")
        for cell in self.world.operator.cells:
            cell.is_in_coverage = is_covered


def _clock(loop: asyncio.AbstractEventLoop, simulated: Simulated | None) -> Callable[[], float]:
    """Seconds of the world's clock; without a world, since now."""
    if simulated is not None:
        clock = simulated.world.clock
        return lambda: clock.now_ms() / 1000
    start_s = loop.time()
    return lambda: loop.time() - start_s
