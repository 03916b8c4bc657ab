"""A process of somebody's, whose console nobody knows: read line by line within bounds.

    bounds = Bounds(deadline_s=60, console_bytes=1_000_000)
    async for line in bounds.lines(process.wait, console): ...

What it prints is safe for a terminal (`console_text`), and it ends in time: a process that prints
more, or runs longer, raises and is left for the caller to kill. A board that starts again is a
second process within the same bounds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

from nce_sim.firmware.console_text import ConsoleText
from nce_sim.firmware.watched import DeadlinePassed, FirmwareFailed

READ_BYTES = 4_096
# An empty line costs a terminal as much as one of this length.
LEAST_OF_A_LINE = 80

_T = TypeVar("_T")


class Bounds:
    """How long a firmware may run, from the first line that is asked for, and print."""

    def __init__(self, *, deadline_s: float, console_bytes: int) -> None:
        self.deadline_s = deadline_s
        self._console_bytes = console_bytes
        self._deadline: float | None = None
        self._printed = 0

    async def lines(
        self, ends: Callable[[], Coroutine[Any, Any, object]], console: asyncio.StreamReader
    ) -> AsyncGenerator[str, None]:
        """The lines of the console, to its end and then that of the process, which `ends` awaits.

        Raises DeadlinePassed, or FirmwareFailed when it has printed too much.
        """
        text = ConsoleText()
        while data := await self._within(console.read(READ_BYTES)):
            lines = text.feed(data)
            self._printed += max(len(data), LEAST_OF_A_LINE * len(lines))
            for line in lines:
                yield line
            if self._printed > self._console_bytes:
                raise FirmwareFailed(
                    f"the firmware printed more than {self._console_bytes:,} bytes, a line "
                    f"counting {LEAST_OF_A_LINE} at least; --console-bytes allows more"
                )
        for line in text.rest():
            yield line
        await self._within(ends())

    async def _within(self, coming: Coroutine[Any, Any, _T]) -> _T:
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self.deadline_s
        try:
            return await asyncio.wait_for(coming, max(self._deadline - now, 0))
        except TimeoutError:
            raise DeadlinePassed(
                f"the firmware had not finished after {self.deadline_s:g} s; --deadline-s gives "
                "it longer, and --until N ends a run when 1NCE OS has N messages"
            ) from None
