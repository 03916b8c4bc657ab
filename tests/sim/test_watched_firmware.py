"""Firmware in a process, watched: whatever it prints and leaves behind, no wait is without end."""

import asyncio
import os
import signal
import sys

from nce_sim.firmware.watched import LONGEST_LINE, WatchedProcess

LIMIT_S = 20


class Started(WatchedProcess):
    """A program of this Python."""

    def __init__(self):
        super().__init__(deadline_s=LIMIT_S, silence_s=LIMIT_S)

    async def start(self, program):
        await self._run(sys.executable, "-u", "-c", program)


def lines_of(program):
    async def run():
        process = Started()
        await process.start(program)
        return [line async for line in process.lines()]

    return asyncio.run(run())


def test_it_is_ended_although_its_child_holds_the_console():
    leaving = (
        "import subprocess, time\nprint(subprocess.Popen(['sleep', '60']).pid)\ntime.sleep(60)"
    )

    async def run():
        process = Started()
        await process.start(leaving)
        lines = process.lines()
        child = int(await anext(lines))
        try:
            await asyncio.wait_for(process.kill(), LIMIT_S / 2)
        finally:
            os.kill(child, signal.SIGKILL)
        await lines.aclose()

    asyncio.run(run())


def test_a_line_that_is_too_long_is_cut():
    size = 2 * LONGEST_LINE + 5
    lines = lines_of(f"print('x' * {size}); print('end')")
    assert "".join(lines) == "x" * size + "end"
    assert lines[-1].endswith("end")
    assert max(map(len, lines)) <= LONGEST_LINE
    assert lines_of("print('one'); print('no end', end='')") == ["one", "no end"]
