"""The ids and times of 1NCE OS (events: AWS X-Ray; logs: KSUID; what users make: nanoid).

trace_id(1676381886280, random)        # "1-63eb8ebe-" and 24 hexadecimal digits
ksuid(1676381886280, random)           # 27 characters
nanoid(random)                         # 21 characters
iso_time(1676381886280)                # "2023-02-14T13:38:06.280Z"
"""

from __future__ import annotations

import string
from datetime import UTC, datetime
from random import Random

# KSUID: seconds since this moment, then 16 random bytes, in base 62.
_KSUID_EPOCH_S = 1_400_000_000
_KSUID_CHARACTERS = 27
_NANOID_CHARACTERS = 21
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NANOID_ALPHABET = string.ascii_letters + string.digits + "_-"


def trace_id(received_ms: int, random: Random) -> str:
    """An event id; its eight digits are the second of reception."""
    return f"1-{received_ms // 1000:08x}-{random.getrandbits(96):024x}"


def ksuid(at_ms: int, random: Random) -> str:
    """A sortable id of 27 characters."""
    number = (at_ms // 1000 - _KSUID_EPOCH_S) % (1 << 32) << 128 | random.getrandbits(128)
    digits = []
    for _ in range(_KSUID_CHARACTERS):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def nanoid(random: Random) -> str:
    """An id of 21 letters, digits, `_` and `-`, as templates, integrations and fences have it."""
    return "".join(random.choices(_NANOID_ALPHABET, k=_NANOID_CHARACTERS))


def iso_time(at_ms: int) -> str:
    """Milliseconds since 1970 as the API writes them: UTC, three digits, Z."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
