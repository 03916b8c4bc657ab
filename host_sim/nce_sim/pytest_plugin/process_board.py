"""Boards whose firmware is a process of its own: CPython at a pty, MicroPython, QEMU.

    board = ProcessBoard(target, loop, simulated, firmware, flash, on_micropython)
    await board.start()

The process runs a launcher, which imports the firmware's file and runs its `run(board)`. A reset
and a power cut are SIGKILL.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from nce_sim.firmware.process import Interpreter
from nce_sim.firmware.tree import CARRIED, CARRIED_ROOTS, SOURCE_ROOT, compile_tree, search_path
from nce_sim.modem.core import Modem
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.pytest_plugin.host_boards import firmware_file
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target

ENDING_S = 10.0
HEAP_KIB = 512
LAUNCHER = """import asyncio, sys
from board import Board
from {module} import run
board = Board.from_arguments(sys.argv[1:]) if hasattr(Board, "from_arguments") else Board()
asyncio.run(run(board))
"""


@dataclass
class Start:
    """One start of a process: its command, and what it inherits."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    descriptors: tuple[int, ...] = ()
    started: Callable[[], None] = lambda: None


# Makes what one start needs, for as long as the stack is open.
Starter = Callable[[Modem, Path, "ProcessBoard", AsyncExitStack], Awaitable[Start]]


class ProcessBoard(TargetBoard):
    """A board that is a process."""

    def __init__(
        self,
        target: Target,
        loop: asyncio.AbstractEventLoop,
        simulated: Simulated,
        file: Path | None,
        flash: Path,
        starter: Starter,
    ) -> None:
        super().__init__(target, loop, simulated)
        self._simulated = simulated
        self._file = file
        self._flash = flash
        self._starter = starter
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._line = AsyncExitStack()

    @property
    def flash(self) -> Path:
        """The folder that is the board's flash, and the firmware's working folder."""
        if not self.target.has("flash"):
            return super().flash
        return self._flash

    async def start(self) -> None:
        """Give the board power: its firmware starts from the beginning."""
        await self.stop()
        modem = self._simulated.modem
        start = await self._starter(modem, firmware_file(self._file), self, self._line)
        if not self.target.has("power_key"):
            modem.power_on()
        self.console.starts()
        self._process = await asyncio.create_subprocess_exec(
            *start.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._flash,
            env=dict(start.environment),
            pass_fds=start.descriptors,
        )
        start.started()
        self._reading = asyncio.get_running_loop().create_task(self._read(self._process))

    async def stop(self) -> None:
        """End the process and its line to the modem; stopping twice is harmless."""
        process, self._process = self._process, None
        reading, self._reading = self._reading, None
        if process is not None and process.returncode is None:
            process.kill()
        if reading is not None:
            await asyncio.wait_for(reading, ENDING_S)
        line, self._line = self._line, AsyncExitStack()
        await line.aclose()

    async def reset(self) -> None:
        """Restart the board; the modem keeps its power."""
        await self.start()

    async def power_cut(self) -> None:
        """Take the power of board and modem away at once; `start` gives it back."""
        self._simulated.modem.cut_power()
        await self.stop()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while data := await process.stdout.read(4096):
            self.console.feed(data)
        status = await process.wait()
        how = "was killed" if status < 0 else f"ended with status {status}"
        self.console.ends(f"the firmware {how}")


def _launcher(file: Path, stack: AsyncExitStack) -> Path:
    """A program that runs the file's `run(board)`."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nce-board-")))
    launcher = folder / "launcher.py"
    launcher.write_text(LAUNCHER.format(module=file.stem), encoding="utf-8")
    return launcher


async def at_a_pty(modem: Modem, file: Path, board: ProcessBoard, stack: AsyncExitStack) -> Start:
    """CPython, the modem at a pseudo-terminal."""
    port = PtyPort(modem)
    stack.callback(port.close)
    roots = [SOURCE_ROOT / CARRIED_ROOTS[0], file.parent, *search_path(SOURCE_ROOT)]
    path = os.pathsep.join(map(str, roots))
    command = (sys.executable, "-u", str(_launcher(file, stack)), port.path)
    return Start(command, {**os.environ, "PYTHONPATH": path})


async def on_micropython(
    modem: Modem, file: Path, board: ProcessBoard, stack: AsyncExitStack
) -> Start:
    """MicroPython's unix port; UART and power key are descriptors."""
    interpreter = Interpreter.find("micropython", HEAP_KIB)
    tree = compiled_tree(stack)
    port = SocketpairPort(modem)
    stack.callback(port.close)
    command = (*interpreter.command, str(_launcher(file, stack)), *map(str, port.child_fds))
    path = f"{file.parent}:{tree}:.frozen"
    return Start(command, {**os.environ, "MICROPYPATH": path}, port.child_fds, port.child_started)


def compiled_tree(stack: ExitStack | AsyncExitStack) -> Path:
    """The portable packages as `.mpy`, below a checkout, where they are found again."""
    if SOURCE_ROOT == CARRIED:
        tree = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nce-mpy-")))
    else:
        tree = SOURCE_ROOT / "build" / "mpy"
    compile_tree(SOURCE_ROOT, tree)
    return tree


STARTERS: Mapping[str, Starter] = {"pty": at_a_pty, "micropython": on_micropython}
