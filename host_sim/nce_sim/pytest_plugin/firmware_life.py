"""Firmware that runs in the test's own process: from a start to the cut that ends it.

    life = Life(Path("firmware/main.py"), board, console, flash)
    life.start()                            # in a running loop
    await life.cut()                        # as a power cut: flash stays as it was at that instant

The file has a coroutine function `run(board)`. Its modules are imported afresh for each life, as
after a restart of a board, and those that were there before come back. While it lives, the flash
is the working folder, and what it prints goes to the console. Tasks tell their life by a context
variable, which what they start inherits.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import os
import shutil
import sys
import traceback
import types
from collections.abc import Coroutine, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast
from weakref import WeakSet

from nce_sim.firmware.tree import CARRIED_ROOTS, SOURCE_ROOT
from nce_sim.pytest_plugin.console import Console

# For cancelled tasks to end.
ENDING_S = 10.0
# Of the firmware and the host's board that this distribution carries.
CARRIED_FOLDERS = tuple(SOURCE_ROOT / root for root in CARRIED_ROOTS)

_LIFE: ContextVar[Life | None] = ContextVar("nce_life", default=None)


class FirmwareMistake(Exception):
    """A file is no firmware for a board of these tests; the message says what is missing."""


class Life:
    """One run of a firmware; `board` is what its `run` gets."""

    def __init__(self, file: Path, board: object, console: Console, flash: Path) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.console = console
        self._file = file
        self._board = board
        self._flash = flash
        self._around = contextlib.ExitStack()
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Import the file and run it; FirmwareMistake when it has no `run`."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(_task_of_a_life)  # type: ignore[arg-type]
        self.console.starts()
        self._around.enter_context(contextlib.chdir(self._flash))
        self._around.enter_context(_fresh_modules(self._file.parent))
        token = _LIFE.set(self)
        try:
            self._main = loop.create_task(self._live())
        finally:
            _LIFE.reset(token)

    async def cut(self) -> None:
        """End it at once: what its tasks still do to the flash is undone."""
        kept = self._flash.with_name(self._flash.name + ".kept")
        shutil.copytree(self._flash, kept)
        try:
            await self.end()
        finally:
            for path in self._flash.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(kept, self._flash, dirs_exist_ok=True)
            shutil.rmtree(kept)

    async def end(self) -> None:
        """Cancel its tasks and let them end; ending twice is harmless."""
        running = [task for task in self.tasks if not task.done()]
        for task in running:
            task.cancel()
        try:
            if running:
                await asyncio.wait(running, timeout=ENDING_S)
        finally:
            self._around.close()

    async def _live(self) -> None:
        try:
            run = getattr(importlib.import_module(self._file.stem), "run", None)
            if run is None:
                raise FirmwareMistake(f"{self._file} has no coroutine function run(board)")
            await run(self._board)
        except asyncio.CancelledError:
            self.console.ends("the firmware was stopped")
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - its console shows it, as a board's
            where = error.__traceback__ and error.__traceback__.tb_next  # not this function
            self.console.feed("".join(traceback.format_exception(type(error), error, where)))
            self.console.ends(f"the firmware ended with {type(error).__name__}: {error}")
        else:
            self.console.ends("the firmware ended")


def _task_of_a_life(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **keywords: Any
) -> asyncio.Task[Any]:
    """A task, noted by the life in whose context it runs."""
    task = asyncio.Task(coroutine, loop=loop, **keywords)
    context = keywords.get("context")
    life = _LIFE.get() if context is None else context.get(_LIFE)
    if life is not None:
        life.tasks.add(task)
    return task


class _Stream(io.TextIOBase):
    """Standard output: what a life prints goes to its console, the rest where it went before."""

    def __init__(self, output: Any) -> None:
        self._output = output

    def write(self, text: str) -> int:
        life = _LIFE.get()
        if life is None:
            return cast(int, self._output.write(text))
        life.console.feed(text)
        return len(text)

    def flush(self) -> None:
        self._output.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output, name)


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """For as long as a loop runs: lives print to their consoles."""
    with contextlib.redirect_stdout(_Stream(sys.stdout)):
        yield


@contextlib.contextmanager
def _fresh_modules(folder: Path) -> Iterator[None]:
    """The modules of `folder` and of the carried firmware are imported again, found first."""
    before = dict(sys.modules)
    kept = {name: module for name, module in before.items() if _is_ours(name, module, folder)}
    for name in kept:
        del sys.modules[name]
    paths = [str(CARRIED_FOLDERS[0]), str(folder), *map(str, CARRIED_FOLDERS[1:])]
    sys.path[:0] = paths
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for path in paths:
            sys.path.remove(path)
        for name, module in list(sys.modules.items()):
            is_new = name not in before and _is_below(module, folder)
            if is_new or _is_ours(name, module, folder):
                del sys.modules[name]
        sys.modules.update(kept)


def _is_ours(name: str, module: types.ModuleType, folder: Path) -> bool:
    """Whether a module belongs to a firmware. Tests may stand beside it: they stay."""
    if name == "conftest" or name.startswith("test_"):
        return False
    if any(_is_below(module, carried) for carried in CARRIED_FOLDERS):
        return True
    file = _file_of(module)
    return file is not None and file.parent == folder


def _is_below(module: types.ModuleType, folder: Path) -> bool:
    file = _file_of(module)
    return file is not None and file.is_relative_to(folder)


def _file_of(module: types.ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(os.path.abspath(file)) if isinstance(file, str) else None
