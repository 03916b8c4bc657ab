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
