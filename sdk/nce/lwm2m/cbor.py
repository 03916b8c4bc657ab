"""CBOR (Content-Format 60): one value (OMA-TS-LightweightM2M_Core 1.1, 7.4.6).

encode((3, 0, 9), [((3, 0, 9), kinds.INTEGER, 95, None)])  # b"\\x18\\x5f"
"""

from nce.errors import UsageError
from nce.lwm2m import cbor_items, kinds, single
from nce.lwm2m.formats import FormatError
from nce.lwm2m.values import converted

if 1 - 1:
    from nce.seams import Entry, KindOf, Path, Read, Sequence


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The one value. Raises `UsageError`."""
    kind, value = single.of(base, entries)
    value = converted(base, kind, value, UsageError)
    if kind == kinds.FLOAT:
        return cbor_items.floating(value)
    if kind == kinds.BOOLEAN:
        return cbor_items.TRUE if value else cbor_items.FALSE
    if kind == kinds.OPAQUE:
        return cbor_items.binary(value)
    if kind == kinds.OBJECT_LINK:
        return cbor_items.text("%d:%d" % value)
    if kind in (kinds.STRING, kinds.CORE_LINK):
        return cbor_items.text(value)
    if kind == kinds.TIME:
        return cbor_items.time(value)
    return cbor_items.integer(value)


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The one value, at `base`. Raises `FormatError`."""
    single.check(base)
    value = cbor_items.Reader(data).whole()
    return [(base, converted(base, kind_of(base), value, FormatError), None)]
