"""LwM2M's formats against encodings that Leshan, Wakaama, Anjay and others made (lwm2m.md)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nce_sim.wire.lwm2m import formats, links, registry
from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Record, parse_path, path_text

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m_vectors.json").read_text())
VECTORS = {vector["id"]: vector for vector in FILE["codec"]}
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
COMPOSITE = "nodes (composite)"
# Read although the verdict is "invalid": Leshan and Wakaama both do.
LIBERAL = {
    "tlv.invalid.0022": "a string that is not UTF-8 becomes U+FFFD, as Leshan has it",
    "text.invalid.0039": "a string that is not UTF-8 becomes U+FFFD, as Leshan has it",
    "text.invalid.0041": "text for a resource with several instances is the resource's value",
}
# Not read as the vector has it.
OTHERWISE = {
    "tlv.captured.0014": "ff for 2**64-1 is Anjay's; it is 255 (tlv.hand-made.0016), as Wakaama says",
}


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
    """What the payload says, in any order; a resource or instance with nothing in it says nothing."""
    rows = [row for row in vector["values"] if row[1] not in {"multiple", "instance"}]
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
    return sorted(formats.decode(vector["content_format"], base, payload, kind_of(vector)), key=place)


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


def select(*, values=False, paths=False, with_links=False, invalid=False):
    return [
        vector
        for vector in VECTORS.values()
        if (invalid and vector["verdict"] == "invalid")
        or (values and "values" in vector)
        or (paths and "paths" in vector)
        or (with_links and "links" in vector)
    ]


def test_every_encoding_means_what_the_others_say():
    wrong = []
    for vector in select(values=True):
        for number, payload in enumerate(payloads(vector)):
            try:
                records = decoded(vector, payload)
            except LwM2mMistake as mistake:
                wrong.append((vector["id"], number, str(mistake)))
                continue
            if not same(records, expected(vector)):
                wrong.append((vector["id"], number, records))
    assert [row for row in wrong if row[0] not in OTHERWISE] == []
    assert {row[0] for row in wrong} == set(OTHERWISE)
