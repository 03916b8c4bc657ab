"""TLV, application/vnd.oma.lwm2m+tlv (LwM2M Core 1.1, 7.4.3).

    decode((3, 0), bytes.fromhex("c10964"), types)     # [Record((3, 0, 9), 100)]
    encode((3, 0), [Record((3, 0, 9), 100)], types)    # c10964

Instances hold resources, a multiple resource holds its instances: there is no deeper nesting.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from nce_sim.wire.lwm2m.record import (
    NO_NUMBER,
    Kind,
    Link,
    LwM2mMistake,
    Path,
    Record,
    Types,
    Value,
    check_below,
    path_text,
)
from nce_sim.wire.lwm2m.values import is_float32, utf8, wrong

# Bits 7-6 of the first octet.
_INSTANCE, _RESOURCE_INSTANCE, _MULTIPLE, _RESOURCE = range(4)
_NAMES = ("an object instance", "a resource instance", "a multiple resource", "a resource")
_LONG_NUMBER = 0x20
_LONGEST = 0xFFFFFF
_LINK = struct.Struct(">HH")
_FLOATS = {4: struct.Struct(">f"), 8: struct.Struct(">d")}
_WHOLE_OCTETS = (1, 2, 4, 8)


class _Entry(NamedTuple):
    what: int
    number: int
    body: bytes


def decode(base: Path, data: bytes, types: Types) -> list[Record]:
    """The values of a payload for an object, instance, resource or resource instance."""
    if not base:
        raise LwM2mMistake("TLV has no composites: use SenML (110, 112)")
    records: list[Record] = []
    for entry in _entries(data, base):
        records += _level(base, entry, types)
    return records


def _level(base: Path, entry: _Entry, types: Types) -> Iterator[Record]:
    """What one entry at the top holds: `base` itself, or what is within it."""
    what = entry.what
    if what == _INSTANCE and len(base) <= 2:
        yield from _instance(_child(base[:1], entry, base), entry.body, types)
    elif what == _RESOURCE and len(base) <= 3:
        # A single object may answer with its resources alone.
        instance = base[:2] if len(base) > 1 else (base[0], 0)
        yield _record(_child(instance, entry, base), entry.body, types)
    elif what == _MULTIPLE:
        instance = base[:2] if len(base) > 1 else (base[0], 0)
        yield from _multiple(_child(instance, entry, base), entry.body, types)
    elif what == _RESOURCE_INSTANCE and len(base) >= 3:
        yield _record(_child(base[:3], entry, base), entry.body, types)
    else:
        raise LwM2mMistake(f"{_NAMES[what]} {entry.number} stands directly in {path_text(base)}")


def _instance(path: Path, body: bytes, types: Types) -> Iterator[Record]:
    for entry in _entries(body, path):
        if entry.what == _RESOURCE:
            yield _record((*path, entry.number), entry.body, types)
        elif entry.what == _MULTIPLE:
            yield from _multiple((*path, entry.number), entry.body, types)
        else:
            raise LwM2mMistake(f"{_NAMES[entry.what]} stands in the instance {path_text(path)}")


def _multiple(path: Path, body: bytes, types: Types) -> Iterator[Record]:
    for entry in _entries(body, path):
        if entry.what != _RESOURCE_INSTANCE:
            raise LwM2mMistake(f"{_NAMES[entry.what]} stands in the resource {path_text(path)}")
        yield _record((*path, entry.number), entry.body, types)


def _child(parent: Path, entry: _Entry, base: Path) -> Path:
    path = (*parent, entry.number)
    shared = min(len(path), len(base))
    check_below(path[:shared], base[:shared])
    return path


def _entries(data: bytes, where: Path) -> Iterator[_Entry]:
    position, numbers = 0, set()
    while position < len(data):
        entry, position = _entry(data, position, where)
        if entry.number in numbers:
            raise LwM2mMistake(f"{path_text((*where, entry.number))} is there twice")
        numbers.add(entry.number)
        yield entry


def _entry(data: bytes, position: int, where: Path) -> tuple[_Entry, int]:
    head = data[position]
    number_end = position + (3 if head & _LONG_NUMBER else 2)
    length_end = number_end + (head >> 3 & 3)
    number = int.from_bytes(data[position + 1 : number_end], "big")
    # Three bits hold a short length; bits 4-3 say how many octets hold a longer one.
    length = int.from_bytes(data[number_end:length_end], "big") if head & 0x18 else head & 7
    end = length_end + length
    if end > len(data):
        raise LwM2mMistake(f"the TLV in {path_text(where)} ends after {len(data)} octets")
    if number == NO_NUMBER:
        raise LwM2mMistake(f"the TLV in {path_text(where)} has the reserved number {number}")
    return _Entry(head >> 6, number, data[length_end:end]), end


def _record(path: Path, body: bytes, types: Types) -> Record:
    return Record(path, _value(body, types(path), path))


def _value(body: bytes, kind: Kind | None, path: Path) -> Value:
    if kind is None or kind is Kind.OPAQUE:
        return body
    if kind in {Kind.STRING, Kind.CORE_LINK}:
        return utf8(body)
    if kind is Kind.FLOAT:
        if len(body) not in _FLOATS:
            raise wrong(body, kind, path)
        return float(_FLOATS[len(body)].unpack(body)[0])
    if kind is Kind.BOOLEAN:
        if body not in {b"\0", b"\1"}:
            raise wrong(body, kind, path)
        return body == b"\1"
    if kind is Kind.OBJECT_LINK:
        if len(body) != _LINK.size:
            raise wrong(body, kind, path)
        return Link(*_LINK.unpack(body))
    if len(body) not in _WHOLE_OCTETS:
        raise wrong(body, kind, path)
    # Leshan reads unsigned integers as signed; the specification, and Wakaama, do not.
    return int.from_bytes(body, "big", signed=kind is not Kind.UNSIGNED)


def encode(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """The payload of values for `base`; the values of an instance stand together."""
    if not base:
        raise LwM2mMistake("TLV has no composites: use SenML (110, 112)")
    for record in records:
        check_below(record.path, base)
    if len(base) == 4:
        return b"".join(_written(_RESOURCE_INSTANCE, r.path[3], _octets(r.value)) for r in records)
    if len(base) > 1:
        return _resources(records)
    return b"".join(
        _written(_INSTANCE, number, _resources(list(within)))
        for number, within in groupby(records, lambda record: record.path[1])
    )


def _resources(records: Sequence[Record]) -> bytes:
    written = b""
    for number, group in groupby(records, lambda record: record.path[2]):
        within = list(group)
        if len(within[0].path) == 3:
            written += b"".join(_written(_RESOURCE, number, _octets(r.value)) for r in within)
        else:
            instances = (_written(_RESOURCE_INSTANCE, r.path[3], _octets(r.value)) for r in within)
            written += _written(_MULTIPLE, number, b"".join(instances))
    return written


def _written(what: int, number: int, body: bytes) -> bytes:
    length = len(body)
    if length > _LONGEST:
        raise LwM2mMistake(f"{length} octets in one TLV, at most {_LONGEST} fit")
    length_octets = (length.bit_length() + 7) // 8 if length > 7 else 0
    head = what << 6 | (_LONG_NUMBER if number > 0xFF else 0) | length_octets << 3
    if not length_octets:
        head |= length
    return (
        bytes([head])
        + number.to_bytes(2 if number > 0xFF else 1, "big")
        + (length.to_bytes(length_octets, "big") if length_octets else b"")
        + body
    )


def _octets(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Link):
        return _LINK.pack(*value)
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, float):
        return _FLOATS[4 if is_float32(value) else 8].pack(value)
    # An unsigned integer gets its zero in front, so that those who read it as signed agree.
    for octets in _WHOLE_OCTETS:
        if value < 1 << 8 * octets - 1 and value >= -(1 << 8 * octets - 1):
            return value.to_bytes(octets, "big", signed=True)
    return value.to_bytes(8, "big")
