"""Formats of one value: plain text, opaque and CBOR (LwM2M Core 1.1, 7.4.1, 7.4.2, 7.4.6).

parse_text("-5", Kind.INTEGER, path)           # -5
decode_text((3, 0, 9), b"95", types)           # [Record((3, 0, 9), 95)]
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from nce_sim.wire.lwm2m import cbor
from nce_sim.wire.lwm2m.record import (
    Kind,
    Link,
    LwM2mMistake,
    Path,
    Record,
    Types,
    Value,
    path_text,
)
from nce_sim.wire.lwm2m.values import (
    of_base64,
    of_boolean,
    of_decimal,
    of_link,
    of_number,
    of_octets,
    of_text,
    utf8,
    wrong,
)

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
# Java writes NaN and Infinity, C nan and inf.
_FLOAT = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]?Infinity|nan|-?inf"
)
_LONGEST_NUMBER = 400
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def parse_text(text: str, kind: Kind | None, path: Path) -> Value:
    """A value of plain text; LwM2mMistake names the type that the resource has."""
    if kind in {None, Kind.STRING, Kind.CORE_LINK}:
        return text
    if kind is Kind.OPAQUE:
        return of_base64(text, path)
    if kind is Kind.OBJECT_LINK:
        return of_link(text, path)
    if kind is Kind.BOOLEAN and text in {"0", "1"}:
        return text == "1"
    if kind is Kind.FLOAT and len(text) <= _LONGEST_NUMBER and _FLOAT.fullmatch(text):
        return float(text)
    if kind not in {Kind.BOOLEAN, Kind.FLOAT} and _INTEGER.fullmatch(text):
        return of_number(int(text), kind, path)
    raise wrong(text, kind, path)


def write_text(value: Value) -> str:
    """A value as plain text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and not math.isfinite(value):
        return _NOT_FINITE.get(value, "NaN")
    return str(value)


def decode_text(base: Path, data: bytes, types: Types) -> list[Record]:
    """The one value of text/plain."""
    _check_base(base)
    return [Record(base, parse_text(utf8(data), types(base), base))]


def encode_text(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """text/plain of one value."""
    return write_text(_only(base, records).value).encode()


def decode_opaque(base: Path, data: bytes, types: Types) -> list[Record]:
    """The one value of application/octet-stream."""
    _check_base(base)
    return [Record(base, of_octets(data, types(base), base))]


def encode_opaque(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """application/octet-stream of one value."""
    value = _only(base, records).value
    if not isinstance(value, bytes):
        raise wrong(value, Kind.OPAQUE, base)
    return value


def decode_cbor(base: Path, data: bytes, types: Types) -> list[Record]:
    """The one value of application/cbor."""
    _check_base(base)
    return [Record(base, _of_cbor(cbor.loads(data), types(base), base))]


def encode_cbor(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """application/cbor of one value; a time is tagged as one (RFC 8949, 3.4.2)."""
    value = _only(base, records).value
    if isinstance(value, Link):
        return cbor.dumps(str(value))
    if types(base) is Kind.TIME:
        return b"\xc1" + cbor.dumps(value)
    return cbor.dumps(value)


def _of_cbor(item: object, kind: Kind | None, path: Path) -> Value:
    if isinstance(item, datetime):
        if kind not in {None, Kind.TIME}:
            raise wrong(item.isoformat(), kind, path)
        seconds = (item - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
        return of_number(seconds, Kind.TIME, path)
    if isinstance(item, Decimal):
        item = of_decimal(item)
    if isinstance(item, bool):
        return of_boolean(item, kind, path)
    if isinstance(item, (int, float)):
        return of_number(item, kind, path)
    if isinstance(item, bytes):
        return of_octets(item, kind, path)
    if isinstance(item, str):
        return of_text(item, kind, path)
    raise LwM2mMistake(f"{path_text(path)} has CBOR that is no value: {type(item).__name__}")


def _check_base(base: Path) -> None:
    if len(base) < 3:
        raise LwM2mMistake(f"{path_text(base)} is no resource: one value cannot be all of it")


def _only(base: Path, records: Sequence[Record]) -> Record:
    _check_base(base)
    if len(records) != 1 or records[0].path != base:
        raise LwM2mMistake(f"{len(records)} values for {path_text(base)}: this format has one")
    return records[0]
