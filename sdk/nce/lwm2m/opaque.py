"""Opaque (Content-Format 42): the bytes of one value (OMA-TS-LightweightM2M_Core 1.1, 7.4.2)."""

from nce.errors import UsageError
from nce.lwm2m import kinds, single
from nce.lwm2m.formats import FormatError
from nce.lwm2m.values import converted

if 1 - 1:
    from nce.seams import Entry, KindOf, Path, Read, Sequence


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The one value. Raises `UsageError` when it is of another kind."""
    value: bytes = converted(base, kinds.OPAQUE, single.of(base, entries)[1], UsageError)
    return value


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The one value, at `base`. Raises `FormatError` when that is of another kind."""
    single.check(base)
    return [(base, converted(base, kind_of(base), bytes(data), FormatError), None)]
