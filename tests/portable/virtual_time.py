"""MicroPython's asyncio in virtual time: it jumps to the next deadline.

    virtual_time.install()      # before the first test; `run.py` does

Scripted modems answer at once and silent ones never, so the tests wait for nothing but limits. On
CPython `tests/conftest.py` runs them on the world's `VirtualLoop` instead. `_asyncio` in C takes
its own ticks for a task that may run at once: it then looks overdue, which it is.
"""

import asyncio.core
import time

import nce.clock
import nce_modem.clock


class Ticks:
    """`time` as clocks use it, with the jumps added."""

    ticks_add = time.ticks_add
    ticks_diff = time.ticks_diff

    def __init__(self):
        self.jumped_ms = 0

    def ticks_ms(self):
        return time.ticks_add(time.ticks_ms(), self.jumped_ms)


def install():
    """Let asyncio and the clocks of the packages jump."""
    ticks = Ticks()
    look = asyncio.core.IOQueue.wait_io_event

    def wait_io_event(queue, wait_ms):
        if wait_ms > 0 and not queue.map:
            ticks.jumped_ms += wait_ms
            wait_ms = 0
        look(queue, wait_ms)

    asyncio.core.ticks = ticks.ticks_ms
    asyncio.core.IOQueue.wait_io_event = wait_io_event
    nce_modem.clock.time = ticks
    nce.clock.now_ms = nce.clock.Ticks(ticks).now_ms
