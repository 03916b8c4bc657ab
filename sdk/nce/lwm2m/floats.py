"""Floats as bytes, as long as they hold them."""

import struct


def packed(form: str, value: float) -> bytes:
    """The bytes of a float in a form of `struct`; none when that does not hold it."""
    try:
        data = struct.pack(form, value)
    except OverflowError:
        return b""  # CPython's; MicroPython packs an infinity, or what is no number
    is_number = value <= 0 or value >= 0
    return b"" if is_number and struct.unpack(form, data)[0] != value else data
