"""TLV as it is read; `nce.lwm2m.tlv` writes it, and loads this when something is to be read."""

import struct

from nce.const import const
from nce.lwm2m import kinds, path
from nce.lwm2m.formats import FormatError
from nce.lwm2m.received import keep, unique, utf8
from nce.lwm2m.values import is_at_or_below

if 1 - 1:
    from nce.seams import Any, Iterator, KindOf, Path, Read

_INSTANCE = const(0)
_RESOURCE_INSTANCE = const(1)
_MULTIPLE = const(2)
_RESOURCE = const(3)


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
