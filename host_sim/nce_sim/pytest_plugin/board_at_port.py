"""The target board:PORT: a real board that runs its own firmware, with its console at a port.

    board = BoardAtPort(target, loop, simulated=None)
    await board.start()                     # opens the port, restarts the board

PORT is a serial device, or a URL of pyserial's for a board elsewhere (`rfc2217://host:port`,
`socket://host:port`); a local one is locked. A restart is what a person does at MicroPython's
prompt: Ctrl-C twice, which ends the program, then Ctrl-D, a soft reset.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from nce_modem.serial_board import SerialBoard
from nce_sim.ports.wired import joined
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target

INTERRUPT = b"\r\x03\x03"
SOFT_RESET = b"\x04"
# MicroPython's prompt, and what it says of a soft reset.
PROMPT = ">>> "
RESETTING = r"soft reboot"
ANSWER_S = 20.0
INTERRUPT_TRIES = 3
WRITE_S = 5.0
BRIDGE_BPS = 115_200


class BoardDoesNotAnswer(RuntimeError):
    """The board at the port has no prompt of MicroPython, so that it cannot be restarted."""


class BoardAtPort(TargetBoard):
    """A board whose console is read; `simulated`: the modem and the world that it is wired to."""

    def __init__(
        self, target: Target, loop: asyncio.AbstractEventLoop, simulated: Simulated | None
    ) -> None:
        super().__init__(target, loop, simulated)
        self._port = SerialBoard(target.port)
        self._writer: Any = None
        self._bridge = AsyncExitStack()
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the console and restart the board: its firmware starts from the beginning."""
        if self._writer is None:
            await self._build_the_bridge()
            reader, self._writer = await self._port.open_uart()
            self._reading = asyncio.get_running_loop().create_task(self._read(reader))
        await self.reset()

    async def stop(self) -> None:
        """Give the port back; the board goes on. Stopping twice is harmless."""
        writer, self._writer = self._writer, None
        reading, self._reading = self._reading, None
        if writer is not None:
            writer.close()
        if reading is not None:
            await reading
        if writer is not None:
            await writer.wait_closed()
        bridge, self._bridge = self._bridge, AsyncExitStack()
        await bridge.aclose()

    async def reset(self) -> None:
        """Restart the board by its prompt; BoardDoesNotAnswer when it has none."""
        for _ in range(INTERRUPT_TRIES):
            await self._write(INTERRUPT)
            if await self._is_at_the_prompt():
                break
        else:
            raise BoardDoesNotAnswer(
                f"{self.target.port} shows no prompt of MicroPython (>>>) after Ctrl-C; "
                f"{self.console.last_words()}"
            )
        await self._write(SOFT_RESET)
        await self.console.wait_for(RESETTING, ANSWER_S)

    async def _build_the_bridge(self) -> None:
        """Join the simulated modem, switched on, to the port that leads to the board's UART."""
        if self.modem is not None:
            port, gone = self.target.bridge, asyncio.Event()
            await joined(self.modem, port, BRIDGE_BPS, None, gone, self._bridge)
            self.modem.power_on()

    async def _is_at_the_prompt(self) -> bool:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + ANSWER_S / INTERRUPT_TRIES
        while loop.time() < deadline_s:
            # The prompt has no line end: it is what the console holds of a line.
            if self.console.rest.startswith(PROMPT):
                return True
            await self.console.more(deadline_s - loop.time())
        return False

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), WRITE_S)

    async def _read(self, reader: Any) -> None:
        while data := await reader.read(4096):
            self.console.feed(data)
        self.console.ends(f"the console at {self.target.port} is gone")
