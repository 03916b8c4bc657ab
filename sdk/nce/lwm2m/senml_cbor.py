"""SenML CBOR (Content-Format 112; RFC 8428, 6; OMA-TS-LightweightM2M_Core 1.1, 7.4.5).

encode((3303, 0, 5700), [((3303, 0, 5700), kinds.FLOAT, 21.5, None)])
# [{-2: "/3303/0/5700", 2: 21.5}] in 20 bytes
"""

from nce.errors import UsageError
from nce.lwm2m import cbor_items, kinds, senml
from nce.lwm2m.values import converted

if 1 - 1:
    from nce.seams import Entry, KindOf, Path, Read, Sequence

# bver, bn, bt, bv, n, t, v, vs, vb, vd, vlo
_KEYS = (-1, -2, -3, -5, 0, 6, 2, 3, 4, 8, "vlo")


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The pack of values. Raises `UsageError`."""
    pack = [b""]
    for base_name, name, times, entry in senml.records(base, entries):
        fields = []
        if base_name:
            fields.append(b"\x21" + cbor_items.text(base_name))
        if times[0] is not None:
            fields.append(b"\x22" + cbor_items.integer(times[0]))
        if name:
            fields.append(b"\x00" + cbor_items.text(name))
        if times[1] is not None:
            fields.append(b"\x06" + cbor_items.integer(times[1]))
        fields.append(_field(entry))
        pack.append(cbor_items.pairs(len(fields)) + b"".join(fields))
    pack[0] = cbor_items.array(len(pack) - 1)
    return b"".join(pack)


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The values of a pack. Raises `FormatError`."""
    return senml.decode(base, cbor_items.Reader(data).items(), kind_of, _KEYS)


def decode_paths(data: bytes) -> "list[Path]":
    """The paths that a composite request names. Raises `FormatError`."""
    return senml.decode_paths(cbor_items.Reader(data).items(), _KEYS)


def _field(entry: "Entry") -> bytes:
    at, kind, value, _ = entry
    value = converted(at, kind, value, UsageError)
    if kind == kinds.FLOAT:
        return b"\x02" + cbor_items.floating(value)
    if kind == kinds.BOOLEAN:
        return b"\x04" + (cbor_items.TRUE if value else cbor_items.FALSE)
    if kind == kinds.OPAQUE:
        return b"\x08" + cbor_items.binary(value)
    if kind == kinds.OBJECT_LINK:
        return b"\x63vlo" + cbor_items.text("%d:%d" % value)
    if kind in (kinds.STRING, kinds.CORE_LINK):
        return b"\x03" + cbor_items.text(value)
    return b"\x02" + cbor_items.integer(value)
