"""Somebody's own firmware as a process: their file as it stands, and a `board` made for the run.

    interpreter = Interpreter.find("micropython", heap_kib=512)
    bounds = Bounds(deadline_s=60, console_bytes=1_000_000)
    own = OwnFirmware(interpreter, Path("main.py"), bounds)
    await own.start(port.child_fds)
    async for line in own.lines(): ...
    own.status
    await own.kill()

The file is the main program. The working folder is its folder, as the root of a board's flash is,
or `flash`.
Modules are found in this order: `board` of this run, whatever stands beside the file; the folder
of the file; its `lib`; the packages and the firmware of this project, unless `is_alone`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from nce_sim.firmware.bounded import Bounds
from nce_sim.firmware.process import Interpreter
from nce_sim.firmware.tree import (
    CARRIED,
    HOST_BOARD,
    SOURCE_ROOT,
    TreeFailed,
    compile_tree,
    search_path,
)
from nce_sim.firmware.watched import ConsolePipe, FirmwareFailed

# `Board()` takes no arguments, as on a board; a command line that names one is passed over.
BOARD = """from process_board import Board as ProcessBoard


class Board(ProcessBoard):
    made = []  # the descriptors close with the first one that goes

    def __init__(self):
        super().__init__({uart_fd}, {power_key_fd})
        Board.made.append(self)

    @classmethod
    def from_arguments(cls, arguments):
        return cls()
"""
# A list that grows for ever ends in a MemoryError, as on a board, and not this computer.
CPYTHON_MEMORY_BYTES = 1 << 30
BOUND = f"""import resource
_, hard = resource.getrlimit(resource.RLIMIT_DATA)
soft = {CPYTHON_MEMORY_BYTES} if hard < 0 else min(hard, {CPYTHON_MEMORY_BYTES})
resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
del resource, soft, hard, _
"""
# MicroPython's `-m` takes no file, and a file as argument puts its folder before ours.
START = {
    "micropython": "import sys\nsys.path[:] = {path!r}\nsys.argv[:] = [{file!r}]\n"
    "execfile({file!r})",
    "cpython": BOUND + "import runpy, sys\nsys.path[:0] = {path!r}\nsys.argv[:] = [{file!r}]\n"
    "runpy.run_path({file!r}, run_name='__main__')",
}


class OwnFirmware:
    """One run of a person's file on an interpreter of this computer."""

    def __init__(
        self,
        interpreter: Interpreter,
        file: Path,
        bounds: Bounds,
        *,
        flash: Path | None = None,
        is_alone: bool = False,
    ) -> None:
        self._interpreter = interpreter
        self._file = file.absolute()
        self._bounds = bounds
        self._flash = self._file.parent if flash is None else flash.absolute()
        self._is_alone = is_alone
        self._made = tempfile.TemporaryDirectory(prefix="nce-run-")
        self._process: asyncio.subprocess.Process | None = None
        self._console: ConsolePipe | None = None
        self.status = 0  # at the end of `lines`; negative: the signal that ended it

    async def start(self, descriptors: tuple[int, int]) -> None:
        """Run the file. FirmwareFailed.

        `descriptors` are its ends of UART and power key.
        """
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
        try:
            path = [self._board_folder(*descriptors), *self._path()]
        except (TreeFailed, OSError) as error:
            raise FirmwareFailed(str(error)) from error
        start = START[self._interpreter.name].format(
            path=[str(folder) for folder in path] + self._frozen(), file=str(self._file)
        )
        self._console, output = await ConsolePipe.open()
        try:
            self._process = await self._started(start, output, descriptors)
        finally:
            os.close(output)

    async def lines(self) -> AsyncGenerator[str, None]:
        """The lines of its console, to its end; see `Bounds.lines` for what it raises."""
        process, console = self._process, self._console
        if process is None or console is None:
            raise FirmwareFailed("the firmware was not started")
        async with aclosing(self._bounds.lines(process.wait, console.stream)) as lines:
            async for line in lines:
                yield line
        self.status = process.returncode or 0

    async def _started(
        self, start: str, output: int, descriptors: tuple[int, int]
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._interpreter.command,
            "-c",
            start,
            cwd=self._flash,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            # Ctrl-C is for the world, which then ends the firmware.
            start_new_session=True,
        )

    async def kill(self) -> None:
        """End the process and what it has started, and remove what was made for it."""
        process = self._process
        if process is not None and process.returncode is None:
            # Its session is its own, so that its group is, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._console is not None:
            self._console.close()
        self._made.cleanup()

    def _board_folder(self, uart_fd: int, power_key_fd: int) -> Path:
        """A folder with `board` for these descriptors, upon that of processes."""
        folder = Path(self._made.name) / "board"
        folder.mkdir()
        board = SOURCE_ROOT / HOST_BOARD
        shutil.copyfile(board / "board.py", folder / "process_board.py")
        shutil.copyfile(board / "blocking_line.py", folder / "blocking_line.py")
        text = BOARD.format(uart_fd=uart_fd, power_key_fd=power_key_fd)
        (folder / "board.py").write_text(text, encoding="utf-8")
        return folder

    def _path(self) -> list[Path]:
        own = [self._file.parent, self._file.parent / "lib"]
        if self._is_alone:
            return own
        if self._interpreter.name != "micropython":
            return [*own, *search_path(SOURCE_ROOT)]
        tree = Path(self._made.name) / "tree"
        if SOURCE_ROOT != CARRIED:
            tree = SOURCE_ROOT / "build" / "mpy"  # found again the next time
        compile_tree(SOURCE_ROOT, tree)
        return [*own, tree]

    def _frozen(self) -> list[str]:
        return [".frozen"] if self._interpreter.name == "micropython" else []
