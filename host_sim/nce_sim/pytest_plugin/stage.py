"""Runs a test's coroutines: one loop for the test and its fixtures, with limits.

stage = Stage(VirtualLoop(), Limits(real_s=60))
stage.run(device.send(b"42"))
stage.close()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from nce_sim.clock import (
    Limits,
    NothingScheduled,
    TookTooLong,
    VirtualLoop,
    end_tasks,
    waiting_tasks,
)

Result = TypeVar("Result")

# For cancelled tasks to end.
_ENDING_S = 10


class Stage:
    """A loop on virtual time, or on real time for a real modem."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: Limits) -> None:
        self.loop = loop
        self.limits = limits
        # Entered for as long as the loop runs.
        self.around: Callable[[], AbstractContextManager[object]] = nullcontext

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine to its end; raises NothingScheduled or TookTooLong if it never ends."""
        __tracebackhide__ = True
        with self.around():
            return self._run(coroutine)

    def _run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        __tracebackhide__ = True
        task = self.loop.create_task(coroutine)
        stopped: RuntimeError
        try:
            if not isinstance(self.loop, VirtualLoop):
                return self._run_real(task)
            self.loop.limit(self.limits)
            return self.loop.run_until_complete(task)
        except (NothingScheduled, TookTooLong) as error:
            if task.done():  # the coroutine's own
                raise
            stopped = error
        self._end(task)
        # The loop's own frames are no help; the message names the tasks and where they wait.
        raise stopped.with_traceback(None)

    def close(self) -> None:
        """Cancel the tasks that still run and close the loop."""
        try:
            self._limit_the_end()
            end_tasks(self.loop)
        finally:
            self.loop.close()

    def _run_real(self, task: asyncio.Task[Result]) -> Result:
        self.loop.run_until_complete(asyncio.wait({task}, timeout=self.limits.real_s))
        if not task.done():
            raise TookTooLong(
                f"the limit of {self.limits.real_s:g} s is exceeded; still waiting:\n"
                f"{waiting_tasks(self.loop)}"
            )
        return task.result()

    def _end(self, task: asyncio.Task[Any]) -> None:
        """Cancel a task; a task that ignores it ends with the loop."""
        self._limit_the_end()
        task.cancel()
        try:
            self.loop.run_until_complete(asyncio.wait({task}, timeout=_ENDING_S))
        except (NothingScheduled, TookTooLong):
            pass  # reported already, by the error that ended the run

    def _limit_the_end(self) -> None:
        if isinstance(self.loop, VirtualLoop):
            real_s = min(_ENDING_S, self.limits.real_s or _ENDING_S)
            self.loop.limit(Limits(self.limits.virtual_s, real_s))
