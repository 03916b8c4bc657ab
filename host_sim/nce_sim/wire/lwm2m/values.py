"""Values by type: what a number, a text or octets mean for a resource (LwM2M Core 1.1, 7.3).

of_number(5.0, Kind.INTEGER, path)         # 5: SenML and CBOR write either for either
of_text("66:1", Kind.OBJECT_LINK, path)    # Link(66, 1), of vs and sv
of_base64("-_8", path)                     # both alphabets, with and without padding
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from decimal import Decimal

from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Path, Value, path_text

_LINK = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_URL_ALPHABET = str.maketrans("-_", "+/")
_WHOLE = {
    Kind.INTEGER: (-(1 << 63), (1 << 63) - 1),
    Kind.TIME: (-(1 << 63), (1 << 63) - 1),
    Kind.UNSIGNED: (0, (1 << 64) - 1),
}


def wrong(value: object, kind: Kind | None, path: Path) -> LwM2mMistake:
    """The mistake of a value that its resource cannot have; octets are not shown."""
    shown = f"{len(value)} octets" if isinstance(value, bytes) else repr(value)[:60]
    wanted = kind.value if kind else "a value"
    return LwM2mMistake(f"{path_text(path)} is {wanted}, not {shown}")


def of_number(value: int | float, kind: Kind | None, path: Path) -> Value:
    """A number of JSON or CBOR for a resource that holds numbers."""
    if kind is None:
        return value
    if kind is Kind.FLOAT:
        return float(value)
    if kind not in _WHOLE:
        raise wrong(value, kind, path)
    if isinstance(value, float):
        if not value.is_integer():  # so are NaN and infinities
            raise wrong(value, kind, path)
        value = int(value)
    low, high = _WHOLE[kind]
    if not low <= value <= high:
        raise LwM2mMistake(f"{path_text(path)} is {kind.value}: {value} does not fit")
    return value


def of_decimal(value: Decimal) -> int | float:
    """CBOR's decimal fraction as a number (RFC 8949, 3.4.4); its exponent is bounded."""
    if value.is_finite() and value == value.to_integral_value() and value.adjusted() < 20:
        return int(value)
    number = float(value)
    if number in {float("inf"), float("-inf")} and value.is_finite():
        raise LwM2mMistake("a decimal fraction of CBOR is too large for a number")
    return number


def of_text(value: str, kind: Kind | None, path: Path) -> Value:
    """A string of JSON or CBOR: a text, a link of CoRE, or an object link."""
    if kind in {None, Kind.STRING, Kind.CORE_LINK}:
        return value
    if kind is Kind.OBJECT_LINK:
        return of_link(value, path)
    raise wrong(value, kind, path)


def of_boolean(value: bool, kind: Kind | None, path: Path) -> Value:
    """A boolean of JSON or CBOR."""
    if kind not in {None, Kind.BOOLEAN}:
        raise wrong(value, kind, path)
    return value


def of_octets(value: bytes, kind: Kind | None, path: Path) -> Value:
    """Octets of CBOR, or of base64."""
    if kind not in {None, Kind.OPAQUE}:
        raise wrong(value, kind, path)
    return value


def of_link(text: str, path: Path) -> Link:
    """ "66:1" as a link."""
    found = _LINK.fullmatch(text)
    if found is None:
        raise LwM2mMistake(f"{path_text(path)}: {text[:60]!r} is no object link; write 66:1")
    link = Link(int(found[1]), int(found[2]))
    if max(link) > 0xFFFF:
        raise LwM2mMistake(f"{path_text(path)}: {text} has a number above 65535")
    return link


def of_base64(text: str, path: Path) -> bytes:
    """Octets of base64 or base64url; Wakaama pads, Leshan and Anjay do not."""
    bare = text.rstrip("=")
    if not _BASE64.fullmatch(text) or (text != bare and len(text) % 4):
        raise LwM2mMistake(f"{path_text(path)} has a text that is not base64")
    try:
        return base64.b64decode(bare.translate(_URL_ALPHABET) + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise LwM2mMistake(f"{path_text(path)} has base64 that is cut") from None


def utf8(data: bytes) -> str:
    """A text as Leshan reads it: what is not UTF-8 becomes U+FFFD, the rest stays readable."""
    return data.decode("utf-8", "replace")


def is_float32(value: float) -> bool:
    """Whether 32 bits hold a float exactly."""
    try:
        (narrow,) = struct.unpack(">f", struct.pack(">f", value))
    except OverflowError:
        return False
    return bool(narrow == value) or math.isnan(value)


def fit(value: Value, kind: Kind | None, path: Path) -> Value:
    """A value of ours for a resource: an integer for a float is one; LwM2mMistake for others."""
    if kind is None:
        return value
    if isinstance(value, bool):
        return of_boolean(value, kind, path)
    if isinstance(value, (int, float)):
        return of_number(value, kind, path)
    if isinstance(value, bytes):
        return of_octets(value, kind, path)
    if isinstance(value, Link):
        if kind is not Kind.OBJECT_LINK:
            raise wrong(value, kind, path)
        return value
    return of_text(value, kind, path)
