"""LwM2M JSON of version 1.0, application/vnd.oma.lwm2m+json (LwM2M 1.0, 6.4.4).

decode((3, 0), b'{"bn":"/3/0/","e":[{"n":"9","v":95}]}', types)        # [Record((3, 0, 9), 95)]
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

from nce_sim.wire.lwm2m.record import (
    Kind,
    Link,
    LwM2mMistake,
    Path,
    Record,
    Types,
    Value,
    check_below,
    parse_path,
    path_text,
)
from nce_sim.wire.lwm2m.senml_json import dumps, loads, member_of
from nce_sim.wire.lwm2m.values import of_base64, of_boolean, of_link, of_number, of_text

_NUMBER = (int, float)


def decode(base: Path, data: bytes, types: Types) -> list[Record]:
    """The values of a payload within `base`."""
    payload = loads(data)
    entries = payload.get("e") if isinstance(payload, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LwM2mMistake('LwM2M JSON is an object whose "e" is an array of objects')
    base_name = member_of("bn", payload.get("bn", ""), (str,))
    base_time = member_of("bt", payload["bt"], _NUMBER) if "bt" in payload else None
    return [_record(base, base_name, base_time, entry, types) for entry in entries]


def _record(
    base: Path, base_name: str, base_time: int | float | None, entry: dict[str, Any], types: Types
) -> Record:
    path = _path(base, base_name, member_of("n", entry.get("n", ""), (str,)))
    check_below(path, base)
    if len(path) < 3:
        raise LwM2mMistake(f"{path_text(path)} is no resource and has a value")
    time = member_of("t", entry["t"], _NUMBER) if "t" in entry else None
    if base_time is not None or time is not None:
        time = (base_time or 0) + (time or 0)
    return Record(path, _value(entry, types(path), path), time)


def _path(base: Path, base_name: str, name: str) -> Path:
    if base_name and name and not base_name.endswith("/") and not name.startswith("/"):
        # lwm2m-codec leaves the slash between them out.
        return parse_path(f"{base_name}/{name}")
    if base_name or name.startswith("/"):
        return parse_path(base_name + name)
    # Without a base name Wakaama counts from what was asked for, Leshan from the root.
    return parse_path(path_text(base).rstrip("/") + ("/" + name if name else ""))


def _value(entry: dict[str, Any], kind: Kind | None, path: Path) -> Value:
    held = [name for name in ("v", "bv", "sv", "ov") if name in entry]
    if len(held) != 1:
        raise LwM2mMistake(f"{path_text(path)} has {len(held)} values; an entry has one")
    [name] = held
    if name == "v":
        return of_number(member_of(name, entry[name], _NUMBER), kind, path)
    if name == "bv":
        return of_boolean(member_of(name, entry[name], (bool,)), kind, path)
    text = member_of(name, entry[name], (str,))
    if name == "ov":
        return of_text(text, kind, path) if kind else of_link(text, path)
    return of_base64(text, path) if kind is Kind.OPAQUE else of_text(text, kind, path)


def encode(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """The payload of values within `base`; a single value gets its name, as Wakaama wants it."""
    parent = base[:-1] if any(record.path == base for record in records) else base
    base_name = path_text(parent) + ("/" if parent else "")
    return dumps({"bn": base_name, "e": [_entry(base, parent, record) for record in records]})


def _entry(base: Path, parent: Path, record: Record) -> dict[str, Any]:
    check_below(record.path, base)
    entry: dict[str, Any] = {"n": "/".join(map(str, record.path[len(parent) :]))}
    value = record.value
    if isinstance(value, Link):
        entry["ov"] = str(value)
    elif isinstance(value, bytes):
        entry["sv"] = base64.b64encode(value).decode()
    elif isinstance(value, bool):
        entry["bv"] = value
    elif isinstance(value, str):
        entry["sv"] = value
    elif math.isfinite(value):
        entry["v"] = value
    else:
        raise LwM2mMistake(f"{path_text(record.path)} is {value}, which JSON cannot say; use TLV")
    if record.time_s is not None:
        entry["t"] = record.time_s
    return entry
