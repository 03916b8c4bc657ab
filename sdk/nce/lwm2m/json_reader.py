"""Reads JSON (RFC 8259), the same on every interpreter and with exact integers.

    Reader(b'{"bn":"/3/0/"}').whole()  # {"bn": "/3/0/"}
    for record in Reader(b'[{"n":"9","v":95}]').items(): ...

MicroPython's `json` takes what is none ("05", "[1 2]"), lets a name come twice, and makes floats
of integers with an exponent. A document is at most eight deep.
"""

from nce.const import const
from nce.lwm2m import json_strings, numerals
from nce.lwm2m.formats import FormatError
from nce.lwm2m.received import utf8

if 1 - 1:
    from nce.seams import Any, Iterator

_DEPTH = const(8)
# Values of a document of `MOST_VALUES` entries, and of one record.
_MOST = const(2048)
_MOST_OF_ONE = const(64)

_WORDS = ((b"true", True), (b"false", False), (b"null", None))


class Reader:
    """A document of bytes and how far it is read. All methods raise `FormatError`."""

    __slots__ = ("_at", "_data", "_left")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = _MOST

    def whole(self) -> "Any":
        """The value that the document is."""
        value = self._value(_DEPTH)
        self._end()
        return value

    def items(self) -> "Iterator[Any]":
        """The elements of the array that the document is, one at a time."""
        if self._peek() != 0x5B:  # [
            raise self._error("no array")
        is_first = True
        while self._goes_on(0x5D, is_first):  # ]
            is_first = False
            self._left = _MOST_OF_ONE
            yield self._value(_DEPTH - 1)
        self._end()

    def _value(self, depth: int) -> "Any":
        self._left -= 1
        if self._left < 0:
            raise self._error("too many values")
        byte = self._peek()
        if byte == 0x22:  # "
            return self._string()
        if byte in (0x7B, 0x5B):  # { [
            if not depth:
                raise self._error("nested too deep")
            return self._object(depth - 1) if byte == 0x7B else self._array(depth - 1)
        for word, value in _WORDS:
            if self._data[self._at : self._at + len(word)] == word:
                self._at += len(word)
                return value
        return self._number()

    def _object(self, depth: int) -> "dict[str, Any]":
        found: "dict[str, Any]" = {}
        while self._goes_on(0x7D, not found):  # }
            if self._peek() != 0x22:
                raise self._error("no name")
            name = self._string()
            if name in found:
                raise self._error("%r comes twice" % name[:40])
            if self._peek() != 0x3A:  # :
                raise self._error("no colon")
            self._at += 1
            found[name] = self._value(depth)
        return found

    def _array(self, depth: int) -> "list[Any]":
        found: "list[Any]" = []
        while self._goes_on(0x5D, not found):  # ]
            found.append(self._value(depth))
        return found

    def _goes_on(self, closing: int, is_first: bool) -> bool:
        """Past the opening bracket or a comma, or False past the closing bracket."""
        if is_first:
            self._at += 1
            if self._peek() != closing:
                return True
        byte = self._peek()
        if byte not in (closing, 0x2C):  # ,
            raise self._error("no comma")
        self._at += 1
        return byte != closing

    def _string(self) -> str:
        data = self._data
        start = self._at + 1
        end = start
        while True:
            end = data.find(b'"', end)
            if end < 0:
                raise self._error("a string without end")
            before = end
            while before > start and data[before - 1] == 0x5C:
                before -= 1
            # After an odd number of backslashes the quote is one of the text.
            if (end - before) % 2 == 0:
                break
            end += 1
        part = data[start:end]
        if part and min(part) < 0x20:
            raise self._error("a control character in a string")
        self._at = end + 1
        try:
            return utf8((), json_strings.unescaped(part))
        except ValueError as error:
            raise self._error(str(error))

    def _number(self) -> "int | float":
        start = self._at
        while self._at < len(self._data) and self._data[self._at] in b"+-.0123456789Ee":
            self._at += 1
        written = self._data[start : self._at].decode()
        mantissa = written.lower().partition("e")[0]
        whole, point, part = mantissa.lstrip("-").partition(".")
        try:
            # No plus, no zero in front, digits on both sides of a point (RFC 8259, 6).
            if (
                written[:1] == "+"
                or not whole
                or (whole[0] == "0" and whole != "0")
                or (point and not part)
            ):
                raise ValueError("no value")
            return numerals.number(written)
        except ValueError as error:
            self._at = start
            raise self._error(str(error))

    def _peek(self) -> int:
        """The byte after the space that may stand here; -1 at the end."""
        data = self._data
        while self._at < len(data):
            byte = data[self._at]
            if byte not in b" \t\r\n":
                return byte
            self._at += 1
        return -1

    def _end(self) -> None:
        if self._peek() >= 0:
            raise self._error("more after the end")

    def _error(self, what: str) -> "FormatError":
        return FormatError("no JSON at byte %d of %d: %s" % (self._at, len(self._data), what))
