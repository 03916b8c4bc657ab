"""SenML CBOR, application/senml+cbor (RFC 8428, 6; LwM2M Core 1.1, 7.4.5).

decode((3, 0), bytes.fromhex("81a3 21 652f332f302f 00 6139 02 185f"), types)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from nce_sim.wire.lwm2m.cbor import dumps_maps, loads
from nce_sim.wire.lwm2m.record import Link, LwM2mMistake, Path, Record, Types, path_text
from nce_sim.wire.lwm2m.senml import Raw, resolve, resolve_paths, split
from nce_sim.wire.lwm2m.values import of_decimal

_NUMBER = (int, float, Decimal)
# Label: field of Raw, and the types it may have (RFC 8428, table 4). An object link has no number.
_LABELS: dict[int | str, tuple[str, tuple[type, ...]]] = {
    -1: ("base_version", _NUMBER),
    -2: ("base_name", (str,)),
    -3: ("base_time", _NUMBER),
    -5: ("base_value", _NUMBER),
    0: ("name", (str,)),
    2: ("number", _NUMBER),
    3: ("text", (str,)),
    4: ("boolean", (bool,)),
    6: ("time", _NUMBER),
    8: ("octets", (bytes,)),
    "vlo": ("link", (str,)),
}
_BASE_NAME, _NAME, _VALUE, _TEXT, _BOOLEAN, _TIME, _OCTETS = -2, 0, 2, 3, 4, 6, 8


def decode(base: Path, data: bytes, types: Types) -> list[Record]:
    """The values of a pack within `base`."""
    return resolve(base, _raws(data), types)


def decode_paths(data: bytes) -> list[Path]:
    """The paths of a Read-Composite or an Observe-Composite."""
    return resolve_paths(_raws(data))


def encode(base: Path, records: Sequence[Record], types: Types) -> bytes:
    """A pack about `base`."""
    return dumps_maps(
        [_map(base, record, first=not index) for index, record in enumerate(records)]
    )


def encode_paths(paths: Iterable[Path]) -> bytes:
    """A pack that asks for paths."""
    return dumps_maps([{_NAME: path_text(path)} for path in paths])


def _raws(data: bytes) -> list[Raw]:
    pack = loads(data)
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise LwM2mMistake("SenML is an array of maps")
    return [_raw(record) for record in pack]


def _raw(record: dict[Any, Any]) -> Raw:
    raw = Raw()
    for label, value in record.items():
        # True and 1.0 are equal to 1 in Python, and not in CBOR.
        known = _LABELS.get(label) if type(label) in {int, str} else None
        if known:
            field, wanted = known
            if isinstance(value, bool) is not (bool in wanted) or not isinstance(value, wanted):
                raise LwM2mMistake(f"label {label} is {type(value).__name__}, not of its type")
            setattr(raw, field, of_decimal(value) if isinstance(value, Decimal) else value)
        elif isinstance(label, str) and label.endswith("_"):
            # RFC 8428, 4.4: "MUST be understood".
            raise LwM2mMistake(f"the label {label[:40]!r} must be understood and is not")
    return raw


def _map(base: Path, record: Record, first: bool) -> dict[int | str, Any]:
    base_name, name = split(base, record.path)
    written: dict[int | str, Any] = {_BASE_NAME: base_name} if first and base_name else {}
    if name:
        written[_NAME] = name
    value = record.value
    if isinstance(value, Link):
        written["vlo"] = str(value)
    elif isinstance(value, bytes):
        written[_OCTETS] = value
    elif isinstance(value, bool):
        written[_BOOLEAN] = value
    elif isinstance(value, str):
        written[_TEXT] = value
    else:
        written[_VALUE] = value
    if record.time_s is not None:
        written[_TIME] = record.time_s
    return written
