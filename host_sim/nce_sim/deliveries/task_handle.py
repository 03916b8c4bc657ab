"""A coroutine that ends in an outcome, as a handle that can be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from nce_sim.deliveries.transport import Done, Outcome


class TaskHandle:
    """Runs `work` as a task of the running loop and tells `done` its outcome."""

    def __init__(self, work: Coroutine[Any, Any, Outcome], done: Done) -> None:
        self._done = done
        self._task = asyncio.get_running_loop().create_task(self._run(work))

    def cancel(self) -> None:
        self._task.cancel()

    async def _run(self, work: Coroutine[Any, Any, Outcome]) -> None:
        self._done(await work)
