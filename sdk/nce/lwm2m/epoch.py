"""The time of day as LwM2M has it: whole seconds since 1970-01-01 UTC.

Some boards count from 2000; all of them tell when, by what second 0 was.
"""

import time

if 1 - 1:
    from nce.seams import Any

_clock: "Any" = time
_SHIFT_S = 946_684_800 if _clock.gmtime(0)[0] == 2000 else 0


def unix_s() -> int:
    """Seconds since 1970; as right as the board's clock."""
    return int(time.time()) + _SHIFT_S
