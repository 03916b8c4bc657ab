"""Values as a payload has them: text, times, not too many, and none twice."""

from nce.lwm2m import path
from nce.lwm2m.formats import FormatError
from nce.lwm2m.values import shown

if 1 - 1:
    from nce.seams import Any, Path, Read

# More cannot be held on a board; a payload of two bytes per value would otherwise take the heap.
MOST_VALUES = 512


def utf8(at: "Path", data: bytes) -> str:
    """The text of bytes; unlike MicroPython's own, only what is UTF-8 (RFC 3629)."""
    try:
        written = str(data, "utf-8")
    except UnicodeError:
        raise FormatError("%s: not UTF-8: %s" % (path.text(at), shown(data)))
    size = len(data)
    if len(written) != size:
        for character in written:
            code = ord(character)
            size -= 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
            # A surrogate, a code without character, or one in more bytes than it takes.
            if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
                size = -1
                break
        if size:
            raise FormatError("%s: not UTF-8: %s" % (path.text(at), shown(data)))
    return written


def keep(read: "list[Read]", at: "Path", value: "Any", time_s: "int | None" = None) -> None:
    """One more value of a payload. Raises `FormatError` when that has too many."""
    if len(read) >= MOST_VALUES:
        raise FormatError("%s: more than %d values in a payload" % (path.text(at), MOST_VALUES))
    read.append((at, value, time_s))


def unique(read: "list[Read]") -> "list[Read]":
    """The values of a payload. Raises `FormatError` when one comes twice for the same time."""
    seen = set()
    for at, _, time_s in read:
        if (at, time_s) in seen:
            raise FormatError("%s: twice in a payload" % path.text(at))
        seen.add((at, time_s))
    return read


def seconds(time: "int | float") -> int:
    """Whole seconds of a time. Raises `FormatError` for one without end, or that is no number."""
    # No number is neither less nor more; 2**53 seconds are 285 million years.
    if not -(1 << 53) < time < 1 << 53:
        raise FormatError("no time: %r" % time)
    return int(time // 1)
