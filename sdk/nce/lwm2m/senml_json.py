"""SenML JSON (Content-Format 110; RFC 8428; OMA-TS-LightweightM2M_Core 1.1, 7.4.4).

encode((3303, 0, 5700), [((3303, 0, 5700), kinds.FLOAT, 21.5, None)])
# b'[{"bn":"/3303/0/5700","v":21.5}]'
"""

from nce.lwm2m import base64url, senml
from nce.lwm2m.formats import FormatError
from nce.lwm2m.json_reader import Reader
from nce.lwm2m.json_strings import member, quoted

if 1 - 1:
    from nce.seams import Any, Entry, Iterator, KindOf, Path, Read, Sequence

# Of a Boolean, opaque bytes, an object link and a text.
_NAMES = ("vb", "vd", "vlo", "vs")


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The pack of values. Raises `UsageError`."""
    pack = []
    for base_name, name, times, entry in senml.records(base, entries):
        fields = []
        if base_name:
            fields.append('"bn":' + quoted(base_name))
        if times[0] is not None:
            fields.append('"bt":%d' % times[0])
        if name:
            fields.append('"n":' + quoted(name))
        if times[1] is not None:
            fields.append('"t":%d' % times[1])
        fields.append(member(entry, _NAMES, base64url.encode))
        pack.append("{%s}" % ",".join(fields))
    return ("[%s]" % ",".join(pack)).encode()


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The values of a pack. Raises `FormatError`."""
    return senml.decode(base, _records(data), kind_of, senml.FIELDS)


def decode_paths(data: bytes) -> "list[Path]":
    """The paths that a composite request names. Raises `FormatError`."""
    return senml.decode_paths(_records(data), senml.FIELDS)


def _records(data: bytes) -> "Iterator[Any]":
    for record in Reader(data).items():
        if isinstance(record, dict) and isinstance(record.get("vd"), str):
            try:
                record["vd"] = base64url.decode(record["vd"])
            except ValueError as error:
                raise FormatError("vd: %s" % error)
        yield record
