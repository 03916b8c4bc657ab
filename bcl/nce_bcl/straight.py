"""The short way from a mapping to its payload, for templates that are plain, as most are.

    data = flatten({"gps": {"lat": 52.1}, "speed": 9})   # {"gps.lat": 52.1, "speed": 9}
    payload = encode_straight(plan, data, case)           # None: `encode` has to decide

Fields in ascending order at fixed places, at most one switch, and that settled by `case` or by
having one case only. A board whose templates are like that never loads the rest of the encoder.
"""

from struct import pack_into

from .errors import EncodeError, shown
from .plan import MAX_PATH_KEYS, MAX_PAYLOAD_BYTES, Constant, Field, same
from .write import is_integer, value_bytes


def flatten(mapping):
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


def encode_straight(plan, data, case):
    """The payload, or None where anything is out of the ordinary, errors in the data included."""
    fields = plan
    if case is not None or not all([isinstance(statement, Field) for statement in plan]):
        fields = _route(plan, case)
        if not fields:
            return None
    size = _size(fields)
    if size is None:
        return None
    payload = bytearray(size)
    given = 0
    for asset, _, source, _ in fields:
        if isinstance(source, Constant):
            if asset is None:  # the switch, which _route() made a constant of its bytes
                selector, raw = source.value
                payload[selector.byte : selector.byte + len(raw)] = raw
            elif asset in data:
                if not same(data[asset], source.value):
                    return None
                given += 1
            continue
        kind, start, _, length, _, code, _ = source
        if asset not in data:
            return None
        value = data[asset]
        given += 1
        if code is None or kind == "float":
            payload[start : start + length] = value_bytes(source, length, value, asset)
            continue
        if value is True or value is False or not isinstance(value, int):
            return None
        if value >> length * 8 != 0 if kind == "uint" else value >> length * 8 - 1 not in (0, -1):
            return None
        pack_into(code, payload, start, value)
    # An asset mapped twice counts twice, so that too is left to the long way.
    return bytes(payload) if given == len(data) else None


def _size(fields):
    """Bytes of a payload whose fields ascend and share none; None for other layouts."""
    size = 0
    for asset, _, source, _ in fields:
        if not isinstance(source, Constant):
            _, start, endbyte, length, _, _, _ = source
            if endbyte is not None or start < size:
                return None
            size = start + length
        elif asset is None:
            selector, raw = source.value
            if selector.byte < size:
                return None
            size = selector.byte + len(raw)
    return size if size <= MAX_PAYLOAD_BYTES else None


def _route(plan, case):
    """The fields of the plan and of the one case of its switch, or None."""
    fields = []
    is_met = False
    for statement in plan:
        if isinstance(statement, Field):
            fields.append(statement)
            continue
        chosen = None if is_met else _chosen(statement, case)
        if chosen is None:
            return None
        is_met = True
        selector = statement.selector
        raw = value_bytes(selector, selector.length, chosen.value.value, None)
        fields.append(Field(None, None, Constant((selector, raw)), None))
        for inner in chosen.block:
            if not isinstance(inner, Field):
                return None
            fields.append(inner)
    return fields if is_met else None


def _chosen(switch, case):
    """The case of an integer switch that is taken for certain, or None."""
    kind, _, endbyte, length, _, code, _ = switch.selector
    if endbyte is not None or kind not in ("uint", "int"):
        return None
    if case is None:
        if len(switch.cases) != 1 or switch.default is not None:
            return None
        case = switch.cases[0].value.value if isinstance(switch.cases[0].value, Constant) else None
    if code is None or not is_integer(case, kind, length):
        return None
    for candidate in switch.cases:
        if not isinstance(candidate.value, Constant):
            return None
        if same(candidate.value.value, case):
            return candidate if isinstance(candidate.value.value, int) else None
    return None
