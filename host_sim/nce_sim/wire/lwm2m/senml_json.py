"""SenML JSON, application/senml+json (RFC 8428, 5; LwM2M Core 1.1, 7.4.4).

decode((3, 0), b'[{"bn":"/3/0/","n":"9","v":95}]', types)      # [Record((3, 0, 9), 95)]
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from nce_sim.wire.lwm2m.record import Link, LwM2mMistake, Path, Record, Types, path_text
from nce_sim.wire.lwm2m.senml import Raw, resolve, resolve_paths, split

_NUMBER = (int, float)
# Member: field of Raw, and the types it may have.
_MEMBERS: dict[str, tuple[str, tuple[type, ...]]] = {
    "bn": ("base_name", (str,)),
    "bt": ("base_time", _NUMBER),
    "bv": ("base_value", _NUMBER),
    "bver": ("base_version", _NUMBER),
    "n": ("name", (str,)),
    "t": ("time", _NUMBER),
    "v": ("number", _NUMBER),
    "vs": ("text", (str,)),
    "vb": ("boolean", (bool,)),
    "vd": ("octets", (str,)),
    "vlo": ("link", (str,)),
}


def decode(base: Path, data: bytes, types: Types) -> list[Record]:
    """The values of a pack within `base`."""
    return resolve(base, _raws(data), types)


def decode_paths(data: bytes) -> list[Path]:
    """The paths of a Read-Composite or an Observe-Composite."""
    return resolve_paths(_raws(data))


def encode(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """A pack about `base`."""
    return _pack([_member(base, record, first=not index) for index, record in enumerate(records)])


def encode_paths(paths: Iterable[Path]) -> bytes:
    """A pack that asks for paths."""
    return _pack([{"n": path_text(path)} for path in paths])


def loads(data: bytes) -> Any:
    """JSON as RFC 8259 has it: no NaN, no member twice, UTF-8; LwM2mMistake for the rest."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant
        )
    except UnicodeDecodeError:
        raise LwM2mMistake("the JSON is not UTF-8") from None
    except RecursionError:
        raise LwM2mMistake("the JSON is nested too deep") from None
    except LwM2mMistake:
        raise
    except ValueError as error:  # also an integer of thousands of digits
        raise LwM2mMistake(f"the payload is no JSON: {error}") from None


def dumps(value: Any) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def member_of(name: str, value: Any, wanted: tuple[type, ...]) -> Any:
    """A member's value; LwM2mMistake when its type is another. A boolean is no number here."""
    if (isinstance(value, bool) and bool not in wanted) or not isinstance(value, wanted):
        raise LwM2mMistake(f"{name} is {str(value)[:60]!r}, which is not of its type")
    if isinstance(value, float) and not math.isfinite(value):
        raise LwM2mMistake(f"{name} is a number that is too large")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise LwM2mMistake(f"{name} has half of a surrogate pair") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LwM2mMistake(f"a member of {list(found)[:8]} is there twice")
    return found


def _constant(name: str) -> NoReturn:
    raise LwM2mMistake(f"{name} is no JSON number")


def _raws(data: bytes) -> list[Raw]:
    pack = loads(data)
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise LwM2mMistake("SenML is an array of objects")
    return [_raw(record) for record in pack]


def _raw(record: dict[str, Any]) -> Raw:
    raw = Raw()
    for name, value in record.items():
        if name in _MEMBERS:
            field, wanted = _MEMBERS[name]
            setattr(raw, field, member_of(name, value, wanted))
        elif name.endswith("_"):
            # RFC 8428, 4.4: "MUST be understood".
            raise LwM2mMistake(f"the member {name[:40]!r} must be understood and is not")
    return raw


def _member(base: Path, record: Record, first: bool) -> dict[str, Any]:
    base_name, name = split(base, record.path)
    written: dict[str, Any] = {"bn": base_name} if first and base_name else {}
    if name:
        written["n"] = name
    value = record.value
    if isinstance(value, Link):
        written["vlo"] = str(value)
    elif isinstance(value, bytes):
        written["vd"] = base64.urlsafe_b64encode(value).decode().rstrip("=")
    elif isinstance(value, bool):
        written["vb"] = value
    elif isinstance(value, str):
        written["vs"] = value
    elif math.isfinite(value):
        written["v"] = value
    else:
        raise LwM2mMistake(f"{path_text(record.path)} is {value}, which JSON cannot say; use CBOR")
    if record.time_s is not None:
        written["t"] = record.time_s
    return written


def _pack(records: list[dict[str, Any]]) -> bytes:
    return dumps(records)
