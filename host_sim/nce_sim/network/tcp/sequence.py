"""Sequence numbers: counted without a bound inside, modulo 2^32 on the wire (RFC 9293, 3.4).

wrapped(2**32 + 5)                  # 5
unwrapped(5, near=2**32 - 100)      # 2**32 + 5
"""

from __future__ import annotations

_MODULUS = 1 << 32
_HALF = 1 << 31


def wrapped(position: int) -> int:
    """The position as it stands in a header."""
    return position % _MODULUS


def unwrapped(number: int, near: int) -> int:
    """The position nearest to `near` that has this number on the wire."""
    return near + (number - near + _HALF) % _MODULUS - _HALF
