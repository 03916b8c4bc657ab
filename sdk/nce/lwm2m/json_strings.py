"""Strings and values of JSON (RFC 8259, 6 and 7): strings quoted and back, values written."""

from nce.errors import UsageError
from nce.lwm2m import kinds, numerals, path
from nce.lwm2m.values import converted

if 1 - 1:
    from nce.seams import Callable, Entry, Path, Sequence

_LETTERS = b'"\\/bfnrt'
_MEANT = b'"\\/\b\f\n\r\t'


def quoted(text: str) -> str:
    """The text in quotes; nothing is escaped but what has to be."""
    if "\\" in text or '"' in text or (text and min(text) < " "):
        text = "".join([_escaped(character) for character in text])
    return '"%s"' % text


def unescaped(part: bytes) -> bytes:
    """What stands between two quotes, as UTF-8. Raises `ValueError`."""
    if b"\\" not in part:
        return part
    text = bytearray()
    position = 0
    while True:
        at = part.find(b"\\", position)
        if at < 0:
            text.extend(part[position:])
            return bytes(text)
        text.extend(part[position:at])
        letter = part[at + 1]
        position = at + 2
        if letter != 0x75:  # u
            index = _LETTERS.find(bytes((letter,)))
            if index < 0:
                raise ValueError("an unknown escape in a string")
            text.append(_MEANT[index])
            continue
        code = _unit(part, position)
        position += 4
        if code >> 10 == 0x36:
            # The first half of a character above 0xFFFF.
            low = _unit(part, position + 2)
            if part[position : position + 2] != b"\\u" or low >> 10 != 0x37:
                raise ValueError("half a character in a string")
            code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF)
            position += 6
        elif code >> 10 == 0x37:
            raise ValueError("half a character in a string")
        text.extend(chr(code).encode())


def json_float(at: "Path", value: float) -> str:
    """The number. JSON has none for what is infinite or no number: `UsageError`."""
    if value - value != 0:
        raise UsageError("%s: JSON has no %r; answer in TLV or CBOR" % (path.text(at), value))
    return numerals.digits(value)


def member(entry: "Entry", names: "Sequence[str]", base64: "Callable[[bytes], str]") -> str:
    """The member that holds a value; `names` are those of a Boolean, opaque bytes, an object link
    and a text. Raises `UsageError`."""
    at, kind, value, _ = entry
    value = converted(at, kind, value, UsageError)
    if kind == kinds.FLOAT:
        return '"v":' + json_float(at, value)
    if kind == kinds.BOOLEAN:
        return '"%s":%s' % (names[0], "true" if value else "false")
    if kind == kinds.OPAQUE:
        return '"%s":"%s"' % (names[1], base64(value))
    if kind == kinds.OBJECT_LINK:
        return '"%s":"%d:%d"' % ((names[2],) + value)
    if kind in (kinds.STRING, kinds.CORE_LINK):
        return '"%s":%s' % (names[3], quoted(value))
    return '"v":%d' % value


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return "\\u%04x" % ord(character) if character < " " else character


def _unit(part: bytes, position: int) -> int:
    digits = part[position : position + 4].lower()
    for digit in digits:
        if digit not in b"0123456789abcdef":
            digits = b""
    if len(digits) != 4:
        raise ValueError("an escape of four digits has %d" % len(digits))
    return int(digits.decode(), 16)
