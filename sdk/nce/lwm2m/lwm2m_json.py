"""LwM2M JSON of version 1.0 (Content-Format 11543; OMA-TS-LightweightM2M 1.0, 6.4.4).

encode((3, 0), [((3, 0, 9), kinds.INTEGER, 95, None)])
# b'{"bn":"/3/0/","e":[{"n":"9","v":95}]}'
"""

from nce.lwm2m import base64url, kinds, path
from nce.lwm2m.formats import FormatError
from nce.lwm2m.json_reader import Reader
from nce.lwm2m.json_strings import member
from nce.lwm2m.received import keep, seconds, unique
from nce.lwm2m.values import converted, is_at_or_below, link_of, shown

if 1 - 1:
    from nce.seams import Any, Entry, KindOf, Path, Read, Sequence

# Of a Boolean, opaque bytes, an object link and a text.
_NAMES = ("bv", "sv", "ov", "sv")


def encode(base: "Path", entries: "Sequence[Entry]") -> bytes:
    """The document of values. Raises `UsageError`."""
    entries = [entry for entry in entries if entry[2] is not None]
    # A value has a name even when it is what was asked for: Wakaama looks for it.
    above = base[:-1] if [entry for entry in entries if entry[0] == base] else base
    base_name = path.text(above) + "/" if above else "/"
    times = [entry[3] for entry in entries if entry[3] is not None]
    start = times[0] if times and len(times) == len(entries) else None
    elements = []
    for entry in entries:
        time_s = entry[3]
        if start is not None and time_s is not None:
            time_s -= start
        elements.append(
            '{"n":"%s",%s%s}'
            % (
                path.text(entry[0])[len(base_name) :],
                member(entry, _NAMES, base64url.plain),
                ',"t":%d' % time_s if time_s else "",
            )
        )
    return (
        '{"bn":"%s","e":[%s]%s}'
        % (base_name, ",".join(elements), "" if start is None else ',"bt":%d' % start)
    ).encode()


def decode(base: "Path", data: bytes, kind_of: "KindOf") -> "list[Read]":
    """The values of a document. Raises `FormatError`."""
    document = Reader(data).whole()
    if not isinstance(document, dict) or not isinstance(document.get("e"), list):
        raise FormatError("no list of entries in LwM2M JSON")
    base_name = _member(document, "bn", str, "")
    base_time = _member(document, "bt", (int, float), None)
    read: "list[Read]" = []
    for element in document["e"]:
        if not isinstance(element, dict):
            raise FormatError("no entry of LwM2M JSON: %s" % shown(element))
        at = _path(base, base_name, _member(element, "n", str, ""))
        if not is_at_or_below(at, base) or len(at) < 3:
            raise FormatError("%s: no resource in %s" % (path.text(at), path.text(base)))
        kind = kind_of(at)
        value = converted(at, kind, _value(at, kind, element), FormatError)
        time = _member(element, "t", (int, float), None)
        time_s = None
        if time is not None or base_time is not None:
            time_s = seconds(base_time or 0) + seconds(time or 0)
        keep(read, at, value, time_s)
    return unique(read)


def _path(base: "Path", base_name: str, name: str) -> "Path":
    if base_name:
        # lwm2m-codec leaves the slash out between them; below `base` it can be meant only so.
        is_cut = base_name == path.text(base) and base and name and not name.startswith("/")
        return path.parse(base_name + ("/" if is_cut else "") + name)
    # Without a base name: Leshan has it absolute, Wakaama below what was asked for.
    if name.startswith("/"):
        at = path.parse(name)
        if is_at_or_below(at, base):
            return at
        name = name[1:]
    return path.parse(path.text(base) + "/" + name) if base and name else base


def _value(at: "Path", kind: "int | None", element: "dict[str, Any]") -> "Any":
    found = [name for name in ("v", "bv", "sv", "ov") if name in element]
    if len(found) != 1:
        raise FormatError("%s: %d values in an entry" % (path.text(at), len(found)))
    name = found[0]
    if name == "v":
        return _member(element, "v", (int, float), None)
    if name == "bv":
        value = element["bv"]
        if value is True or value is False:
            return value
        raise FormatError("%s: bv is %s" % (path.text(at), shown(value)))
    value = _member(element, name, str, "")
    if name == "ov":
        link = link_of(value)
        if link is None:
            raise FormatError("%s: no object link: %s" % (path.text(at), shown(value)))
        return link
    if kind != kinds.OPAQUE:
        return value
    try:
        return base64url.decode(value)
    except ValueError as error:
        raise FormatError("%s: %s" % (path.text(at), error))


def _member(record: "dict[str, Any]", name: str, of: "Any", otherwise: "Any") -> "Any":
    value = record.get(name, otherwise)
    if name in record and (not isinstance(value, of) or value is True or value is False):
        raise FormatError("LwM2M JSON: %s is %s" % (name, shown(value)))
    return value
