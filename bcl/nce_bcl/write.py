"""Values to bytes: one value for one selector, checked against its type and length.

    value_bytes(selector, 2, -40, "temperature")  # b"\\xff\\xd8"

A float field takes a float, an int, decimal text ("56.92137111") or a scaled integer
((5692137111, -8) is 5692137111e-8); the last three are exact whatever floats the board has.
"""

import struct

from .errors import EncodeError, shown
from .plan import CODES, struct_code

if 1 - 1:
    from .plan import Selector
    from .shapes import Any


# The smallest magnitude that rounds to infinity in binary32: 2**128 - 2**103.
BINARY32_LIMIT = (1 << 128) - (1 << 103)

# What float_bytes() needs of decimals.py once a number is no float: much code, loaded once, since
# on MicroPython an import statement costs at every call.
_decimals: "list[Any]" = []


def value_bytes(selector: "Selector", width: int, value: "Any", asset: "str | None") -> bytes:
    """`width` bytes of the value; EncodeError names the asset, the limit and the value."""
    kind = selector.kind
    codes = CODES[kind]
    if codes is not None and width not in codes:
        raise _error(
            "the template has a %d-byte %s, which no reader can convert" % (width, kind), asset
        )
    if kind in ("int", "uint"):
        if not is_integer(value, kind, width):
            lowest, highest = integer_range(kind, width)
            check_integer(value, lowest, highest, width, kind, asset)
        return integer_bytes(value, width, selector.byteorder)
    if kind == "float":
        return float_bytes(value, width, selector.byteorder, asset)
    if kind == "string":
        return text_bytes(value, width, asset)
    if kind == "hex":
        data = hex_bytes(value, asset)
        if len(data) != width:
            raise _error("%d hex bytes for a field of %d" % (len(data), width), asset)
        return data
    if not (value is True or value is False):
        raise _error("wants True or False, not %s" % shown(value), asset)
    return integer_bytes(1 if value else 0, width, selector.byteorder)


def is_integer(value: "Any", kind: str, width: int) -> bool:
    """True for an int that an int or uint of `width` bytes holds."""
    if value is True or value is False or not isinstance(value, int):
        return False
    # Shifts of what fits leave no big integers behind, comparing with the limits would.
    if kind == "uint":
        return value >> width * 8 == 0  # type: ignore[no-any-return]
    return value >> width * 8 - 1 in (0, -1)


def integer_range(kind: str, width: int) -> "tuple[int, int]":
    """(lowest, highest) of an int or uint of `width` bytes."""
    if kind == "uint":
        return 0, (1 << width * 8) - 1
    return -(1 << width * 8 - 1), (1 << width * 8 - 1) - 1


def check_integer(
    value: "Any", lowest: int, highest: int, width: int, kind: str, asset: "str | None"
) -> None:
    """Raises EncodeError unless the value is an int within the limits, of `width` bytes."""
    if value is True or value is False or not isinstance(value, int):
        raise _error("wants an integer (%d-byte %s), not %s" % (width, kind, shown(value)), asset)
    if not lowest <= value <= highest:
        raise _error(
            "%s is outside %d..%d (%d-byte %s)" % (shown(value), lowest, highest, width, kind),
            asset,
        )


def integer_bytes(value: "Any", width: int, byteorder: "Any") -> bytes:
    # MicroPython's to_bytes takes no negative numbers, and its struct.pack truncates silently.
    if value < 0:
        value += 1 << width * 8
    return value.to_bytes(width, byteorder)  # type: ignore[no-any-return]


def float_bytes(value: "Any", width: int, byteorder: "Any", asset: "str | None") -> bytes:
    """IEEE 754 bytes, 4 or 8, of a float, int, decimal text or (coefficient, exponent)."""
    if isinstance(value, float):
        if value - value != 0:
            raise _error("%r has no place in JSON" % value, asset)
        if width == 4 and not -BINARY32_LIMIT < value < BINARY32_LIMIT:
            raise _error("%r is outside +-3.4028235e+38 (4-byte float)" % value, asset)
        return struct.pack(struct_code("float", width, byteorder), value)
    if not _decimals:
        from .decimals import BINARY32, BINARY64, parse_decimal, to_bits

        _decimals.extend((BINARY32, BINARY64, parse_decimal, to_bits))
    binary32, binary64, parse, bits_of = _decimals
    is_negative = False
    exponent = 0
    if isinstance(value, str):
        try:
            coefficient, exponent, is_negative = parse(value)
        except ValueError as error:
            raise _error("%s: %s" % (shown(value), error), asset)
    elif isinstance(value, tuple) and len(value) == 2:
        coefficient, exponent = value
    else:
        coefficient = value
    for part in (coefficient, exponent):
        if part is True or part is False or not isinstance(part, int):
            raise _error(
                "wants a float, decimal text or (coefficient, exponent), not %s" % shown(value),
                asset,
            )
    form = binary32 if width == 4 else binary64
    try:
        bits = bits_of(coefficient, exponent, form, is_negative)
    except OverflowError as error:
        raise _error("%s: %s for a %d-byte float" % (shown(value), error, width), asset)
    return bits.to_bytes(width, byteorder)  # type: ignore[no-any-return]


def text_bytes(value: "Any", width: int, asset: "str | None") -> bytes:
    """UTF-8, padded with NUL to the width and never cut."""
    if not isinstance(value, str):
        raise _error("wants text, not %s" % shown(value), asset)
    data = _utf8(value, asset)
    if len(data) > width:
        raise _error(
            "%s takes %d bytes of UTF-8, the field has %d" % (shown(value), len(data), width),
            asset,
        )
    return data + bytes(width - len(data))


def _utf8(value: str, asset: "str | None") -> bytes:
    try:
        data = value.encode()
        if len(data) != len(value):  # not ASCII
            from .utf8 import encode_utf8

            data = encode_utf8(value)
        return data
    except ValueError:
        raise _error("%s holds a lone surrogate, which UTF-8 cannot" % shown(value), asset)


def hex_bytes(value: "Any", asset: "str | None") -> bytes:
    """Bytes of hexadecimal text, or the bytes themselves."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    # fromhex() would let spaces pass.
    if isinstance(value, str) and len(value) % 2 == 0:
        for character in value:
            if character not in "0123456789abcdefABCDEF":
                break
        else:
            return bytes.fromhex(value)
    raise _error("wants hexadecimal text of whole bytes, or bytes, not %s" % shown(value), asset)


def _error(reason: str, asset: "str | None") -> "EncodeError":
    return EncodeError("%s: %s" % (asset, reason) if asset else reason, asset)


def natural_width(selector: "Selector", value: "Any", asset: "str | None") -> int:
    """Bytes the value takes: the declared length, or the fewest it fits when the range is open."""
    if selector.length is not None:
        return selector.length  # type: ignore[no-any-return]
    kind = selector.kind
    if kind == "string":
        return len(_utf8(value, asset)) if isinstance(value, str) else 0
    if kind == "hex":
        return len(hex_bytes(value, asset))
    if kind in ("int", "uint"):
        for width in (1, 2, 4):
            if is_integer(value, kind, width):
                return width
    return 1 if kind == "boolean" else 8
