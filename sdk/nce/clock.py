"""One monotonic clock for the adapters: `now_ms()`, whole milliseconds that never wrap.

On CPython it is the running event loop's clock, so that a virtual loop moves the timers of the
SDK too. On MicroPython `time.ticks_ms` wraps (after 12 days on most ports); the ticks are added
up here, which is right as long as `now_ms` is called once in six days.
"""

import asyncio
import time

if hasattr(time, "ticks_ms"):

    class _Ticks:
        def __init__(self):
            self._last = time.ticks_ms()  # type: ignore[attr-defined]
            self._total_ms = 0

        def now_ms(self):
            ticks = time.ticks_ms()  # type: ignore[attr-defined]
            elapsed_ms = time.ticks_diff(ticks, self._last)  # type: ignore[attr-defined]
            self._total_ms += elapsed_ms
            self._last = ticks
            return self._total_ms

    now_ms = _Ticks().now_ms

else:

    def now_ms():
        """Milliseconds of the running event loop's clock; of the system's outside a loop."""
        try:
            loop = asyncio.get_running_loop()  # portable: CPython alone
            return int(loop.time() * 1000)
        except RuntimeError:
            return int(time.monotonic() * 1000)  # portable: CPython alone
