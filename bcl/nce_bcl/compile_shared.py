"""The shared functions of generated modules; `compile_parts` copies their source.

Each function stands alone but for the names listed for it there. Texts of errors are shorter than
those of `Template`, and errors are the module's own.
"""

# pyright: reportUnusedFunction=false
# (generated modules call them)

from struct import pack

from .decimals import BINARY32, BINARY64, parse_decimal, to_bits
from .shortest import is_finite, to_text
from .utf8 import decode_utf8, encode_utf8

if 1 - 1:
    from .shapes import Any, Sequence


class PayloadError(ValueError):
    """The payload does not fit the template."""


class EncodeError(ValueError):
    """The mapping does not fit the template."""


# `2.0**128` would be folded by mpy-cross, in floats of 8 bytes; the result cannot be frozen for a
# board whose floats have 4.
_LIMIT = float((1 << 128) - (1 << 103))  # rounds to infinity in a float of 4 bytes
_ABSENT = object()
# MicroPython finds what a module defines far sooner than its own names.
_len = len
_isinstance = isinstance
_float = float


def _too_short(size: int, selectors: "Sequence[Any]") -> "PayloadError | None":
    """The error of the first selector (asset, byte, endbyte, length) outside the payload."""
    for asset, byte, endbyte, length in selectors:
        start = byte if byte is not None else size + endbyte
        end = start + length if length is not None else size + endbyte
        if start < 0 or end > size or end < start:
            name = "Switch" if asset is None else "Asset path:" + asset
            return PayloadError(
                "%s, Error: can't extract [%d:%d] from %d bytes" % (name, start, end, size)
            )
    return None  # called where one of them is


def _refuse_infinite(payload: bytes, floats: "Sequence[Any]") -> None:
    # By its bits: where floats have 24 bits, a large one of 8 bytes only seems to be infinite.
    for asset, start, length, byteorder in floats:
        bits = int.from_bytes(payload[start : start + length], byteorder)
        mask = 0x7FF << 52 if length == 8 else 0xFF << 23
        if bits & mask == mask:
            raise PayloadError("Asset path:%s, Error: float is not a finite number" % asset)


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
        if len(text) == len(raw):
            return text
    except ValueError:
        pass
    return decode_utf8(raw, False)


def _strict_text(raw: bytes, asset: "str | None") -> str:
    try:
        return decode_utf8(raw, True)
    except ValueError as error:
        name = "Switch" if asset is None else "Asset path:" + asset
        raise PayloadError("%s, Error: %s" % (name, error))


def _decimal_text(raw: bytes, byteorder: "Any", asset: str) -> str:
    bits = int.from_bytes(raw, byteorder)
    if not is_finite(bits, BINARY64):
        raise PayloadError("Asset path:%s, Error: float is not a finite number" % asset)
    return to_text(bits, BINARY64)


def _values(mapping: "Any", assets: "Sequence[str]", count: int) -> "Any":
    """Values by asset, _ABSENT for what is left out; the first `count` assets are needed."""
    data = _flatten(mapping)
    values: "list" = []  # type: ignore[type-arg]
    missing = []
    for asset in assets:
        value = data.get(asset, _ABSENT)
        if value is _ABSENT and len(values) < count:
            missing.append(asset)
        values.append(value)
    if missing:
        raise EncodeError("missing: %s" % ", ".join(missing))
    if len(data) > count:
        unknown = sorted([asset for asset in data if asset not in assets])
        if unknown:
            raise EncodeError(
                "not in the template, or not in the case taken: %s" % ", ".join(unknown)
            )
    return values


def _flatten(mapping: "Any") -> "Any":
    """{asset: value} of a mapping whose keys may be nested, dotted or both."""
    if isinstance(mapping, dict):
        for key in mapping:
            if not isinstance(key, str) or mapping[key] is None or isinstance(mapping[key], dict):
                break
        else:
            return mapping
    flat = {}
    pending = [("", mapping, 1)]
    while pending:
        prefix, node, depth = pending.pop()
        if not isinstance(node, dict) or depth > 32:
            raise EncodeError("wants a dict of assets, not %s" % _shown(node))
        for key in node:
            if not isinstance(key, str):
                raise EncodeError("asset names are text, not %s" % _shown(key))
            asset = prefix + key
            value = node[key]
            if isinstance(value, dict):
                pending.append((asset + ".", value, depth + 1))
            elif value is None or asset in flat:
                raise EncodeError("%s: %s" % (asset, "None" if value is None else "given twice"))
            else:
                flat[asset] = value
    return flat


def _choose(mapping: "Any", options: "Sequence[Any]") -> "Any":
    """Encodes by the one option (label, route, required, optional) that the mapping fits."""
    names = set(_flatten(mapping))
    fitting = []
    for option in options:
        known = set(option[2] + option[3])
        if names.issuperset(option[2]) and names.issubset(known):
            fitting.append(option)
    if len(fitting) > 1:
        able = []
        for option in fitting:
            try:
                option[1](mapping) if option[0] else option[1](mapping, None)
                able.append(option)
            except EncodeError:
                pass
        fitting = able
    if len(fitting) != 1 or fitting[0][0] is None:
        found = [option[0] or "the default" for option in fitting]
        raise EncodeError(
            "the data fits %s; give the switch by encode(..., case=value)"
            % (" and ".join(found) or "no case alone")
        )
    return fitting[0][1](mapping)


def _check(rows: "Sequence[Any]") -> None:
    """Raises EncodeError for the first misfit of (asset, value, kind, length)."""
    for asset, value, kind, width in rows:
        _integer_bytes(value, kind, width, "big", asset)


def _check_repeated(found: bytes, wanted: bytes, asset: str) -> None:
    if found != wanted:
        raise EncodeError(
            "%s: shares its bytes with the switch, which is %s" % (asset, wanted.hex())
        )


def _check_constant(value: "Any", constant: "Any", asset: str) -> None:
    is_boolean = value is True or value is False or constant is True or constant is False
    if value is not constant if is_boolean else value != constant:
        raise EncodeError(
            "%s: is the constant %r in this template, not %s" % (asset, constant, _shown(value))
        )


def _check_room(raw: bytes, room: int, asset: str) -> bytes:
    if len(raw) > room:
        raise EncodeError("%s: %d bytes, the payload has room for %d" % (asset, len(raw), room))
    return raw


def _integer_bytes(value: "Any", kind: str, width: int, byteorder: "Any", asset: str) -> bytes:
    is_boolean = value is True or value is False
    if kind == "boolean":
        if not is_boolean:
            raise EncodeError("%s: wants True or False, not %s" % (asset, _shown(value)))
        return (1 if value else 0).to_bytes(width, byteorder)
    bits = width * 8
    low, high = (0, (1 << bits) - 1) if kind == "uint" else (-(1 << bits - 1), (1 << bits - 1) - 1)
    if is_boolean or not isinstance(value, int) or not low <= value <= high:
        raise EncodeError(
            "%s: %s is no integer in %d..%d (%d-byte %s)"
            % (asset, _shown(value), low, high, width, kind)
        )
    return (value + (1 << bits) if value < 0 else value).to_bytes(width, byteorder)


def _whole(value: "Any") -> "Any":
    """1 for 1.0: numbers compare by value."""
    is_finite = isinstance(value, float) and value - value == 0
    return int(value) if is_finite and value == int(value) else value


def _float_bytes(value: "Any", width: int, byteorder: "Any", asset: str) -> bytes:
    """IEEE 754 bytes of a float, int, decimal text or (coefficient, exponent)."""
    if isinstance(value, float):
        if value - value != 0 or (width == 4 and not -_LIMIT < value < _LIMIT):
            raise EncodeError("%s: %r is no float of %d bytes" % (asset, value, width))
        return pack(("<" if byteorder == "little" else ">") + ("f" if width == 4 else "d"), value)
    is_negative = False
    exponent = 0
    try:
        if isinstance(value, str):
            coefficient, exponent, is_negative = parse_decimal(value)
        elif isinstance(value, tuple) and len(value) == 2:
            coefficient, exponent = value
        else:
            coefficient = value
        for part in (coefficient, exponent):
            if part is True or part is False or not isinstance(part, int):
                raise ValueError("neither a number nor (coefficient, exponent)")
        bits = to_bits(coefficient, exponent, BINARY32 if width == 4 else BINARY64, is_negative)  # type: ignore[arg-type,unused-ignore]
    except (ValueError, OverflowError) as error:
        raise EncodeError("%s: %s: %s (%d-byte float)" % (asset, _shown(value), error, width))
    return bits.to_bytes(width, byteorder)


def _utf8(value: "Any", width: "int | None", asset: str) -> bytes:
    """UTF-8 of the text, with NULs up to `width` bytes (None: as long as it is)."""
    if not isinstance(value, str):
        raise EncodeError("%s: wants text, not %s" % (asset, _shown(value)))
    try:
        raw = encode_utf8(value)
    except ValueError:
        raise EncodeError("%s: a lone surrogate" % asset)
    if width is None or len(raw) == width:
        return raw
    if len(raw) > width:
        raise EncodeError(
            "%s: %s takes %d bytes of UTF-8, the field has %d"
            % (asset, _shown(value), len(raw), width)
        )
    return raw + bytes(width - len(raw))


def _hex(value: "Any", width: "int | None", asset: str) -> bytes:
    """Bytes of hexadecimal text, or the bytes themselves."""
    raw = None
    if isinstance(value, (bytes, bytearray)):
        raw = bytes(value)
    elif isinstance(value, str) and len(value) % 2 == 0:
        if all([character in "0123456789abcdefABCDEF" for character in value]):
            raw = bytes.fromhex(value)
    if raw is None or (width is not None and len(raw) != width):
        raise EncodeError("%s: %s is not hex of %s bytes" % (asset, _shown(value), width))
    return raw


def _shown(value: "Any") -> str:
    if isinstance(value, int) and not -(1 << 128) < value < 1 << 128:
        return "an integer of more than 128 bits"
    if value is not None and not isinstance(value, (str, bytes, int, float, bool)):
        return type(value).__name__
    text = "%r" % (value,)
    return text if len(text) < 60 else text[:60] + "..."
