"""Firmware in a process, watched: its console line by line, and no wait without a bound.

    class Started(WatchedProcess): ...
    async for line in started.lines(): ...
    await started.kill()

A process that prints nothing for `silence_s`, or has not finished after `deadline_s`, is killed.
The error says why, and what it printed last.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

KEPT_LINES = 30


class FirmwareFailed(RuntimeError):
    """The firmware's process failed, or was killed because it hung."""


class DeadlinePassed(FirmwareFailed):
    """The firmware had not finished in time."""


class WatchedProcess:
    """One run of one firmware; a subclass starts it and sets `_process`."""

    def __init__(self, *, deadline_s: float, silence_s: float) -> None:
        self._deadline_s = deadline_s
        self._silence_s = silence_s
        self._process: asyncio.subprocess.Process | None = None
        self._status = 0
        self._last_lines: deque[str] = deque(maxlen=KEPT_LINES)

    async def lines(self) -> AsyncGenerator[str, None]:
        """The output of the firmware, line by line, until it ends with status 0.

        Raises FirmwareFailed when it ends otherwise, falls silent or overruns its deadline. A
        firmware that a subclass starts again goes on, within the same deadline.
        """
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        while True:
            async with aclosing(self._lines_of_a_run(deadline)) as lines:
                async for line in lines:
                    yield line
            if not await self._starts_again(self._status, deadline):
                break
        self._ended(self._status)

    def _ended(self, status: int) -> None:
        """The firmware has ended for good; here a status that is not 0 is an error."""
        if status != 0:
            raise FirmwareFailed(f"the firmware ended with status {status}; {self._last_words()}")

    async def _starts_again(self, status: int, deadline: float) -> bool:
        """Whether a process that ended with `status` was started again; here: never."""
        return False

    async def _lines_of_a_run(self, deadline: float) -> AsyncGenerator[str, None]:
        """The output of one process, to its end; `_status` then is its exit status."""
        process = self._process
        if process is None or process.stdout is None:
            raise FirmwareFailed("the firmware was not started")
        loop = asyncio.get_running_loop()
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
        self._status = await asyncio.wait_for(process.wait(), self._silence_s)

    async def kill(self) -> None:
        """End the process, if it still runs."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    def _last_words(self) -> str:
        if not self._last_lines:
            return "it printed nothing"
        return "its last words:\n  " + "\n  ".join(self._last_lines)
