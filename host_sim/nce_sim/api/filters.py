"""The filter `q` of the OS groups: `{filter}:{value}`, several with commas between them.

read_filter("type:device,iccid:8988…", ("type", "iccid"))       # {"type": "device", "iccid": …}

1NCE's example has a semicolon in one place: it divides as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from nce_sim.problems import Invalid

_DIVIDER = re.compile("[,;]")


def read_filter(text: str | None, names: Collection[str]) -> dict[str, str]:
    """The values by filter; Invalid for an unknown filter, one without a value, or one twice."""
    found: dict[str, str] = {}
    for part in _DIVIDER.split(text or ""):
        if not part.strip():
            continue
        name, colon, value = part.strip().partition(":")
        if name not in names or not colon or not value or name in found:
            raise Invalid(
                f"q has {part!r}; write filter:value, each filter once, from {', '.join(names)}"
            )
        found[name] = value
    return found
