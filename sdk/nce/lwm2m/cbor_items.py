"""Items of CBOR (RFC 8949), read and written: what SenML and single values need.

    Reader(b"\\x18\\x5f").whole()  # 95
    head(0, 95)                  # b"\\x18\\x5f"

Read: integers, byte and text strings, arrays, maps, floats of all widths, true, false, null, also
of indefinite length, and the tag of a time. At most eight deep; no length is trusted.
"""

import struct

from nce.const import const
from nce.lwm2m.floats import packed
from nce.lwm2m.formats import FormatError
from nce.lwm2m.received import utf8

if 1 - 1:
    from nce.seams import Any, Iterator

_UNSIGNED = const(0)
_NEGATIVE = const(1)
_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)
_TAG = const(6)
_SIMPLE = const(7)

FALSE = b"\xf4"
TRUE = b"\xf5"

_DEPTH = const(8)
# Items of a record, or of a single value.
_MOST = const(64)
_BREAK = const(0xFF)
# Seconds since 1970, as an integer or a float (RFC 8949, 3.4.2).
_EPOCH = const(1)


class Reader:
    """Items of bytes and how far they are read. All methods raise `FormatError`."""

    __slots__ = ("_at", "_data", "_left")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = _MOST

    def whole(self) -> "Any":
        """The one item that the bytes are."""
        value = self._value(_DEPTH)
        self._end()
        return value

    def items(self) -> "Iterator[Any]":
        """The elements of the array that the bytes are, one at a time."""
        major, count = self._head()
        if major != _ARRAY:
            raise self._error("no array")
        for _ in self._turns(count):
            self._left = _MOST
            yield self._value(_DEPTH - 1)
        self._end()

    def _value(self, depth: int) -> "Any":
        self._left -= 1
        if self._left < 0:
            raise self._error("too many items")
        start = self._at
        major, number = self._head()
        if major == _SIMPLE:
            return self._simple(start, number)
        if major in (_BYTES, _TEXT):
            return self._string(major, number)
        if major in (_UNSIGNED, _NEGATIVE):
            if number is None:
                raise self._error("an integer without end")
            return -1 - number if major == _NEGATIVE else number
        if not depth:
            raise self._error("nested too deep")
        if major == _TAG:
            if number != _EPOCH:
                raise self._error("unknown tag %r" % number)
            return self._value(depth - 1)
        if major == _ARRAY:
            return [self._value(depth - 1) for _ in self._turns(number)]
        return self._map(depth - 1, number)

    def _map(self, depth: int, count: "int | None") -> "dict[Any, Any]":
        found: "dict[Any, Any]" = {}
        for _ in self._turns(count):
            key = self._value(0)
            # Others may be equal to one: 2.0 to 2, true to 1.
            if not isinstance(key, (int, str)) or key is True or key is False or key in found:
                raise self._error("a key that comes twice, or that is neither text nor integer")
            found[key] = self._value(depth)
        return found

    def _turns(self, count: "int | None") -> "Iterator[int]":
        """As many turns as there are elements, or as the end lets come."""
        turn = 0
        while count is None or turn < count:
            if self._at >= len(self._data):
                raise self._error("it ends too early")
            if count is None and self._data[self._at] == _BREAK:
                self._at += 1
                return
            yield turn
            turn += 1

    def _string(self, major: int, size: "int | None") -> "bytes | str":
        if size is None:
            parts = []
            for _ in self._turns(None):
                inner, part = self._head()
                if inner != major or part is None:
                    raise self._error("a string with a part of another type")
                parts.append(self._take(part))
            data = b"".join(parts)
        else:
            data = self._take(size)
        return utf8((), data) if major == _TEXT else data

    def _simple(self, start: int, number: "int | None") -> "Any":
        head = self._data[start] & 0x1F
        if head == 25:
            return struct.unpack(">e", self._data[start + 1 : self._at])[0]
        if head == 26:
            return struct.unpack(">f", self._data[start + 1 : self._at])[0]
        if head == 27 and number is not None:
            return _double(number, self._data[start + 1 : self._at])
        for known, value in ((20, False), (21, True), (22, None)):
            if head == known:
                return value
        raise self._error("a simple value that is unknown")

    def _head(self) -> "tuple[int, int | None]":
        """The major type and the number of its head; None stands for an indefinite length."""
        first = self._take(1)[0]
        low = first & 0x1F
        if low < 24:
            return first >> 5, low
        if low < 28:
            return first >> 5, int.from_bytes(self._take(1 << low - 24), "big")
        if low != 31:
            raise self._error("a reserved head")
        return first >> 5, None

    def _take(self, size: int) -> bytes:
        start = self._at
        if size > len(self._data) - start:
            raise self._error("it ends too early")
        self._at = start + size
        return self._data[start : self._at]

    def _end(self) -> None:
        if self._at < len(self._data):
            raise self._error("more after the end")

    def _error(self, what: str) -> "FormatError":
        return FormatError("no CBOR at byte %d of %d: %s" % (self._at, len(self._data), what))


def head(major: int, number: int) -> bytes:
    """The head of an item: its type with a number, or with the length of what follows."""
    major <<= 5
    if number < 24:
        return bytes((major | number,))
    low, width = 24, 1
    while number >> 8 * width:
        low, width = low + 1, 2 * width
    return bytes((major | low,)) + number.to_bytes(width, "big")


def integer(number: int) -> bytes:
    """The item of an integer of up to 64 bits."""
    return head(_NEGATIVE, -1 - number) if number < 0 else head(_UNSIGNED, number)


def array(count: int) -> bytes:
    """The head of an array."""
    return head(_ARRAY, count)


def pairs(count: int) -> bytes:
    """The head of a map."""
    return head(_MAP, count)


def time(seconds: int) -> bytes:
    """The item of a time, seconds since 1970."""
    return head(_TAG, _EPOCH) + integer(seconds)


def binary(data: bytes) -> bytes:
    """The item of bytes."""
    return head(_BYTES, len(data)) + data


def text(written: str) -> bytes:
    """The item of a text."""
    data = written.encode()
    return head(_TEXT, len(data)) + data


def floating(value: float) -> bytes:
    """The item of a float in the fewest bytes that hold it (RFC 8949, 4.2.2)."""
    for first, form in ((0xF9, ">e"), (0xFA, ">f")):
        data = packed(form, value)
        if data:
            return bytes((first,)) + data
    return b"\xfb" + struct.pack(">d", value)


def _double(bits: int, data: bytes) -> "int | float":
    """A float of 64 bits; an int where the float of a board would lose digits of an integer."""
    exponent = (bits >> 52 & 0x7FF) - 1075
    mantissa = bits & 0xFFFFFFFFFFFFF | 0x10000000000000
    # From 2**24 up to 2**64.
    if -28 <= exponent <= 11:
        whole = mantissa << exponent if exponent >= 0 else mantissa >> -exponent
        if exponent >= 0 or whole << -exponent == mantissa:
            return -whole if bits >> 63 else whole
    value: float = struct.unpack(">d", data)[0]
    return value
