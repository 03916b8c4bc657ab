"""Plain text (Content-Format 0): one value (OMA-TS-LightweightM2M_Core 1.1, 7.4.1).

encode((3303, 0, 5700), [((3303, 0, 5700), kinds.FLOAT, 21.5, None)])  # b"21.5"
"""

from nce.errors import UsageError
from nce.lwm2m import kinds, numerals, path, single
from nce.lwm2m.formats import FormatError
from nce.lwm2m.received import utf8
from nce.lwm2m.values import converted

if 1 - 1:
    from nce.seams import Any, Entry, KindOf, Path, Read, Sequence

# What Java prints (Leshan), and C (Wakaama).
_NO_NUMBERS = (("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"))


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The one value, as text. Raises `UsageError`."""
    kind, value = single.of(base, entries)
    value = converted(base, kind, value, UsageError)
    if kind == kinds.FLOAT:
        return _float(value).encode()
    if kind == kinds.BOOLEAN:
        return b"1" if value else b"0"
    if kind == kinds.OPAQUE:
        from nce.lwm2m import base64url

        return base64url.plain(value).encode()
    if kind == kinds.OBJECT_LINK:
        return b"%d:%d" % value
    return str(value).encode()


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The one value, at `base`. Raises `FormatError`."""
    single.check(base)
    kind = kind_of(base)
    written = utf8(base, data)
    value: "Any" = written
    try:
        value = _read(kind, written)
    except ValueError:
        if kind == kinds.OPAQUE:
            raise FormatError("%s: no base64" % path.text(base))
        # No number: told below.
    return [(base, converted(base, kind, value, FormatError), None)]


def _read(kind: "int | None", written: str) -> "Any":
    if kind == kinds.FLOAT:
        for name, value in _NO_NUMBERS:
            if written in (name, value):
                return float(value)
        return numerals.number(written)
    if kind in (kinds.INTEGER, kinds.UNSIGNED, kinds.TIME):
        number = numerals.number(written)
        # "1e3" and "5.0" are no integers here: nothing but digits and a sign is (annex C).
        return written if "." in written or "e" in written.lower() else number
    if kind == kinds.BOOLEAN:
        return written == "1" if written in ("0", "1") else written
    if kind == kinds.OPAQUE:
        from nce.lwm2m import base64url

        return base64url.decode(written)
    return written


def _float(value: float) -> str:
    if value - value == 0:
        # Wakaama reads no exponent.
        return numerals.without_exponent(numerals.digits(value))
    return "Infinity" if value > 0 else "-Infinity" if value < 0 else "NaN"
