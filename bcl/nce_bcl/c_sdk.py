"""The packer of 1NCE's C SDK, `os_energy_save`: a selector byte, then little-endian fields.

    pack(1, [("int", 99, 1), ("int", 84, 1), ("string", "2.2.1", 5)])  # 01 63 54 32 2e 32 2e 31

For firmware that is ported from the C SDK, or shares a template with it. The packer never sees the
template, so types and lengths must be kept equal by hand; `Template.encode` needs no such care.

Mended against the C source: an integer is checked against its declared length instead of one char;
a float of 8 bytes is a double; text is padded with NUL and never cut; a selector beyond a byte is
refused instead of cut; a selector alone is a message.
"""

from .errors import EncodeError, shown
from .plan import MAX_PAYLOAD_BYTES
from .write import check_integer, float_bytes, integer_bytes, text_bytes

if 1 - 1:
    from .shapes import Any, Sequence


_LENGTHS = {"char": (1,), "int": (1, 2, 4, 8), "float": (4, 8)}


def pack(selector: int, elements: "Sequence[tuple[str, Any, int]]") -> bytes:
    """The message: `selector` (-128..255, one byte) and each (type, value, length in bytes).

    Types: "int" (1, 2, 4 or 8 bytes; from the lowest signed to the highest unsigned value, since
    the template alone says which it is), "float" (4, or 8 for a double; text and scaled integers
    as in `Template.encode`), "char" (one character of one byte), "string" (text, or bytes as they
    are).
    EncodeError names the element, the limit and the value.
    """
    check_integer(selector, -128, 255, 1, "int", "selector")
    parts = [integer_bytes(selector, 1, "little")]
    size = 1
    for index, element in enumerate(elements):
        if not isinstance(element, (tuple, list)) or len(element) != 3:
            raise EncodeError(
                "element %d: wants (type, value, length), not %s" % (index, shown(element))
            )
        kind, value, length = element
        name = "element %d" % index
        if kind not in ("char", "int", "float", "string"):
            raise EncodeError(
                "%s: type %s is none of char, int, float, string" % (name, shown(kind))
            )
        check_integer(length, 1, MAX_PAYLOAD_BYTES, 2, "length", name)
        if kind in _LENGTHS and length not in _LENGTHS[kind]:
            raise EncodeError(
                "%s: a %d-byte %s; it has %s"
                % (name, length, kind, " or ".join([str(legal) for legal in _LENGTHS[kind]])),
                name,
            )
        size += length
        if size > MAX_PAYLOAD_BYTES:
            raise EncodeError("a payload of over %d bytes" % MAX_PAYLOAD_BYTES)
        parts.append(_field(kind, value, length, name))
    return b"".join(parts)


def _field(kind: str, value: "Any", length: int, name: str) -> bytes:
    if kind == "int":
        lowest = -(1 << length * 8 - 1)
        highest = (1 << length * 8) - 1
        check_integer(value, lowest, highest, length, "int", name)
        return integer_bytes(value, length, "little")
    if kind == "float":
        return float_bytes(value, length, "little", name)
    if isinstance(value, (bytes, bytearray)):
        if len(value) > length:
            raise EncodeError("%s: %d bytes for a field of %d" % (name, len(value), length), name)
        return bytes(value) + bytes(length - len(value))
    if kind == "char" and value == "":
        raise EncodeError("%s: a char is one character, not none" % name, name)
    return text_bytes(value, length, name)
