"""Names for the numbers of registration: states, causes, levels of the radio, selection."""

from __future__ import annotations

import enum

# <stat> of `+CREG`, `+CGREG` and `+CEREG` (TS 27.007, 10.1.22).
IDLE, HOME, SEARCHING, DENIED, UNKNOWN, ROAMING = range(6)
MINIMUM, FULL, FLIGHT = 0, 1, 4  # the levels of AT+CFUN that all families have

# After these the USIM counts as invalid until it is powered again (TS 24.301, 5.5.1.2.5).
FINAL_CAUSES = frozenset({3, 6, 7, 8})


class Selection(enum.IntEnum):
    """How the operator is chosen: the mode of `AT+COPS`."""

    AUTOMATIC = 0
    MANUAL = 1
    DEREGISTERED = 2
