"""Content-Formats: which codec reads and writes a payload (LwM2M Core 1.1, 7.4).

    decode(TLV, (3, 0), payload)                       # list of Record
    encode(SENML_JSON, (3311, 0), [Record((3311, 0, 5850), True)])
    paths_of(SENML_CBOR, payload)                      # of a Read-Composite
    encode_paths(SENML_CBOR, [(3, 0, 9), (6,)])

A composite has the base (). Payloads of devices are bounded; ours are what the caller makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from nce_sim.wire.lwm2m import lwm2m_json, registry, senml_cbor, senml_json, single, tlv
from nce_sim.wire.lwm2m.record import LwM2mMistake, Path, Record, Types
from nce_sim.wire.lwm2m.values import fit

TEXT = 0
LINK = 40
OPAQUE = 42
CBOR = 60
SENML_JSON = 110
SENML_CBOR = 112
TLV = 11542
JSON = 11543
# The numbers of drafts, which some clients still use.
DRAFTS = {1542: TLV, 1543: JSON}

MOST_OCTETS = 1 << 17
MOST_RECORDS = 4096


class UnknownFormat(LwM2mMistake):
    """A Content-Format that carries no values (4.15)."""


class _Codec(NamedTuple):
    decode: Callable[[Path, bytes, Types], list[Record]]
    encode: Callable[[Path, Sequence[Record], Types], bytes]


_CODECS = {
    TEXT: _Codec(single.decode_text, single.encode_text),
    OPAQUE: _Codec(single.decode_opaque, single.encode_opaque),
    CBOR: _Codec(single.decode_cbor, single.encode_cbor),
    SENML_JSON: _Codec(senml_json.decode, senml_json.encode),
    SENML_CBOR: _Codec(senml_cbor.decode, senml_cbor.encode),
    TLV: _Codec(tlv.decode, tlv.encode),
    JSON: _Codec(lwm2m_json.decode, lwm2m_json.encode),
}
KNOWN = frozenset(_CODECS)


def decode(
    content_format: int, base: Path, data: bytes, types: Types = registry.types
) -> list[Record]:
    """The values of a payload for `base`, in the payload's order; LwM2mMistake if it is wrong."""
    codec = _codec(content_format)
    _check_size(data)
    records = codec.decode(base, data, types)
    if len(records) > MOST_RECORDS:
        raise LwM2mMistake(f"{len(records)} values, at most {MOST_RECORDS} are read")
    seen: set[tuple[Path, float | None]] = set()
    for record in records:
        place = (record.path, record.time_s)
        if place in seen:
            raise LwM2mMistake(f"{record!r} is there twice")
        seen.add(place)
    return records


def encode(
    content_format: int, base: Path, records: Iterable[Record], types: Types = registry.types
) -> bytes:
    """The payload of values within `base`; LwM2mMistake for a value that its resource refuses."""
    fitting = [
        Record(record.path, fit(record.value, types(record.path), record.path), record.time_s)
        for record in records
    ]
    return _codec(content_format).encode(base, fitting, types)


def paths_of(content_format: int, data: bytes) -> list[Path]:
    """What a Read-Composite or an Observe-Composite asks for."""
    _check_size(data)
    if content_format == SENML_JSON:
        return senml_json.decode_paths(data)
    if content_format == SENML_CBOR:
        return senml_cbor.decode_paths(data)
    raise UnknownFormat(f"Content-Format {content_format} has no paths; SenML has (110, 112)")


def encode_paths(content_format: int, paths: Iterable[Path]) -> bytes:
    """The body of a Read-Composite or an Observe-Composite."""
    if content_format == SENML_JSON:
        return senml_json.encode_paths(paths)
    if content_format == SENML_CBOR:
        return senml_cbor.encode_paths(paths)
    raise UnknownFormat(f"Content-Format {content_format} has no paths; SenML has (110, 112)")


def _codec(content_format: int) -> _Codec:
    codec = _CODECS.get(DRAFTS.get(content_format, content_format))
    if codec is None:
        known = ", ".join(map(str, sorted(KNOWN)))
        raise UnknownFormat(f"Content-Format {content_format} has no values; these have: {known}")
    return codec


def _check_size(data: bytes) -> None:
    if len(data) > MOST_OCTETS:
        raise LwM2mMistake(f"{len(data)} octets, at most {MOST_OCTETS} are read")
