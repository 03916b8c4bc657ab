"""An emulated Pico whose USB console is a pty of this computer, for programs such as mpremote.

    async with pico_at_a_pty(world, modem, files) as board:     # in a VirtualLoop
        said = await board.told("-m", "mpremote", "connect", board.path, "exec", "print(1)")

The board's time is virtual. While such a program runs, it goes no faster than the real one: an
idle board would let hours pass.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from nce_sim.clock import VirtualClock
from nce_sim.firmware.own_pico import virtual_loop
from nce_sim.firmware.pico import EmulatedPico
from nce_sim.ports.pty import PtyPort
from nce_sim.wire.line import ModemLine
from nce_sim.world import World
from support.emulated_picos import pico_firmware, pico_of

LIMIT_S = 300
STEP_MS = 2  # how long a byte on the pty may wait


class ConsoleLine:
    """A board's console in the place of a modem's line."""

    def __init__(self, pico: EmulatedPico) -> None:
        self._pico = pico
        self.send_to_host: Callable[[bytes], None] = lambda data: None
        pico.on_said = self._say

    def _say(self, data: bytes) -> None:
        self.send_to_host(data)

    def receive_from_host(self, data: bytes) -> None:
        self._pico.type(data)

    def press_power_key(self) -> None:
        """A console has none."""

    def release_power_key(self) -> None:
        """Neither this."""


class PicoAtAPty:
    """The board, and its device."""

    def __init__(self, pico: EmulatedPico, clock: VirtualClock, path: str) -> None:
        self.pico = pico
        self.path = path
        self._clock = clock
        self._ends_s: float | None = None  # when the real time will be where the board's is

    def pass_time(self, due_ms: int | None) -> None:
        """As the board's, at the pace of a program that talks to it, in steps that are short."""
        now_s = time.monotonic()
        if self._ends_s is None:
            self.pico.pass_time(due_ms)
        elif self._ends_s > now_s:
            time.sleep(self._ends_s - now_s)
        else:
            before_ms = self._clock.now_ms()
            self.pico.pass_time(before_ms + STEP_MS)
            self._ends_s = now_s + (self._clock.now_ms() - before_ms) / 1000

    async def told(self, *arguments: str, status: int = 0) -> str:
        """What a program of this Python prints; its exit status has to be `status`."""
        self._ends_s = time.monotonic()
        done = await asyncio.to_thread(
            subprocess.run,
            (sys.executable, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        self._ends_s = None
        assert done.returncode == status, done.stdout
        return done.stdout

    async def mpremote(self, *arguments: str, status: int = 0) -> str:
        """The same of `mpremote`, connected to the board."""
        return await self.told("-m", "mpremote", "connect", self.path, *arguments, status=status)


@asynccontextmanager
async def pico_at_a_pty(
    world: World, modem: ModemLine, files: Mapping[str, str | bytes]
) -> AsyncIterator[PicoAtAPty]:
    """The board, switched on."""
    pico = pico_of(world, modem, pico_firmware(), files)
    port = PtyPort(ConsoleLine(pico))
    pico.power_on()
    loop = virtual_loop()
    board = PicoAtAPty(pico, loop.clock, port.path)
    loop.pass_time_by(board.pass_time)
    try:
        yield board
    finally:
        loop.pass_time_by(None)
        pico.cut_power()
        port.close()
