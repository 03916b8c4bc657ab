"""Commands that only remember numbers, as rows: what they hold, within which bounds, for how long.

    CSCON = Stored("+CSCON", (0,), ((0, 1),))
    modem.stored(CSCON)[0]              # what the host set, or the default

`commands.stored` makes the commands of such rows.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

Numbers = tuple[int, ...]


class Kept(enum.Enum):
    """How long a modem remembers something."""

    RAM = "until the next start"
    NVM = "through power cycles"


@dataclass(frozen=True)
class Stored:
    """One such command: `ranges` are the bounds of its numbers."""

    name: str
    default: Numbers
    ranges: tuple[tuple[int, int], ...]
    kept: Kept = Kept.RAM


BIT = (0, 1)
CSCON = Stored("+CSCON", (0,), (BIT,))  # TS 27.007, 10.1.30
CGEREP = Stored("+CGEREP", (0, 0), ((0, 2), BIT))  # 10.1.19
# What all families remember (beside those: TS 27.007, 8.40, 8.41; V.250, 6.2.11 and 6.2.12).
STANDARD_STORED = (
    CSCON,
    CGEREP,
    Stored("+CTZR", (0,), ((0, 2),), Kept.NVM),
    Stored("+CTZU", (0,), ((0, 3),), Kept.NVM),
    Stored("+IFC", (0, 0), ((0, 2), (0, 2)), Kept.NVM),
    Stored("+ICF", (3, 3), ((3, 3), (0, 3)), Kept.NVM),
)
