"""Firmware in a process, watched: its console line by line, and no wait without a bound.

    class Started(WatchedProcess): ...
    async for line in started.lines(): ...
    await started.kill()

A process that prints nothing for `silence_s`, or has not finished after `deadline_s`, is killed.
The error says why, and what it printed last. A line of the console is cut at `LONGEST_LINE` bytes.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

KEPT_LINES = 30
LONGEST_LINE = 65_536


class FirmwareFailed(RuntimeError):
    """The firmware's process failed, or was killed because it hung."""


class DeadlinePassed(FirmwareFailed):
    """The firmware had not finished in time."""


class ConsolePipe:
    """What a process prints: it writes to the descriptor `output`, and `stream` has it.

    Not the pipe of asyncio's process: the wait for that ends when all its writers have ended, and
    of those the process may leave some behind.
    """

    def __init__(self, stream: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self.stream = stream
        self._transport = transport

    @classmethod
    async def open(cls) -> tuple[ConsolePipe, int]:
        """A pipe and its `output`, to be closed here once the process has it."""
        reading, output = os.pipe()
        stream = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb", 0)
        )
        return cls(stream, transport), output

    async def line(self) -> bytes:
        """The next line with its end, or as much of it as is allowed; b"" after the last one."""
        try:
            return await self.stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError:
            return await self.stream.read(LONGEST_LINE)

    def close(self) -> None:
        """Hear no more; closing twice is harmless."""
        self._transport.close()


class WatchedProcess:
    """One run of one firmware; a subclass starts it and sets `_process` and `_console`."""

    def __init__(self, *, deadline_s: float, silence_s: float) -> None:
        self._deadline_s = deadline_s
        self._silence_s = silence_s
        self._process: asyncio.subprocess.Process | None = None
        self._console: ConsolePipe | None = None
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
        process, console = self._started()
        loop = asyncio.get_running_loop()
        while True:
            patience = min(self._silence_s, deadline - loop.time())
            try:
                line = await asyncio.wait_for(console.line(), max(patience, 0))
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

    def _started(self) -> tuple[asyncio.subprocess.Process, ConsolePipe]:
        """The process and its console."""
        if self._process is None or self._console is None:
            raise FirmwareFailed("the firmware was not started")
        return self._process, self._console

    async def _run(self, *command: str, **options: Any) -> None:
        """Start the process, its output being the console."""
        if self._console is not None:
            self._console.close()  # of the process before
        self._console, output = await ConsolePipe.open()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **options,
            )
        finally:
            os.close(output)

    async def kill(self) -> None:
        """End the process, if it still runs. What it has started may go on, unheard."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        if self._console is not None:
            self._console.close()

    def _last_words(self) -> str:
        if not self._last_lines:
            return "it printed nothing"
        return "its last words:\n  " + "\n  ".join(self._last_lines)
