"""What the formats of one value have in common: text, opaque, CBOR."""

from nce.errors import UsageError
from nce.lwm2m import path
from nce.lwm2m.formats import FormatError

if 1 - 1:
    from nce.seams import Any, Entry, Path, Sequence


def of(base: "Path", entries: "Sequence[Entry]") -> "tuple[int, Any]":
    """`(kind, value)` of the entry. Raises `UsageError` when there is not one, at `base`."""
    if len(base) < 3 or len(entries) != 1 or entries[0][0] != base or entries[0][2] is None:
        raise UsageError(
            "%s: %d values in a format of one; use SenML or TLV" % (path.text(base), len(entries))
        )
    return entries[0][1], entries[0][2]


def check(base: "Path") -> None:
    """Raise `FormatError` when `base` is no resource."""
    if len(base) < 3:
        raise FormatError("%s: no resource, in a format of one value" % path.text(base))
