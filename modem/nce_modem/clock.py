"""A millisecond clock that only grows, on every interpreter.

    now_ms = default_clock()
    now_ms()        # 123456

On CPython it is the running loop's time, so that virtual time reaches the modem too; MicroPython's
ticks wrap, so their differences are added up (ask at least once in six days).
"""

import sys
import time

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Clock

_IS_MICROPYTHON = sys.implementation.name == "micropython"

if _IS_MICROPYTHON:

    class TicksClock:
        """Adds up `time.ticks_ms` differences."""

        def __init__(self) -> None:
            self._last = time.ticks_ms()
            self._total_ms = 0

        def __call__(self) -> int:
            now = time.ticks_ms()
            self._total_ms += time.ticks_diff(now, self._last)
            self._last = now
            return self._total_ms

else:

    def loop_ms() -> int:
        """The running asyncio loop's time in milliseconds."""
        import asyncio

        return int(asyncio.get_running_loop().time() * 1000)  # portable: only CPython


def default_clock() -> "Clock":
    """The `now_ms` of this interpreter."""
    if _IS_MICROPYTHON:
        return TicksClock()
    return loop_ms
