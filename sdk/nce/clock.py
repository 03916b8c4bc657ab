"""One monotonic clock for the adapters: `now_ms()`, whole milliseconds that never wrap.

On CPython it is the running event loop's clock, so that a virtual loop moves the timers of the
SDK too. On MicroPython `time.ticks_ms` wraps (after 12 days on most ports); the ticks are added
up here, which is right as long as `now_ms` is called once in that time, and never goes back.
"""

import asyncio
import time

if 1 - 1:
    from nce.seams import Any

_HAS_TICKS = hasattr(time, "ticks_ms")


class Ticks:
    """The sum of the ticks of `source`, MicroPython's `time`."""

    def __init__(self, source: "Any") -> None:
        self._source = source
        self._last: "int" = source.ticks_ms()
        self._total_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the first reading."""
        ticks = self._source.ticks_ms()
        # `ticks_diff` would take a sleep of more than half the period for a step back.
        self._total_ms += (ticks - self._last) & self._source.ticks_add(0, -1)
        self._last = ticks
        return self._total_ms


if _HAS_TICKS:
    now_ms = Ticks(time).now_ms
else:

    def now_ms() -> int:
        """Milliseconds of the running event loop's clock; of the system's outside a loop."""
        try:
            loop = asyncio.get_running_loop()  # portable: CPython alone
            return int(loop.time() * 1000)
        except RuntimeError:
            return int(time.monotonic() * 1000)  # portable: CPython alone
