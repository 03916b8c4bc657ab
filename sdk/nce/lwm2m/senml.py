"""What SenML says (RFC 8428), apart from how: names, times, values of records.

A format gives its records as dictionaries, and the keys that it has for the eleven fields in the
order of `FIELDS`. LwM2M's own rules are OMA-TS-LightweightM2M_Core 1.1, 7.4.4.
"""

from nce.const import const
from nce.lwm2m import path
from nce.lwm2m.formats import FormatError
from nce.lwm2m.received import MOST_VALUES, keep, seconds, unique
from nce.lwm2m.values import converted, is_at_or_below, link_of, shown

if 1 - 1:
    from nce.seams import Any, Entry, Iterator, KindOf, Path, Read, Sequence

    Keys = tuple[Any, ...]

FIELDS = ("bver", "bn", "bt", "bv", "n", "t", "v", "vs", "vb", "vd", "vlo")
_BVER = const(0)
_BN = const(1)
_BT = const(2)
_BV = const(3)
_N = const(4)
_T = const(5)
_V = const(6)
_VS = const(7)
_VB = const(8)
_VD = const(9)
_VLO = const(10)


class Names:
    """The names of records; a base name holds until the next."""

    __slots__ = ("_base", "_keys")

    def __init__(self, keys: "Keys") -> None:
        self._keys = keys
        self._base = ""

    def of(self, record: "Any") -> str:
        """The record's name. Raises `FormatError` for what is none, or not understood here."""
        if not isinstance(record, dict):
            raise FormatError("no record of SenML: %s" % shown(record))
        for key in record:
            # A field whose name ends so must be understood (RFC 8428, 4.4).
            if isinstance(key, str) and key.endswith("_"):
                raise FormatError("not understood in SenML: %r" % key[:40])
        keys = self._keys
        if _number(record, keys[_BVER], 10) > 10:
            raise FormatError("SenML of a version above 10")
        self._base = _text(record, keys[_BN], self._base)
        return self._base + _text(record, keys[_N], "")


def decode(
    base: "Path", records: "Iterator[Any]", kind_of: "KindOf", keys: "Keys"
) -> "list[Read]":
    """The values of a pack. Raises `FormatError`."""
    read: "list[Read]" = []
    names = Names(keys)
    base_time: "int | float | None" = None
    base_value = 0
    for record in records:
        name = names.of(record)
        if keys[_BT] in record:
            base_time = _number(record, keys[_BT], 0)
        base_value = _number(record, keys[_BV], base_value)
        field = _value_field(record, keys)
        if field is None:
            # A record of base fields alone.
            if keys[_N] in record or keys[_BN] not in record:
                raise FormatError("a record of SenML without value: %r" % name[:40])
            continue
        at = path.parse(name)
        if not is_at_or_below(at, base) or len(at) < 3:
            raise FormatError("%s: no resource in %s" % (path.text(at), path.text(base)))
        value = record[keys[field]]
        if field == _V:
            value = _number(record, keys[_V], 0)
            if base_value:
                value += base_value
        time_s = None
        if keys[_T] in record or base_time is not None:
            # Each for itself: the sum would lose digits in a float of a board.
            time_s = seconds(base_time or 0) + seconds(_number(record, keys[_T], 0))
        keep(read, at, converted(at, kind_of(at), _checked(at, field, value), FormatError), time_s)
    return unique(read)


def decode_paths(records: "Iterator[Any]", keys: "Keys") -> "list[Path]":
    """The paths that a composite request names. Raises `FormatError`."""
    names = Names(keys)
    paths: "list[Path]" = []
    for record in records:
        name = names.of(record)
        if _value_field(record, keys) is not None:
            raise FormatError("%s: a value where a path is asked for" % name[:40])
        # A record of a base name alone names what follows.
        if keys[_N] in record or not name.endswith("/"):
            if len(paths) >= MOST_VALUES:
                raise FormatError("more than %d paths in a request" % MOST_VALUES)
            paths.append(path.parse(name))
    if not paths:
        raise FormatError("no path in the request")
    return paths


def records(base: "Path", entries: "Sequence[Entry]") -> "Iterator[tuple[str, str, Any, Entry]]":
    """`(base name, name, (base time, time), entry)` of each record; "" and None are left out."""
    entries = [entry for entry in entries if entry[2] is not None]
    base_name = _base_name(base, entries)
    has_times = all([entry[3] is not None for entry in entries])
    start = entries[0][3] if has_times and entries else None
    is_first = True
    for entry in entries:
        name = path.text(entry[0])[len(base_name) :]
        time_s = entry[3]
        if start is not None and time_s is not None:
            time_s = (time_s - start) or None
        yield base_name if is_first else "", name, (start if is_first else None, time_s), entry
        is_first = False


def _base_name(base: "Path", entries: "Sequence[Entry]") -> str:
    """What the names of all begin with, up to a slash, or the one name that all have."""
    if not entries:
        return ""
    shared = entries[0][0]
    for entry in entries:
        while not is_at_or_below(entry[0], shared):
            shared = shared[:-1]
    is_one = all([entry[0] == shared for entry in entries])
    if is_one and (shared == base or len(entries) > 1):
        return path.text(shared)
    if is_one:
        shared = shared[:-1]
    return path.text(shared) + "/" if shared else "/"


def _value_field(record: "dict[Any, Any]", keys: "Keys") -> "int | None":
    found = [field for field in range(_V, _VLO + 1) if keys[field] in record]
    if len(found) > 1:
        raise FormatError("%d values in a record of SenML" % len(found))
    return found[0] if found else None


def _checked(at: "Path", field: int, value: "Any") -> "Any":
    if field == _VLO:
        value = link_of(value) if isinstance(value, str) else None
        is_right = value is not None
    elif field == _VB:
        is_right = value is True or value is False
    elif field == _VS:
        is_right = isinstance(value, str)
    else:
        is_right = field == _V or isinstance(value, bytes)
    if not is_right:
        raise FormatError("%s: %s is no such value" % (path.text(at), FIELDS[field]))
    return value


def _number(record: "dict[Any, Any]", key: "Any", otherwise: "Any") -> "Any":
    value = record.get(key, otherwise)
    if not isinstance(value, (int, float)) or value is True or value is False:
        raise FormatError("no number in SenML: %s is %s" % (key, shown(value)))
    return value


def _text(record: "dict[Any, Any]", key: "Any", otherwise: str) -> str:
    value = record.get(key, otherwise)
    if not isinstance(value, str):
        raise FormatError("no name in SenML: %s is %s" % (key, shown(value)))
    return value
