"""A template after parsing: a tree of small tuples that decode, encode and every tool walk.

block     a list of Field and Switch, in order; nested lists are flattened, comments dropped
Field     asset "gps.lat", keys ("gps", "lat"), source (Selector or Constant), custom_type or None
Switch    selector, cases (a tuple of Case), default (a block, or None)
Case      value (Constant or Selector), block

for statement in template.plan:
    if isinstance(statement, Field) and isinstance(statement.source, Selector):
        print(statement.asset, span(statement.source, len(payload)))
"""

from collections import namedtuple

if 1 - 1:
    from .shapes import Any, Block, NamedTuple

    # byte, endbyte and length (in bytes) are None where absent; length defaults to 1 and is None
    # for a range. byteorder is "big" or "little". code is the struct format, None where there is
    # none. place is (byte, endbyte, length): what identifies the bytes read, whatever type they
    # are read as.
    class Selector(NamedTuple):
        kind: str
        byte: "Any"
        endbyte: "Any"
        length: "Any"
        byteorder: str
        code: "Any"
        place: "tuple[Any, Any, Any]"

    class Constant(NamedTuple):
        value: "Any"

    class Field(NamedTuple):
        asset: "Any"
        keys: "Any"
        source: "Any"
        custom_type: "str | None"

    class Switch(NamedTuple):
        selector: "Selector"
        cases: "tuple[Case, ...]"
        default: "Block | None"

    class Case(NamedTuple):
        value: "Any"
        block: "Block"

    # How a value is read where the platform's documentation is silent; see Template for each.
    class Readings(NamedTuple):
        strip_nul: bool
        coerce_cases: bool
        keep_first: bool
        refuse_bad_utf8: bool
        multibyte_boolean: bool
        float64_as_text: bool

else:
    Selector = namedtuple(  # type: ignore[no-redef]
        "Selector", ("kind", "byte", "endbyte", "length", "byteorder", "code", "place")
    )
    Constant = namedtuple("Constant", ("value",))  # type: ignore[no-redef]
    Field = namedtuple("Field", ("asset", "keys", "source", "custom_type"))  # type: ignore[no-redef]
    Switch = namedtuple("Switch", ("selector", "cases", "default"))  # type: ignore[no-redef,unused-ignore]
    Case = namedtuple("Case", ("value", "block"))  # type: ignore[no-redef]
    Readings = namedtuple(  # type: ignore[no-redef]
        "Readings",
        (
            "strip_nul",
            "coerce_cases",
            "keep_first",
            "refuse_bad_utf8",
            "multibyte_boolean",
            "float64_as_text",
        ),
    )

# The six types. Value-range table of the language page: struct code by legal length in bytes;
# None where any length goes.
CODES = {
    "int": {1: "b", 2: "h", 4: "i", 8: "q"},
    "uint": {1: "B", 2: "H", 4: "I", 8: "Q"},
    "float": {4: "f", 8: "d"},
    "boolean": None,
    "string": None,
    "hex": None,
}

LOCATION_LONG = "location_long"
LOCATION_LAT = "location_lat"

# The template text travels inside a request body of at most 64 kB.
MAX_TEMPLATE_BYTES = 65536
# An element of a block takes at least three characters of text ("[],"), so no text holds more.
MAX_STATEMENTS = MAX_TEMPLATE_BYTES // 3
# Levels of nested lists and switches, and of nested objects in the result. Ours: the platform
# documents no limit, and a board's stack has one (about 50 calls in a small MicroPython image).
MAX_DEPTH = 16
MAX_PATH_KEYS = 32
# The largest UDP payload over IPv4.
MAX_PAYLOAD_BYTES = 65507


def span(selector: "Selector", size: int) -> "tuple[int, int]":
    """The half-open byte range (start, end) of a selector in a payload of `size` bytes.

    `byte` counts from the front, `endbyte` back from the end; together they are a range whose end
    is exclusive. The range may lie outside the payload: the caller checks.
    """
    byte = selector[1]
    endbyte = selector[2]
    if endbyte is None:
        return byte, byte + selector[3]
    if byte is None:
        return size + endbyte, size + endbyte + selector[3]
    return byte, size + endbyte


def place(selector: "Selector") -> "tuple[Any, Any, Any]":
    """A key for the bytes a selector reads, whatever type it reads them as."""
    return selector.place


def struct_code(kind: str, length: "Any", byteorder: str) -> "Any":
    """The struct format of a number; None for the other types and for illegal lengths."""
    codes = CODES[kind]
    if codes is None or length not in codes:
        return None
    return ("<" if byteorder == "little" else ">") + codes[length]


def same(left: "Any", right: "Any", coerced: bool = False) -> bool:
    """True when a case value equals the switch value.

    Numbers compare by value, text and booleans exactly, and nothing across these kinds, unless
    `coerced`: then their texts compare, so that 1 equals "1".
    """
    if coerced:
        return _text(left) == _text(right)
    left_is_boolean = left is True or left is False
    right_is_boolean = right is True or right is False
    if left_is_boolean or right_is_boolean:
        return left is right
    # Text never equals a number by itself.
    return left == right  # type: ignore[no-any-return]


def identity(value: "Any", coerced: bool = False) -> "Any":
    """A key for sets and dicts: equal for two values exactly where same() holds."""
    if coerced:
        return _text(value)
    if value is True or value is False:
        return "boolean", value
    if isinstance(value, str):
        return "text", value
    # MicroPython hashes 1 and 1.0 apart.
    return "number", int(value) if value == int(value) else value


def _text(value: "Any") -> str:
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
