"""LwM2M's formats against encodings that Leshan, Wakaama, Anjay and others made (lwm2m.md)."""

from __future__ import annotations

import json
import math
from pathlib import Path

from nce_sim.wire.lwm2m import formats, links, registry
from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Record, parse_path, path_text

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m_vectors.json").read_text())
VECTORS = {vector["id"]: vector for vector in FILE["codec"]}
# The part for boards, in their words: tests/portable/test_lwm2m_vectors.py.
SMALL = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m_codec.json").read_text())
KINDS = {
    "string": Kind.STRING,
    "integer": Kind.INTEGER,
    "unsigned": Kind.UNSIGNED,
    "float": Kind.FLOAT,
    "boolean": Kind.BOOLEAN,
    "opaque": Kind.OPAQUE,
    "time": Kind.TIME,
    "objlnk": Kind.OBJECT_LINK,
    "corelnk": Kind.CORE_LINK,
}
MODELS = {
    (int(number), int(resource)): KINDS.get(kind)
    for number, versions in FILE["models"].items()
    for resources in versions.values()
    for resource, (_, kind, *_) in resources.items()
}
NOTHING = {"multiple", "instance"}
BYTE_FOR_BYTE = {formats.TLV, formats.TEXT, formats.OPAQUE, formats.CBOR}
# Written otherwise, with the same meaning: TLV has 32 bits where they hold the float exactly, and
# text has Python's exponents.
FLOATS = {
    "tlv.float.0002",
    "tlv.float.0028",
    "tlv.float.0029",
    "tlv.multiple.0008",
    "tlv.registry-object.0022",
    "tlv.registry-object.0025",
    "text.float.0019",
    "text.float.0020",
    "text.float.0022",
    "text.float.0024",
}
# Read although the verdict is "invalid": Leshan and Wakaama both do.
LIBERAL = {
    "tlv.invalid.0022": "a string that is not UTF-8 becomes U+FFFD, as Leshan has it",
    "text.invalid.0039": "a string that is not UTF-8 becomes U+FFFD, as Leshan has it",
    "text.invalid.0041": "text for a resource with several instances is the resource's value",
}
# Leshan and Anjay write unsigned integers of TLV as signed: ff is 2**64-1. It is 255 by the
# specification, by Wakaama and by tlv.hand-made.0016. The number counts alternatives.
OTHERWISE = {("tlv.captured.0014", 0), ("tlv.unsigned.0016", 1), ("tlv.multiple.0007", 1)}


def kind_of(vector):
    """The types that the vector names, before those of the registry."""
    named = {path: KINDS.get(kind) for path, kind, *_ in vector.get("values", ())}

    def types(path):
        text = path_text(path)
        if text in named:
            return named[text]
        if len(path) > 2 and (path[0], path[2]) in MODELS:
            return MODELS[path[0], path[2]]
        return registry.types(path)

    return types


def value_of(kind, value):
    if kind == "float":
        return float(value)
    if kind == "opaque":
        return bytes.fromhex(value)
    if kind == "objlnk":
        return Link(*map(int, value.split(":")))
    return value


def expected(vector):
    """What the payload says, in any order; a resource with nothing in it says nothing."""
    rows = [row for row in vector["values"] if row[1] not in NOTHING]
    return sorted(
        (
            Record(parse_path(path), value_of(kind, value), *time)
            for path, kind, value, *time in rows
        ),
        key=place,
    )


def place(record):
    return (record.path, record.time_s or 0)


def payload_of(vector):
    return bytes.fromhex(vector["hex"]) if "hex" in vector else vector["text"].encode("utf-8")


def payloads(vector):
    """The bytes of a vector, and the other bytes of the same meaning."""
    yield payload_of(vector)
    for other in vector.get("alternatives", ()):
        yield bytes.fromhex(other) if "hex" in vector else other.encode()


def decoded(vector, payload):
    base = parse_path(vector["path"]) if "path" in vector else ()
    return sorted(
        formats.decode(vector["content_format"], base, payload, kind_of(vector)), key=place
    )


def same(records, wanted):
    """Equal, of the same types, and with NaN equal to NaN."""
    return len(records) == len(wanted) and all(
        (one.path, one.time_s, type(one.value)) == (other.path, other.time_s, type(other.value))
        and (
            one.value == other.value
            or (isinstance(one.value, float) and math.isnan(one.value) and math.isnan(other.value))
        )
        for one, other in zip(records, wanted, strict=True)
    )


def select(field):
    return [vector for vector in VECTORS.values() if field in vector]


def invalid():
    return [vector for vector in VECTORS.values() if vector["verdict"] == "invalid"]


def test_the_small_file_for_boards_says_nothing_else():
    numbers = {name: number for number, name in enumerate(KINDS, 1)}
    assert SMALL["vectors"]
    assert SMALL["links"]
    for small in SMALL["vectors"]:
        vector = VECTORS[small["id"]]
        mark = "0x" if "hex" in vector else ""
        assert small["payload"] == mark + vector.get("hex", vector.get("text"))
        assert small["format"] == vector["content_format"]
        assert small.get("path") == vector.get("path")
        assert ("refused" in small) == (vector["verdict"] == "invalid")
        assert small.get("paths", []) == vector.get("paths", [])
        others = {mark + other for other in vector.get("alternatives", ())}
        assert set(small.get("others", ())) <= others
        # Boards have whole seconds.
        assert small.get("values", []) == [
            [path, numbers.get(kind, 0), value, *(int(one) for one in time)]
            for path, kind, value, *time in vector.get("values", ())
        ]
    for small in SMALL["links"]:
        vector = VECTORS[small["id"]]
        told = [[one["href"], one["attributes"]] for one in vector["links"]]
        assert (small["payload"], small["links"]) == (vector["text"], told)


def test_every_encoding_means_what_the_others_say():
    wrong = {}
    for vector in select("values"):
        for number, payload in enumerate(payloads(vector)):
            try:
                records = decoded(vector, payload)
            except LwM2mMistake as mistake:
                wrong[vector["id"], number] = str(mistake)
                continue
            if not same(records, expected(vector)):
                wrong[vector["id"], number] = records
    assert {place: what for place, what in wrong.items() if place not in OTHERWISE} == {}
    assert set(wrong) == OTHERWISE


def test_every_invalid_encoding_is_refused():
    taken = set()
    for vector in invalid():
        try:
            if vector["content_format"] == formats.LINK:
                links.parse(vector["text"])
            elif vector.get("operation", "").startswith("paths"):
                formats.paths_of(vector["content_format"], payload_of(vector))
            else:
                decoded(vector, payload_of(vector))
        except LwM2mMistake:
            continue
        taken.add(vector["id"])
    assert taken == set(LIBERAL)


def test_every_composite_request_is_read_and_written():
    for vector in select("paths"):
        content_format = vector["content_format"]
        paths = formats.paths_of(content_format, payload_of(vector))
        assert [path_text(path) for path in paths] == vector["paths"], vector["id"]
        written = formats.encode_paths(content_format, paths)
        assert formats.paths_of(content_format, written) == paths


def test_every_body_of_links_is_read():
    for vector in select("links"):
        wanted = [(link["href"], link["attributes"]) for link in vector["links"]]
        read = links.parse(vector["text"])
        found = [(path_text(link.path), dict(link.attributes)) for link in read.links]
        assert found == [row for row in wanted if row[0] != "/"], vector["id"]
        for href, attributes in wanted:
            if href == "/":
                assert read.resource_type == attributes.get("rt")
                assert " ".join(map(str, read.content_formats)) == attributes.get("ct", "")
                assert read.lwm2m_version == attributes.get("lwm2m")


def test_what_is_written_is_one_of_the_encodings_of_others():
    """Byte for byte in TLV and the formats of one value; the maps of the rest have an order."""
    differing = []
    for vector in select("values"):
        base = parse_path(vector["path"]) if "path" in vector else ()
        said_nothing = any(row[1] in NOTHING for row in vector["values"])
        if vector["verdict"] != "valid" or ".hand-made." in vector["id"] or said_nothing:
            continue
        records = formats.decode(
            vector["content_format"], base, payload_of(vector), kind_of(vector)
        )
        written = formats.encode(vector["content_format"], base, records, kind_of(vector))
        assert same(decoded(vector, written), expected(vector)), vector["id"]
        if vector["content_format"] in BYTE_FOR_BYTE and written not in payloads(vector):
            differing.append(vector["id"])
    assert set(differing) == FLOATS
