"""TLV (Content-Format 11542; OMA-TS-LightweightM2M_Core 1.1, 7.4.3).

    encode((3, 0), [((3, 0, 9), kinds.INTEGER, 100, None)])  # c1 09 64
    decode((3, 0), b"\\xc1\\x09\\x64", kind_of)  # [((3, 0, 9), 100, None)]

A node has a type in two bits, an identifier, a length; nodes nest three deep at most. Times have
no place in it and are left out.
"""

import struct

from nce.const import const
from nce.errors import UsageError
from nce.lwm2m import kinds, path
from nce.lwm2m.floats import packed
from nce.lwm2m.values import converted, is_at_or_below

if 1 - 1:
    from nce.seams import Entry, KindOf, Path, Read, Sequence

_INSTANCE = const(0)
_RESOURCE_INSTANCE = const(1)
_MULTIPLE = const(2)
_RESOURCE = const(3)


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The nodes of values at or below `base`, an object or less. Raises `UsageError`.

    Values of one instance, and of one resource, stand beside one another.
    """
    for entry in entries:
        if not base or not is_at_or_below(entry[0], base):
            raise UsageError("%s: not below %s" % (path.text(entry[0]), path.text(base)))
    if len(base) == 1:
        return b"".join(
            [_node(_INSTANCE, number, _resources(part)) for number, part in _groups(entries, 1)]
        )
    if len(base) == 4:
        return b"".join([_node(_RESOURCE_INSTANCE, one[0][3], _bytes(one)) for one in entries])
    return _resources(entries)


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The values of nodes that were written to `base`. Raises `FormatError`."""
    from nce.lwm2m import tlv_reader

    return tlv_reader.decode(base, data, kind_of)


def _groups(entries: "Sequence[Entry]", level: int) -> "list[tuple[int, list[Entry]]]":
    """Neighbours with the same number at one level of their paths."""
    groups: "list[tuple[int, list[Entry]]]" = []
    for entry in entries:
        number = entry[0][level]
        if not groups or groups[-1][0] != number:
            groups.append((number, []))
        groups[-1][1].append(entry)
    return groups


def _resources(entries: "Sequence[Entry]") -> bytes:
    encoded = bytearray()
    # An empty instance is alone in its group.
    for number, part in _groups([one for one in entries if len(one[0]) > 2], 2):
        if len(part[0][0]) == 3 and part[0][2] is not None:
            for entry in part:
                encoded.extend(_node(_RESOURCE, number, _bytes(entry)))
        else:
            values = [
                _node(_RESOURCE_INSTANCE, entry[0][3], _bytes(entry))
                for entry in part
                if len(entry[0]) == 4
            ]
            encoded.extend(_node(_MULTIPLE, number, b"".join(values)))
    return bytes(encoded)


def _node(kind: int, number: int, value: bytes) -> bytes:
    size = len(value)
    if size >= 1 << 24:
        raise UsageError("TLV has no room for %d bytes" % size)
    head = kind << 6
    if number > 0xFF:
        head |= 0x20
        identifier = bytes((number >> 8, number & 0xFF))
    else:
        identifier = bytes((number,))
    if size < 8:
        return bytes((head | size,)) + identifier + value
    width = 1 if size <= 0xFF else 2 if size <= 0xFFFF else 3
    return bytes((head | width << 3,)) + identifier + size.to_bytes(width, "big") + value


def _bytes(entry: "Entry") -> bytes:
    at, kind, value, _ = entry
    value = converted(at, kind, value, UsageError)
    if kind == kinds.OPAQUE:
        return bytes(value)
    if kind in (kinds.STRING, kinds.CORE_LINK):
        return bytes(value.encode())
    if kind == kinds.BOOLEAN:
        return b"\x01" if value else b"\x00"
    if kind == kinds.OBJECT_LINK:
        return struct.pack(">HH", value[0], value[1])
    if kind == kinds.FLOAT:
        # Four bytes where they hold it, or eight (IEEE 754).
        return packed(">f", value) or struct.pack(">d", value)
    # An unsigned one as if it had a sign, but for its last bit: those that see one read the same.
    width = 1
    while width < 8 and not -(1 << 8 * width - 1) <= value < 1 << 8 * width - 1:
        width *= 2
    number: int = value & (1 << 8 * width) - 1
    return number.to_bytes(width, "big")
