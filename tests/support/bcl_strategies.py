"""What hypothesis builds for the Energy Saver codec: layouts and their bytes, and anything else.

The bytes of a layout are laid out by `struct`, never by our own encoder.
"""

import struct

from hypothesis import strategies as st

CODES = {
    ("int", 1): "b",
    ("int", 2): "h",
    ("int", 4): "i",
    ("int", 8): "q",
    ("uint", 1): "B",
    ("uint", 2): "H",
    ("uint", 4): "I",
    ("uint", 8): "Q",
    ("float", 4): "f",
    ("float", 8): "d",
}


# Round trips, with the bytes laid out by struct


@st.composite
def fields(draw, kinds=("int", "uint", "float", "boolean", "string", "hex")):
    """(selector without its place, value, bytes)."""
    kind = draw(st.sampled_from(kinds))
    order = draw(st.sampled_from(["big", "little", None]))
    mark = "<" if order == "little" else ">"
    if kind in ("int", "uint"):
        length = draw(st.sampled_from([1, 2, 4, 8]))
        low = 0 if kind == "uint" else -(1 << 8 * length - 1)
        value = draw(st.integers(low, low + (1 << 8 * length) - 1))
        raw = struct.pack(mark + CODES[kind, length], value)
    elif kind == "float":
        length = draw(st.sampled_from([4, 8]))
        value = draw(st.floats(width=8 * length, allow_nan=False, allow_infinity=False))
        raw = struct.pack(mark + CODES[kind, length], value)
    elif kind == "boolean":
        length = 1
        value = draw(st.booleans())
        raw = b"\x01" if value else b"\x00"
    elif kind == "string":
        value = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
        raw = value.encode()
        length = len(raw)
    else:
        raw = draw(st.binary(min_size=1, max_size=12))
        value = raw.hex()
        length = len(raw)
    selector = {"bytelength": length, "type": kind}
    if order:
        selector["byteorder"] = order
    return selector, value, raw


@st.composite
def layouts(draw, start=0):
    """(statements, record by asset, bytes): from the front with gaps, a range, from the end."""
    statements = []
    record = {}
    payload = b""
    offset = start

    def add(selector, value):
        names = draw(st.lists(st.sampled_from("abc"), max_size=2))
        asset = ".".join([*names, "f%d" % len(record)])
        statements.append({"asset": asset, "value": selector})
        record[asset] = value

    for selector, value, raw in draw(st.lists(fields(), max_size=5)):
        gap = draw(st.integers(0, 3))
        payload += bytes(gap) + raw
        offset += gap
        add({**selector, "byte": offset}, value)
        offset += len(raw)
    ends = draw(st.lists(fields(), max_size=2))
    tail = sum(len(raw) for _, _, raw in ends)
    if draw(st.booleans()):
        selector, value, raw = draw(fields(("string", "hex")))
        del selector["bytelength"]
        payload += raw
        add({**selector, "byte": offset, "endbyte": -tail}, value)
    for selector, value, raw in ends:
        add({**selector, "endbyte": -tail}, value)
        tail -= len(raw)
        payload += raw
    return draw(st.permutations(statements)), record, payload


@st.composite
def overlapping_ranges(draw):
    """(statements, record): text whose length is open, beside fields that may share its bytes."""
    statements = []
    record = {}
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["string", "string", "hex", "uint"]))
        selector = {"type": kind}
        if index == 0 or draw(st.booleans()):
            selector["byte"] = draw(st.integers(0, 3))
            selector["endbyte"] = -draw(st.integers(0, 3))
        else:
            selector["bytelength"] = draw(st.sampled_from([1, 2]))
            if draw(st.booleans()):
                selector["byte"] = draw(st.integers(0, 3))
            else:
                selector["endbyte"] = -selector["bytelength"] - draw(st.integers(0, 2))
        if draw(st.integers(0, 4)) == 0 and index:
            statements.append({"switch": selector, "on": []})
            continue
        asset = "f%d" % index
        statements.append({"asset": asset, "value": selector})
        # Zeros agree with most that shares their bytes.
        texts = {"string": ["", "T", "ab", "\0"], "hex": ["", "00", "0000"], "uint": [0, 0, 1]}
        record[asset] = draw(st.sampled_from(texts[kind]))
    return statements, record


@st.composite
def nested_deep(draw):
    """A template whose one mapping stands in up to 20 levels of switches and lists."""
    block = [{"asset": "a", "value": {"byte": 0, "type": "uint"}}]
    for _ in range(draw(st.integers(0, 20))):
        if draw(st.integers(0, 3)):
            branch = draw(st.sampled_from([{"case": 1}, {"default": True}]))
            switch = {"byte": draw(st.integers(0, 3)), "type": "uint"}
            block = [{"switch": switch, "on": [dict(branch, do=block)]}]
        else:
            block = [block]
    return {"sense": block}


def flat(record, prefix=""):
    result = {}
    for key, value in record.items():
        if isinstance(value, dict):
            result.update(flat(value, prefix + key + "."))
        else:
            result[prefix + key] = value
    return result


# Anything in: a result or a BclError, nothing else

WORDS = [
    "sense",
    "asset",
    "value",
    "byte",
    "endbyte",
    "bytelength",
    "byteorder",
    "type",
    "comment",
    "switch",
    "on",
    "case",
    "default",
    "do",
    "custom_type",
    "name",
    "int",
    "uint",
    "float",
    "boolean",
    "string",
    "hex",
    "big",
    "little",
    "location_lat",
    "location_long",
    "a",
    "a.b",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=5)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=30,
)
SELECTORS = st.fixed_dictionaries(
    {"type": st.sampled_from(["int", "uint", "float", "boolean", "string", "hex", "integer"])},
    optional={
        "byte": st.integers(-1, 9),
        "endbyte": st.integers(-9, 1),
        "bytelength": st.integers(0, 9),
        "byteorder": st.sampled_from(["big", "little", "small"]),
        "signed": st.booleans(),
    },
)
ASSETS = st.sampled_from(["a", "b", "c", "a.b", "a.c", "b.a.c"])
CONSTANTS = st.sampled_from(["a", "", "T", 0, 1, 1.0, True, False])


def blocks(inner):
    mapping = st.fixed_dictionaries(
        {"asset": ASSETS, "value": SELECTORS | CONSTANTS},
        optional={"custom_type": st.sampled_from(["location_lat", "location_long"])},
    )
    case = st.fixed_dictionaries({"case": CONSTANTS | SELECTORS, "do": inner})
    default = st.fixed_dictionaries({"default": st.just(True), "do": inner})
    control = st.fixed_dictionaries(
        {"switch": SELECTORS, "on": st.lists(case | case | default, max_size=3)}
    )
    return st.lists(mapping | mapping | control | inner, max_size=4)


TEMPLATES = st.fixed_dictionaries({"sense": st.recursive(st.just([]), blocks, max_leaves=6)})
READINGS = st.fixed_dictionaries(
    {},
    optional={
        name: st.booleans()
        for name in (
            "strict",
            "strip_nul",
            "coerce_cases",
            "keep_first",
            "refuse_bad_utf8",
            "multibyte_boolean",
            "float64_as_text",
        )
    },
)


MAPPINGS = st.dictionaries(
    ASSETS | st.text(max_size=3),
    st.recursive(
        SCALARS | st.binary(max_size=3) | st.tuples(st.integers(), st.integers(-400, 400)),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(ASSETS, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=4,
)


# By the length of a text switch, None for numbers. As text some are the switch's value, or nearly.
CASES = {
    None: [0, 1, 2, 1.0, "1"],
    1: ["T", "S", "2", 2, 1.0],
    3: ["T", "1.0", 1.0, "TTT"],
    4: ["true", True, 1.25, "1.25"],
}

# Templates that say something: legal selectors, mostly one behind the other, and nested switches


@st.composite
def legal_blocks(draw, depth=0, offset=0):
    """A block whose fields start at `offset`, with nested switches, clashes and repetitions."""
    statements = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["field", "field", "field", "end", "constant", "switch"]))
        asset = draw(st.sampled_from(["a", "b", "c", "d", "e.a", "e.b", "e.f.a"]))
        if kind == "constant":
            constant = draw(st.sampled_from(["x", "", 7, True, 1.5]))
            statements.append({"asset": asset, "value": constant})
        elif kind == "switch" and depth < 2:
            selector = {"byte": offset, "type": draw(st.sampled_from(["uint", "int", "string"]))}
            length = draw(st.sampled_from([1, 1, 3, 4])) if selector["type"] == "string" else None
            if length:
                selector["bytelength"] = length
            if draw(st.integers(0, 3)) == 0:
                statements.append({"asset": "kind", "value": dict(selector, type="uint")})
            on = []
            constants = CASES[length]
            for _ in range(draw(st.integers(0, 3))):
                block = draw(legal_blocks(depth + 1, offset + 1))
                if draw(st.integers(0, 4)) == 0:
                    block.append({"asset": "kind", "value": selector})
                on.append({"case": draw(st.sampled_from(constants)), "do": block})
            if draw(st.booleans()):
                block = draw(legal_blocks(depth + 1, offset + 1))
                on.append({"default": True, "do": block})
            statements.append({"switch": selector, "on": on})
            offset += 8
        else:
            selector, _, _ = draw(fields())
            if kind == "end":
                place = {"endbyte": -selector["bytelength"] - draw(st.integers(0, 3))}
                if draw(st.integers(0, 2)) == 0 and selector["type"] in ("string", "hex"):
                    del selector["bytelength"]
                    place["byte"] = offset
            else:
                offset += draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
                place = {"byte": max(offset, 0)}
                offset += selector["bytelength"]
            statements.append({"asset": asset, "value": dict(selector, **place)})
    return statements


# Bytes that some type refuses or some reading turns down: no number, no text.
ODD_BYTES = {
    4: ["7fc00000", "0000807f", "ff800000", "c3280000", "41d40000"],
    8: ["7ff8000000000000", "000000000000f07f", "fff0000000000000", "4049000000000000"],
}


@st.composite
def hidden_fields(draw):
    """(statements, bytes): mappings of a name or two, of which the result shows one each."""
    statements = []
    payload = b""
    for _ in range(draw(st.integers(1, 3))):
        length = draw(st.sampled_from([4, 8]))
        selector = {"type": draw(st.sampled_from(["float", "float", "string", "hex"]))}
        selector.update(byte=len(payload), bytelength=length)
        selector["byteorder"] = draw(st.sampled_from(["big", "little"]))
        statements.append({"asset": draw(st.sampled_from("aab")), "value": selector})
        payload += bytes.fromhex(draw(st.sampled_from(ODD_BYTES[length])))
    return statements, payload


@st.composite
def text_switches(draw):
    """A switch over text whose cases may be numbers; each case has an asset of its own."""
    length = draw(st.sampled_from([1, 3, 4]))
    on = []
    for index, case in enumerate(draw(st.lists(st.sampled_from(CASES[length]), max_size=3))):
        field = {"asset": "abc"[index], "value": {"byte": length, "type": "uint"}}
        on.append({"case": case, "do": [field]})
    if draw(st.booleans()):
        on.append({"default": True, "do": []})
    return [{"switch": {"byte": 0, "bytelength": length, "type": "string"}, "on": on}]


VALUES = st.one_of(
    st.integers(0, 3),
    st.integers(-200, 300),
    st.booleans(),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.sampled_from(["x", "", "T", "2", "ab", "1.5", (15, -1), 7, True, 1.5, 1 << 40]),
    fields().map(lambda field: field[1]),
)


@st.composite
def records_of(draw, statements):
    """Flat records that may fit a template: values for many of its assets."""
    assets = set()
    pending = list(statements)
    while pending:
        statement = pending.pop()
        if isinstance(statement, list):
            pending.extend(statement)
        elif "asset" in statement:
            assets.add((statement["asset"], repr(statement["value"])))
        else:
            chosen = (
                draw(st.lists(st.sampled_from(statement["on"]), max_size=1))
                if statement["on"]
                else []
            )
            for branch in chosen:
                pending.extend(branch["do"])
    record = {}
    for asset, source in sorted(assets):
        if "'type'" not in source:
            if draw(st.booleans()):
                record[asset] = eval(source)
        elif draw(st.integers(0, 9)):
            record[asset] = draw(fitting(eval(source)))
    return record


def fitting(selector):
    """Mostly values that a selector takes."""
    kind = selector["type"]
    length = selector.get("bytelength", 1)
    if kind in ("int", "uint"):
        low = 0 if kind == "uint" else -(1 << 8 * length - 1)
        return st.integers(low, low + (1 << 8 * length) - 1) | VALUES | st.integers(0, 2)
    if kind == "float":
        return st.floats(width=32, allow_nan=False, allow_infinity=False) | VALUES
    if kind == "boolean":
        return st.booleans()
    if kind == "hex":
        return st.binary(min_size=length, max_size=length).map(lambda raw: raw.hex())
    return st.text("TS2abc", min_size=length, max_size=length) | st.text(max_size=length)
