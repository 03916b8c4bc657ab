"""Bytes to values: one selector against one payload.

    start, end = extract(selector, len(payload), "speed")
    value = convert(selector, payload, start, end, "speed", readings)

A range outside the payload is reported before a length its type cannot have, as the platform does.
"""

from struct import pack, unpack_from

from .errors import PayloadError
from .plan import span, struct_code

if 1 - 1:
    from .plan import Readings, Selector
    from .shapes import Any


# Where floats have 24 bits, as on most boards, unpacking binary32 is already exact.
FLOATS_ARE_SINGLE = float(1 << 24) + 1.0 == float(1 << 24)
_BINARY32_SMALLEST_NORMAL = 2.0**-126


def extract(selector: "Selector", size: int, asset: "str | None") -> "tuple[int, int]":
    """The selector's range (start, end) in a payload of `size` bytes, or the platform's error.

    `asset` is None for the selector of a switch or case.
    """
    start, end = span(selector, size)
    if start < 0 or end > size or end < start:
        raise _error(
            "can't extract [%d:%d] from %d bytes" % (start, end, size), asset, start, end, size
        )
    return start, end


def convert(
    selector: "Selector",
    payload: bytes,
    start: int,
    end: int,
    asset: "str | None",
    readings: "Readings",
) -> "Any":
    """The value of payload[start:end] as the selector's type; PayloadError where it has none."""
    kind, _, _, length, byteorder, code, _ = selector
    if length is None:
        code = struct_code(kind, end - start, byteorder)
    if code is not None:
        value = unpack_from(code, payload, start)[0]
        if kind != "float":
            return value
        return _float(value, code, payload, start, end, asset, readings)
    if kind == "string":
        try:
            text = text_of(bytes(payload[start:end]), readings.refuse_bad_utf8)
        except ValueError as error:
            raise _error(str(error), asset, start, end, len(payload))
        return text.rstrip("\0") if readings.strip_nul else text
    if kind == "hex":
        # MicroPython up to 1.25 makes bytes, not text, of no bytes.
        return bytes(payload[start:end]).hex() if start < end else ""
    if kind == "boolean" and end - start == 1:
        return payload[start] != 0
    if kind == "boolean" and end > start and readings.multibyte_boolean:
        return max(payload[start:end]) != 0
    raise _error(
        "can't convert [%d:%d], %d bytes, to %s" % (start, end, end - start, kind),
        asset,
        start,
        end,
        len(payload),
    )


def text_of(data: bytes, refuse: bool) -> str:
    """Text of UTF-8; ValueError for bad bytes that are refused, else each becomes U+FFFD."""
    try:
        text = data.decode()
        if len(text) == len(data):
            return text  # ASCII; MicroPython's decoder alone is too lax for the rest
    except ValueError:
        pass
    from .utf8 import decode_utf8

    return decode_utf8(data, refuse)


def _float(
    value: "Any",
    code: str,
    payload: bytes,
    start: int,
    end: int,
    asset: "str | None",
    readings: "Readings",
) -> "Any":
    is_wide = end - start == 8
    if is_wide and (FLOATS_ARE_SINGLE or readings.float64_as_text):
        bits = _bits(payload, start, end, code)
        from .decimals import BINARY64
        from .shortest import is_finite, to_text

        if is_finite(bits, BINARY64):
            return to_text(bits, BINARY64) if readings.float64_as_text else value
    elif value - value == 0:
        return value if is_wide else shortest_double(value)
    # JSON has no NaN and no infinity.
    raise _error(
        "float [%d:%d] is not a finite number" % (start, end), asset, start, end, len(payload)
    )


def _bits(payload: bytes, start: int, end: int, code: str) -> int:
    return int.from_bytes(payload[start:end], "little" if code[0] == "<" else "big")


def shortest_double(value: float) -> float:
    """The double next to the shortest decimal that reads back as the same binary32."""
    if FLOATS_ARE_SINGLE:
        return value
    raw = pack("<f", value)
    is_subnormal = -_BINARY32_SMALLEST_NORMAL < value < _BINARY32_SMALLEST_NORMAL
    if not is_subnormal:
        candidate = float("%.6g" % value)
        if pack("<f", candidate) == raw:
            return candidate
    elif value == 0:
        return value
    if is_subnormal or not (raw[0] or raw[1] or raw[2] & 0x7F):
        # Subnormals keep fewer digits, and a power of two has uneven neighbours: the exact way.
        from .decimals import BINARY32
        from .shortest import to_text

        return float(to_text(int.from_bytes(raw, "little"), BINARY32))
    for form in ("%.7g", "%.8g"):
        candidate = float(form % value)
        if pack("<f", candidate) == raw:
            return candidate
    return float("%.9g" % value)


def _error(reason: str, asset: "str | None", start: int, end: int, size: int) -> "PayloadError":
    if asset is None:
        # The platform's wording for a switch is unknown.
        message = "Switch, Error: %s" % reason
    else:
        message = "Asset path:%s, Error: %s" % (asset, reason)
    return PayloadError(message, asset, start, end, size)
