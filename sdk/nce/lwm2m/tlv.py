"""TLV (Content-Format 11542; OMA-TS-LightweightM2M_Core 1.1, 7.4.3).

    encode((3, 0), [((3, 0, 9), kinds.INTEGER, 100, None)])  # c1 09 64
    decode((3, 0), b"\\xc1\\x09\\x64", kind_of)  # [((3, 0, 9), 100, None)]

A node has a type in two bits, an identifier, a length; nodes nest three deep at most. Times have
no place in it and are left out.
"""

import struct

from nce.const import const
from nce.errors import UsageError
from nce.lwm2m import kinds, numerals, path
from nce.lwm2m.formats import FormatError
from nce.lwm2m.values import converted, is_at_or_below, keep, unique, utf8

if 1 - 1:
    from nce.seams import Any, Entry, Iterator, KindOf, Path, Read, Sequence

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
    read: "list[Read]" = []
    if not base:
        raise FormatError("/: TLV names no object")
    if len(base) == 1 or (len(base) == 2 and names_instances(data)):
        for kind, number, part in _nodes(base, data):
            instance = base[:1] + (number,)
            if kind != _INSTANCE or not is_at_or_below(instance, base):
                raise FormatError("%s: %s" % (path.text(base), _found(kind, number)))
            if part:
                _read_resources(read, instance, instance, part, kind_of)
            else:
                keep(read, instance, None)
    else:
        _read_resources(read, base, base[:2], data, kind_of)
    return unique(read)


def names_instances(data: bytes) -> bool:
    """True when the payload is of object instances: one of Create then says which to make."""
    return len(data) > 0 and data[0] >> 6 == _INSTANCE


def _read_resources(
    read: "list[Read]", base: "Path", instance: "Path", data: bytes, kind_of: "KindOf"
) -> None:
    for kind, number, part in _nodes(base, data):
        resource = instance + (number,)
        if kind == _RESOURCE_INSTANCE and len(base) >= 3:
            # Without the resource that has it: its name is in the request.
            resource = base[:3] + (number,)
            _read_value(read, base, resource, part, kind_of)
        elif kind == _MULTIPLE and (part or is_at_or_below(resource, base)):
            if not part:
                keep(read, resource, None)
            for inner, index, value in _nodes(resource, part):
                if inner != _RESOURCE_INSTANCE:
                    raise FormatError("%s: %s" % (path.text(resource), _found(inner, index)))
                _read_value(read, base, resource + (index,), value, kind_of)
        elif kind == _RESOURCE:
            _read_value(read, base, resource, part, kind_of)
        else:
            raise FormatError("%s: %s" % (path.text(base), _found(kind, number)))


def _read_value(
    read: "list[Read]", base: "Path", at: "Path", data: bytes, kind_of: "KindOf"
) -> None:
    if not is_at_or_below(at, base):
        raise FormatError("%s: not below %s" % (path.text(at), path.text(base)))
    keep(read, at, _value(at, kind_of(at), data))


def _nodes(at: "Path", data: bytes) -> "Iterator[tuple[int, int, bytes]]":
    """`(type, identifier, value)` of each node of one level, one at a time."""
    position = 0
    size = len(data)
    while position < size:
        head = data[position]
        start = position + 2 + (head >> 5 & 1)
        if head >> 3 & 3:
            end = start + (head >> 3 & 3)
            length = int.from_bytes(data[start:end], "big")
            start = end
        else:
            length = head & 7
        # A cut header has a start behind the end, so its cut numbers do not matter.
        if start + length > size:
            raise FormatError(
                "%s: a node of %d bytes at %d of %d" % (path.text(at), length, position, size)
            )
        number = data[position + 1]
        if head >> 5 & 1:
            number = number << 8 | data[position + 2]
        if number == 65535:
            raise FormatError("%s: the identifier 65535 names nothing" % path.text(at))
        position = start + length
        yield head >> 6, number, data[start:position]


def _found(kind: int, number: int) -> str:
    names = ("instance", "resource instance", "multiple resource", "resource")
    return "a node of %s %d, out of place" % (names[kind], number)


def _value(at: "Path", kind: "int | None", data: bytes) -> "Any":
    size = len(data)
    if kind is None or kind == kinds.OPAQUE:
        return data
    if kind in (kinds.STRING, kinds.CORE_LINK):
        return utf8(at, data)
    if kind == kinds.FLOAT:
        if size in (4, 8):
            return struct.unpack(">f" if size == 4 else ">d", data)[0]
    elif kind == kinds.BOOLEAN:
        if size == 1 and data[0] < 2:
            return data[0] == 1
    elif kind == kinds.OBJECT_LINK:
        if size == 4:
            return struct.unpack(">HH", data)
    elif size in (1, 2, 4, 8):
        number = int.from_bytes(data, "big")
        # Unsigned has no sign (annex C), though Leshan sends its 2**64 - 1 as -1.
        if kind != kinds.UNSIGNED and data[0] & 0x80:
            number -= 1 << 8 * size
        return number
    raise FormatError("%s: no value of its type in %d bytes" % (path.text(at), size))


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
        return numerals.packed(">f", value) or struct.pack(">d", value)
    # An unsigned one as if it had a sign, but for its last bit: those that see one read the same.
    width = 1
    while width < 8 and not -(1 << 8 * width - 1) <= value < 1 << 8 * width - 1:
        width *= 2
    number: int = value & (1 << 8 * width) - 1
    return number.to_bytes(width, "big")
