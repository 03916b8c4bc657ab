"""The short way from a mapping to its payload: its values in a list, checked, and one `pack`.

    encoder = StraightEncoder(template.plan, template.readings)
    encoder.encode({"battery": 99}, None)   # b"\\x63"; None: `encode` has to decide

For fields in ascending order at fixed places and at most one switch, that settled by `case` or by
having one case only. A board whose templates are like that never loads the rest of the encoder.
"""

from struct import pack

from .errors import EncodeError, shown
from .forget import forget
from .plan import MAX_PATH_KEYS, Constant, same
from .write import is_integer, value_bytes

if 1 - 1:
    from .plan import Field, Readings
    from .shapes import Any, Block, Sequence


class StraightEncoder:
    """Encodes by one plan; the ways it takes are kept."""

    def __init__(self, plan: "Block", readings: "Readings") -> None:
        from .straight import sole_switch

        self._plan = plan
        self._switch = sole_switch(plan)
        if self._switch and readings.coerce_cases:
            self._switch = False
        self._ways: "dict[Any, Any]" = {}  # by id of the block taken

    def encode(self, mapping: "Any", case: "Any") -> "bytes | None":
        """The payload, or None where `encode` has to decide; EncodeError for a wrong value."""
        block = None
        if self._switch is not None:
            case, block = _settled(self._switch, case)
            if block is None:
                return None
        elif case is not None:
            return None
        way = self._ways.get(id(block))
        if way is None:
            way = self._add_way(block)
        if not way:
            return None
        form, size, names, groups, types, limits, floats, texts, fields, constants, switch = way
        values = _nested_values(mapping, names, groups)
        is_plain = True
        if values is None or list(map(type, values)) != types:
            values = _flat_values(flatten(mapping), fields, constants)
            if values is None:
                return None
            is_plain = list(map(type, values)) == types
        if not is_plain or not _are_within(values, limits, floats):
            return _one_by_one(size, fields, values, switch, case)
        for slot in texts:
            values[slot] = _text_bytes(fields[slot], values[slot])
        if switch is not None:
            values.insert(switch[0], case)
        return pack(form, *values)

    def _add_way(self, block: "Block | None") -> "Any":
        from .straight import encoding_way

        way = self._ways[id(block)] = encoding_way(self._plan, block)
        forget(("straight",))
        return way


def _are_within(values: "list[Any]", limits: "list[Any]", floats: "list[Any]") -> bool:
    # MicroPython's struct would cut integers that are too large.
    for slot, bits in limits:
        rest = values[slot] >> bits
        if rest and (rest != -1 or not bits & 1):
            return False
    for slot, limit in floats:
        if not -limit < values[slot] < limit:
            return False
    return True


def _text_bytes(field: "Field", value: "Any") -> bytes:
    """Bytes of text or hex that struct may fill up with NULs."""
    asset, _, source, _ = field
    width = source.length
    try:
        if source.kind == "hex":
            raw = bytes.fromhex(value)  # which skips spaces
            if len(raw) == width and len(value) == 2 * width:
                return raw
        else:
            raw = value.encode()
            if len(value) == len(raw) <= width:  # ASCII
                return raw  # type: ignore[no-any-return]
    except ValueError:
        pass
    return value_bytes(source, width, value, asset)


def _settled(switch: "Any", case: "Any") -> "tuple[Any, Block | None]":
    """(value, block) of an integer switch that are certain, else (None, None)."""
    nothing = None, None
    if switch is False or switch.selector.endbyte is not None:
        return nothing
    kind, _, _, length, _, code, _ = switch.selector
    if kind not in ("uint", "int") or code is None:
        return nothing
    if case is None:
        if len(switch.cases) != 1 or switch.default is not None:
            return nothing
        case = switch.cases[0].value
        case = case.value if isinstance(case, Constant) else None
    if not is_integer(case, kind, length):
        return nothing
    for candidate in switch.cases:
        if not isinstance(candidate.value, Constant):
            return nothing
        if same(candidate.value.value, case):
            return case, candidate.block
    return case, switch.default


def _nested_values(mapping: "Any", names: "Sequence[str]", groups: "list[Any]") -> "Any":
    """Values of a mapping that is nested as the record is, and has no more; None for others."""
    if type(mapping) is not dict or len(mapping) != len(names):
        return None
    try:
        values = [mapping[name] for name in names]
        for first, last, inner in reversed(groups):
            node = values[first]
            if type(node) is not dict or len(node) != last - first:
                return None
            values[first : first + 1] = [node[name] for name in inner]
    except KeyError:
        return None
    return values


def _flat_values(data: "dict[str, Any]", fields: "list[Field]", constants: "list[Field]") -> "Any":
    """Values by asset; None unless the data has them all and no more than constants besides."""
    given = len(fields)
    for asset, _, source, _ in constants:
        if asset in data:
            if not same(data[asset], source.value):
                return None
            given += 1
    if given != len(data):
        return None
    try:
        return [data[field.asset] for field in fields]
    except KeyError:
        return None


def _one_by_one(
    size: int, fields: "list[Field]", values: "list[Any]", switch: "Any", case: "Any"
) -> bytes:
    """The payload of values that struct does not take as they are, or EncodeError."""
    payload = bytearray(size)
    for field, value in zip(fields, values):
        asset, _, source, _ = field
        start = source.byte
        payload[start : start + source.length] = value_bytes(source, source.length, value, asset)
    if switch is not None:
        selector = switch[1]
        raw = value_bytes(selector, selector.length, case, None)
        payload[selector.byte : selector.byte + selector.length] = raw
    return bytes(payload)


def flatten(mapping: "Any") -> "dict[str, Any]":
    """{asset: value} of a mapping whose keys may be nested, dotted or both."""
    flat = {}
    pending = [("", mapping, 1)]
    while pending:
        prefix, node, depth = pending.pop()
        if not isinstance(node, dict):
            raise EncodeError("wants a dict of assets, not %s" % shown(node))
        if depth > MAX_PATH_KEYS:
            raise EncodeError("nested deeper than %d names" % MAX_PATH_KEYS)
        for key in node:
            if not isinstance(key, str):
                raise EncodeError("asset names are text, not %s" % shown(key))
            asset = prefix + key
            value = node[key]
            if isinstance(value, dict):
                pending.append((asset + ".", value, depth + 1))
            elif value is None:
                raise EncodeError("%s: None is no value; leave the asset out" % asset, asset)
            elif asset in flat:
                raise EncodeError("asset %s is given twice, nested and dotted" % asset, asset)
            else:
                flat[asset] = value
    return flat
