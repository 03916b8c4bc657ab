"""Straight ways through a template: fields at fixed places, one behind the other, as most are.

    switch = sole_switch(plan)                  # None: there is none; False: there are several
    way = decoding_way(plan, block, readings)   # what StraightDecoder needs for one case
    way = encoding_way(plan, block)             # what StraightEncoder does

A way is made when its case is first met; then a board gives this module back. It is False where
the fields are not straight: `decode` and `encode`, which walk from field to field, can do those.
"""

from .plan import LOCATION_LAT, LOCATION_LONG, MAX_PAYLOAD_BYTES, Constant, Field
from .write import BINARY32_LIMIT

if 1 - 1:
    from .plan import Readings
    from .shapes import Any, Block, Sequence


_INFINITY = float("inf")
_TYPES = {"int": int, "uint": int, "float": float, "boolean": bool, "string": str, "hex": str}


def sole_switch(plan: "Block") -> "Any":
    """The plan's one switch, None when it has none, False when there are several."""
    found = None
    for statement in plan:
        if isinstance(statement, Field):
            continue
        if found is not None:
            return False
        found = statement
        for block in [case.block for case in statement.cases] + [statement.default or ()]:
            for inner in block:
                if not isinstance(inner, Field):
                    return False
    return found


def decoding_way(plan: "Block", block: "Block | None", readings: "Readings") -> "Any":
    """How payloads are decoded whose switch takes `block` (None: nothing), or False.

    form, size       struct format of all fields, and its bytes
    conversions      (slot, how) of values that are not what struct makes of them
    location         slots of (longitude, latitude), or None
    constants        (place in the record, value)
    names, groups    see _shape()
    """
    fields = _fields_along(plan, block, False)
    packed = _packed_form(_sources(fields))
    shaped = _shape(fields)
    if packed is None or shaped is None:
        return False
    conversions = []
    places: "dict[Any, Any]" = {}  # custom type: slot, of the last field with it
    constants = []
    slot = 0
    for index, (_, _, source, custom_type) in enumerate(fields):
        if custom_type is not None:
            places[custom_type] = slot
        if isinstance(source, Constant):
            if custom_type is not None:
                return False
            constants.append((index, source.value))
            continue
        kind = source.kind
        is_wide = kind == "float" and source.length == 8
        if (is_wide and readings.float64_as_text) or (kind == "string" and readings.strip_nul):
            return False
        if kind not in ("int", "uint"):
            conversions.append((slot, "double" if is_wide else kind))
        slot += 1
    location = None
    if len(places) == 2:
        location = places[LOCATION_LONG], places[LOCATION_LAT]
    return packed + (conversions, location, constants) + shaped


def encoding_way(plan: "Block", block: "Block | None") -> "Any":
    """How mappings are encoded whose switch takes `block` (None: without one), or False.

    form, size      struct format of all fields, the switch among them, and its bytes
    names, groups   see _shape()
    types           of the values that struct takes, one for each of `fields`
    limits          (slot, bits) of integers; an odd number tells a signed one without its sign
    floats          (slot, first magnitude too large)
    texts           slots of text and hex
    fields, constants   of the template; those that are packed, in order, and the others
    switch          (slot, selector), or None
    """
    fields: "list[Any]" = []
    constants: "list[Any]" = []
    switch = None
    along = _fields_along(plan, block, True)
    packed = _packed_form(_sources(along))
    # An asset that is mapped twice may be hidden by a constant.
    if packed is None or len({field.asset for field in along}) < len(along):
        return False
    for field in along:
        if field.asset is None:
            switch = len(fields), field.source
        else:
            (constants if isinstance(field.source, Constant) else fields).append(field)
    shaped = _shape(fields)
    if shaped is None or packed[1] > MAX_PAYLOAD_BYTES:
        return False
    limits = []
    floats = []
    texts = []
    for slot, field in enumerate(fields):
        kind, _, _, length, _, _, _ = field.source
        if kind in ("int", "uint"):
            limits.append((slot, length * 8 - (1 if kind == "int" else 0)))
        elif kind == "float":
            floats.append((slot, BINARY32_LIMIT if length == 4 else _INFINITY))
        elif kind != "boolean":
            texts.append(slot)
    types = [_TYPES[field.source.kind] for field in fields]
    return packed + shaped + (types, limits, floats, texts, fields, constants, switch)


def _fields_along(plan: "Block", block: "Block | None", with_switch: bool) -> "list[Field]":
    """The fields executed, in order; `with_switch`, the switch as a Field without an asset."""
    fields = []
    for statement in plan:
        if isinstance(statement, Field):
            fields.append(statement)
            continue
        if with_switch:
            fields.append(Field(None, None, statement.selector, None))
        fields.extend(block or ())
    return fields


def _sources(fields: "list[Field]") -> "list[Any]":
    return [field.source for field in fields if not isinstance(field.source, Constant)]


def _packed_form(selectors: "Sequence[Any]") -> "tuple[str, int] | None":
    """(struct format, bytes) of selectors that ascend and share no byte; None for all others.

    Booleans are integers in it, text and hex are bytes.
    """
    order = None
    codes = []
    size = 0
    for kind, start, endbyte, length, _, code, _ in selectors:
        if endbyte is not None or start < size:
            return None
        if start > size:
            codes.append("%dx" % (start - size))
        size = start + length
        if code is not None:
            if length > 1:
                if order not in (None, code[0]):
                    return None  # struct knows one byte order per call
                order = code[0]
            codes.append(code[1])
        elif kind == "boolean" and length == 1:
            codes.append("B")
        elif kind in ("string", "hex"):
            codes.append("%ds" % length)
        else:
            return None
    return (order or ">") + "".join(codes), size


def _shape(fields: "list[Field]") -> "tuple[Any, list[Any]] | None":
    """(names, groups): where the fields' values, in order, lie in nested dicts.

    `names` are the keys of the outermost one. Each group (first, last, names) is an object inside,
    deepest first: values[first:last] give way to one dict. None where an object is left and
    entered again, or a path is met twice.
    """
    items = [field.keys for field in fields]
    groups = []
    depth = max([len(keys) for keys in items] or [1])
    while depth > 1:
        first = len(items)
        while first:
            last = first
            first -= 1
            if len(items[first]) < depth:
                continue
            parent = items[first][:-1]
            while first and len(items[first - 1]) == depth and items[first - 1][:-1] == parent:
                first -= 1
            groups.append((first, last, _last_keys(items[first:last])))
            items[first:last] = [parent]
        depth -= 1
    names = _last_keys(items)
    for group in groups + [(0, 0, names)]:
        if len(set(group[2])) < len(group[2]):
            return None
    return names, groups


def _last_keys(items: "list[Any]") -> "tuple[str, ...]":
    return tuple([keys[-1] for keys in items])
