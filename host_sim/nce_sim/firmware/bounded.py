"""A process of somebody's, whose console nobody knows: read line by line within bounds.

    async for line in bounded_lines(process, console, deadline_s=60, console_bytes=1_000_000): ...

What it prints is safe for a terminal (`console_text`), and it ends in time: a process that prints
more, or runs longer, raises and is left for the caller to kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from nce_sim.firmware.console_text import ConsoleText
from nce_sim.firmware.watched import FirmwareFailed

READ_BYTES = 4_096
# An empty line costs a terminal as much as one of this length.
LEAST_OF_A_LINE = 80

_T = TypeVar("_T")


class DeadlinePassed(FirmwareFailed):
    """The firmware had not finished in time."""


async def bounded_lines(
    process: asyncio.subprocess.Process,
    console: asyncio.StreamReader,
    *,
    deadline_s: float,
    console_bytes: int,
) -> AsyncGenerator[str, None]:
    """The lines of the console, to the end of the process.

    Raises DeadlinePassed, or FirmwareFailed when it has printed too much.
    """
    deadline = asyncio.get_running_loop().time() + deadline_s
    text = ConsoleText()
    printed = 0
    while data := await _within(console.read(READ_BYTES), deadline, deadline_s):
        lines = text.feed(data)
        printed += max(len(data), LEAST_OF_A_LINE * len(lines))
        for line in lines:
            yield line
        if printed > console_bytes:
            raise FirmwareFailed(
                f"the firmware printed more than {console_bytes:,} bytes, a line counting "
                f"{LEAST_OF_A_LINE} at least; --console-bytes allows more"
            )
    for line in text.rest():
        yield line
    await _within(process.wait(), deadline, deadline_s)


async def _within(coming: Coroutine[Any, Any, _T], deadline: float, deadline_s: float) -> _T:
    left = deadline - asyncio.get_running_loop().time()
    try:
        return await asyncio.wait_for(coming, max(left, 0))
    except TimeoutError:
        raise DeadlinePassed(
            f"the firmware had not finished after {deadline_s:g} s; --deadline-s gives it longer, "
            "and --until N ends a run when 1NCE OS has N messages"
        ) from None
