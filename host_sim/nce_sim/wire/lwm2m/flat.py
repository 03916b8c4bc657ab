"""1NCE's flat JSON: one object whose keys are paths, as its state, history and events show it.

    flat_json([Record((6, 0, 5), 1726151810)])         # {"/6/0/5": 1726151810000}
    value_of("21.5", Kind.FLOAT, (3308, 0, 5900))      # 21.5: `data` of a controller's action

Times are milliseconds since 1970 there; a float that came in 32 bits is shown as those 32 bits
are (56.9462890625); octets are base64.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable

from nce_sim.wire.lwm2m import registry, single
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

Flat = str | int | float | bool
# [U] as a JSON writer that quotes them does, so that the text stays JSON.
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}
# [U] beside 0 and 1, which plain text has.
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def flat_json(records: Iterable[Record], types: Types = registry.types) -> dict[str, Flat]:
    """The values by path; of several of one path the one with the latest time, or the last."""
    newest: dict[Path, Record] = {}
    for record in records:
        before = newest.get(record.path)
        if before is None or (record.time_s or 0) >= (before.time_s or 0):
            newest[record.path] = record
    return {path_text(path): _flat(record.value, types(path)) for path, record in newest.items()}


def moments(records: Iterable[Record]) -> list[tuple[int | float | None, list[Record]]]:
    """Records by their time, the earliest first; what has no time is the latest of all."""
    found: dict[int | float | None, list[Record]] = {}
    for record in records:
        found.setdefault(record.time_s, []).append(record)
    return sorted(found.items(), key=lambda moment: math.inf if moment[0] is None else moment[0])


def value_of(data: str, kind: Kind, path: Path) -> Value:
    """What a controller's `data` is for a resource; the LwM2mMistake of a wrong one says so."""
    if kind is Kind.BOOLEAN:
        value = _BOOLEANS.get(data.lower())
        if value is None:
            raise LwM2mMistake(f"{path_text(path)} is Boolean: write true or false, not {data!r}")
        return value
    if kind is Kind.TIME:
        # [U] milliseconds, as the flat JSON shows them.
        milliseconds = single.parse_text(data, Kind.INTEGER, path)
        assert isinstance(milliseconds, int)
        return milliseconds // 1000
    return single.parse_text(data, kind, path)


def _flat(value: Value, kind: Kind | None) -> Flat:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Link):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return _NOT_FINITE.get(value, "NaN")
    if kind is Kind.TIME and isinstance(value, int):
        return value * 1000
    return value
