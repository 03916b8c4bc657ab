"""Runs a plan over a payload: mappings fill the result, switches choose the block to go on with.

    record = {}
    location = decode(template.plan, payload, template.readings, record)

Statements run in order and only those executed are checked against the payload's length. The walk
keeps its own stack.
"""

from collections import namedtuple
from struct import unpack_from

from .errors import PayloadError
from .plan import LOCATION_LONG, Constant, Field, same
from .read import FLOATS_ARE_SINGLE, convert, extract

if 1 - 1:
    from .plan import Readings, Switch
    from .shapes import Any, Block, NamedTuple, Sequence

    class Location(NamedTuple):
        longitude: "Any"
        latitude: "Any"

else:
    Location = namedtuple("Location", ("longitude", "latitude"))  # type: ignore[no-redef]


def decode(  # noqa: PLR0912 - numbers are read without calls
    plan: "Block", payload: bytes, readings: "Readings", result: "dict[str, Any]"
) -> "Location | None":
    """Fills `result`; returns the Location the message carries, or None.

    A location needs both custom types; the last one executed of each counts.
    """
    size = len(payload)
    keep_first = readings.keep_first
    is_rounded = FLOATS_ARE_SINGLE or readings.float64_as_text
    longitude = latitude = None
    pending = [iter(plan)]
    while pending:
        for statement in pending[-1]:
            if not isinstance(statement, Field):
                block = branch_taken(statement, payload, readings)
                if block:
                    pending.append(iter(block))
                    break
                continue
            asset, keys, source, custom_type = statement
            if isinstance(source, Constant):
                value: "Any" = source.value
            else:
                kind, start, endbyte, length, _, code, _ = source
                if endbyte is None:
                    end = start + length
                    if end > size:
                        extract(source, size, asset)  # raises
                else:
                    start, end = extract(source, size, asset)
                is_odd = code is None
                value = None if is_odd else unpack_from(code, payload, start)[0]
                if kind == "float" and not is_odd:
                    is_odd = length != 8 or is_rounded or value - value != 0
                if is_odd:
                    value = convert(source, payload, start, end, asset, readings)
            if custom_type is not None:
                if custom_type == LOCATION_LONG:
                    longitude = value
                else:
                    latitude = value
            if len(keys) == 1 and asset not in result:
                result[asset] = value
            else:
                _store(result, asset, keys, value, keep_first)
        else:
            pending.pop()
    if longitude is None or latitude is None:
        return None
    return Location(longitude, latitude)


def branch_taken(switch: "Switch", payload: bytes, readings: "Readings") -> "Block | None":
    """The block executed for this payload: the first equal case's, else the default, or None."""
    size = len(payload)
    start, end = extract(switch.selector, size, None)
    value = convert(switch.selector, payload, start, end, None, readings)
    for case in switch.cases:
        wanted = case.value
        if isinstance(wanted, Constant):
            wanted = wanted.value
        else:
            start, end = extract(wanted, size, None)
            wanted = convert(wanted, payload, start, end, None, readings)
        if same(wanted, value, readings.coerce_cases):
            return case.block
    return switch.default


def _store(
    result: "dict[str, Any]", asset: str, keys: "Sequence[str]", value: "Any", keep_first: bool
) -> None:
    node = result
    last = keys[-1]
    if len(keys) > 1:
        for key in keys[:-1]:
            child = node.get(key)
            if child is None:
                child = node[key] = {}
            elif not isinstance(child, dict):
                raise PayloadError(
                    "Asset path:%s, Error: %s holds a value, not an object" % (asset, key), asset
                )
            node = child
    if last in node:
        if isinstance(node[last], dict):
            raise PayloadError(
                "Asset path:%s, Error: it holds an object, not a value" % asset, asset
            )
        if keep_first:
            return
    node[last] = value
