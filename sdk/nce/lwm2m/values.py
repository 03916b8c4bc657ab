"""Values by their kinds: what a format read becomes what the resource holds, or an error.

    converted((3, 0, 13), kinds.TIME, 1700000000.0, FormatError)  # 1700000000

An integer for a float, and the reverse where nothing is lost, are taken: peers write both. A board
has 32-bit floats, so an integer goes through no float on its way.
"""

from nce.const import const
from nce.lwm2m import kinds, path

if 1 - 1:
    from nce.seams import Any, Path


def converted(at: "Path", kind: "int | None", value: "Any", error: "type[OSError]") -> "Any":
    """`value` as one of `kind`; as it is when that is None. Raises `error`, naming the path."""
    if kind is None:
        return value
    fitting: "Any"
    if kind in (kinds.INTEGER, kinds.UNSIGNED, kinds.FLOAT, kinds.TIME):
        fitting = _number(at, kind, value, error)
    elif kind == kinds.OBJECT_LINK:
        fitting = link_of(value) if isinstance(value, str) else value if _is_link(value) else None
    elif kind == kinds.BOOLEAN:
        fitting = value if value is True or value is False else None
    elif kind == kinds.OPAQUE:
        fitting = bytes(value) if isinstance(value, (bytes, bytearray)) else None
    else:
        fitting = value if isinstance(value, str) else None
    if fitting is None:
        raise error("%s: not of type %s: %s" % (path.text(at), _name(kind), shown(value)))
    return fitting


def link_of(written: str) -> "tuple[int, int] | None":
    """(3, 0) of "3:0", or None."""
    parts = written.split(":")
    if len(parts) != 2:
        return None
    for part in parts:
        if not 0 < len(part) <= 5 or not all(["0" <= one <= "9" for one in part]):
            return None
    link = (int(parts[0]), int(parts[1]))
    return link if _is_link(link) else None


def shown(value: "Any") -> str:
    """A value for an error: a number as it is; of others the type, for they may be keys."""
    if value is None or isinstance(value, (bool, int, float)):
        return "%r" % value
    kind = type(value).__name__
    return "%s of %d" % (kind, len(value)) if hasattr(value, "__len__") else kind


def is_at_or_below(at: "Path", base: "Path") -> bool:
    """True when a path names `base` or something in it."""
    return at[: len(base)] == base


_NAMES = const(" String Integer Unsigned Float Boolean Opaque Time Objlnk Corelnk")


def _name(kind: int) -> str:
    return _NAMES.split(" ")[kind]


def _number(at: "Path", kind: int, value: "Any", error: "type[OSError]") -> "int | float | None":
    is_float = isinstance(value, float)
    if not (is_float or isinstance(value, int)) or value is True or value is False:
        return None
    if kind == kinds.FLOAT:
        return float(value)
    if is_float:
        # Infinite, no number, or with a fraction.
        if value - value != 0 or int(value) != value:
            return None
        value = int(value)
    if (0 <= value < 1 << 64) if kind == kinds.UNSIGNED else (-(1 << 63) <= value < 1 << 63):
        return int(value)
    raise error("%s: not in the 64 bits of %s: %d" % (path.text(at), _name(kind), value))


def _is_link(value: "Any") -> bool:
    # 65535:65535 links to nothing (annex C).
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all([isinstance(one, int) and 0 <= one <= 65535 for one in value])
    )
