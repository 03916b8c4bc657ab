"""Any octets are records or a LwM2mMistake, and records survive every format."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nce_sim.wire.lwm2m import cbor, flat, formats, links, tlv
from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Record, absolute, parse_path
from support.search import examples

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m_vectors.json").read_text())
# Resource n of the made-up object 33000 has the n-th type, and n + 10 has several instances.
KINDS = dict(enumerate(Kind))
OWN = 33000
SEEDS = sorted(
    {
        (vector["content_format"], vector.get("path", "/"), vector.get("hex", vector.get("text")))
        for vector in VECTORS["codec"]
        if len(vector.get("hex", vector.get("text"))) < 400
    }
)


def types(path):
    return KINDS.get(path[2] % 10) if path[0] == OWN and len(path) > 2 else None


VALUES = {
    Kind.STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.UNSIGNED: st.integers(0, 2**64 - 1),
    Kind.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    Kind.BOOLEAN: st.booleans(),
    Kind.OPAQUE: st.binary(max_size=300),
    Kind.TIME: st.integers(0, 2**32),
    Kind.OBJECT_LINK: st.builds(Link, st.integers(0, 65535), st.integers(0, 65535)),
    Kind.CORE_LINK: st.just("</3/0>;pmin=1"),
}


@st.composite
def objects(draw):
    """The records of an object: instances, resources and resource instances, each once."""
    paths = set()
    for instance in draw(st.sets(st.integers(0, 65534), max_size=3)):
        for number in draw(st.sets(st.sampled_from(sorted(KINDS)), max_size=6)):
            if draw(st.booleans()):
                paths.add((OWN, instance, number))
            else:
                some = draw(st.sets(st.integers(0, 65534), min_size=1, max_size=4))
                paths |= {(OWN, instance, number + 10, last) for last in some}
    return [Record(path, draw(VALUES[types(path)])) for path in sorted(paths)]


@given(objects(), st.sampled_from([formats.SENML_JSON, formats.SENML_CBOR, formats.JSON]))
@examples(120)
def test_an_object_survives_a_format_with_names(records, content_format):
    written = formats.encode(content_format, (OWN,), records, types)
    assert formats.decode(content_format, (OWN,), written, types) == records


@given(objects())
@examples(120)
def test_an_object_survives_tlv(records):
    for instance in {record.path[1] for record in records}:
        within = [record for record in records if record.path[1] == instance]
        written = formats.encode(formats.TLV, (OWN, instance), within, types)
        assert formats.decode(formats.TLV, (OWN, instance), written, types) == within
    written = formats.encode(formats.TLV, (OWN,), records, types)
    assert formats.decode(formats.TLV, (OWN,), written, types) == records


@given(st.data(), st.sampled_from(list(Kind)))
@examples(120)
def test_one_value_survives_every_format(data, kind):
    path = (OWN, 0, list(Kind).index(kind))
    value = data.draw(VALUES[kind])
    for content_format in formats.KNOWN - {formats.OPAQUE}:
        written = formats.encode(content_format, path, [Record(path, value)], types)
        assert formats.decode(content_format, path, written, types) == [Record(path, value)]
        assert isinstance(flat.flat_json([Record(path, value)], types), dict)


@given(st.data())
@examples(300)
def test_any_octets_are_records_or_a_mistake(data):
    """Octets of the vectors with changes, read for the path that they were made for and others."""
    content_format, path, text = data.draw(st.sampled_from(SEEDS))
    is_text = content_format in {formats.TEXT, formats.LINK, formats.SENML_JSON, formats.JSON}
    octets = bytearray(text.encode() if is_text or len(text) % 2 else bytes.fromhex(text))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(octets)))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    base = data.draw(st.sampled_from([parse_path(path), (), (3,), (3, 0), (3, 0, 7)]))
    try:
        if content_format == formats.LINK:
            links.parse(octets.decode("utf-8", "replace"))
            return
        records = formats.decode(content_format, base, bytes(octets))
    except LwM2mMistake:
        return
    assert all(record.path[: len(base)] == base for record in records)
    json.dumps(flat.flat_json(records), allow_nan=False)
    absolute(records, 1_700_000_000)


@given(st.sampled_from(sorted(formats.KNOWN)), st.binary(max_size=200))
@examples(300)
def test_octets_of_nobody_are_records_or_a_mistake(content_format, octets):
    for base in ((), (3,), (3, 0), (3, 0, 9), (3, 0, 7, 1)):
        try:
            formats.decode(content_format, base, octets)
        except LwM2mMistake:
            pass


@pytest.mark.parametrize(
    ("content_format", "payload"),
    [
        (formats.SENML_JSON, b"[" * 100_000),
        (formats.SENML_JSON, b'[{"n":"/3/0/9","v":' + b"9" * 5000 + b"}]"),
        (formats.SENML_JSON, b'[{"x":' + b"[" * 50_000),
        (formats.JSON, b'{"e":' * 20_000),
        (formats.SENML_CBOR, b"\x81" * 100_000),
        (formats.SENML_CBOR, b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
        (formats.SENML_CBOR, b"\x81\xbb\x7f\xff\xff\xff\xff\xff\xff\xff"),
        (
            formats.SENML_CBOR,
            bytes.fromhex("81a2") + b"\x00\x66/3/0/9\x02\xc4\x82\x1a\x7f\xff\xff\xff\x01",
        ),
        (formats.TLV, b"\x08\x00\xff" * 40_000),
        (formats.SENML_CBOR, b"\x99\x20\x00" + bytes.fromhex("a0") * 0x2000),
        (formats.TEXT, b"1" * (formats.MOST_OCTETS + 1)),
        (formats.TEXT, b"9" * 5000),
    ],
)
def test_a_hostile_payload_is_refused_at_once(content_format, payload):
    with pytest.raises(LwM2mMistake):
        formats.decode(content_format, (3, 0, 9), payload)


@pytest.mark.parametrize(
    "tagged",
    ["c074323031332d30332d32315432303a30343a30305a", "c249010000000000000000", "c5820101"]
    + ["d81c81d81d00", "d82361" + b"(".hex(), "d82461" + b"x".hex(), "d9010281" + "01"]
    + ["d9ffff00", "d903ec6a323031332d30332d3231", "d81e820102", "d8255000" + "00" * 15],
)
def test_a_tag_of_cbor_is_refused_before_it_is_made(tagged):
    with pytest.raises(LwM2mMistake, match="CBOR"):
        cbor.loads(bytes.fromhex(tagged))


@pytest.mark.parametrize(
    ("content_format", "base", "payload"),
    [
        (formats.SENML_JSON, (3, 0), b'[{"n":"/3/0/9","v":95,"x":NaN}]'),
        # A value behind ten arrays of an unknown label.
        (
            formats.SENML_CBOR,
            (3, 0),
            b"\x81\xa3\x00\x66/3/0/9\x02\x05\x63foo" + b"\x81" * 10 + b"\x00",
        ),
        # One instance in two halves, and the number that names nothing.
        (formats.TLV, (3,), bytes.fromhex("080003c10964 080003c10a64")),
        (formats.TLV, (3, 0), bytes.fromhex("e1ffff64")),
        (formats.TEXT, (3, 0, 0), b"a" * (formats.MOST_OCTETS + 1)),
    ],
)
def test_what_no_sender_has_a_reason_to_write_is_refused(content_format, base, payload):
    with pytest.raises(LwM2mMistake):
        formats.decode(content_format, base, payload)


def test_a_mistake_names_its_resource():
    for payload, says in (
        (b'[{"bn":"/0/0/","n":"3","vd":"!!"}]', "/0/0/3 has a text that is not base64"),
        (b'[{"bn":"/3/0/","n":"9","v":95.5}]', "/3/0/9 is Integer, not 95.5"),
        (b'[{"bn":"/3/0/","n":"9"}]', "/3/0/9 has 0 values"),
        (b'[{"bn":"/3/0/","n":"x","v":1}]', "'/3/0/x' is no path"),
        (b'[{"bn":"/3/0/","v":1}]', "is no path"),
    ):
        with pytest.raises(LwM2mMistake, match=says):
            formats.decode(formats.SENML_JSON, (), payload)


def test_a_decimal_fraction_is_a_number():
    """273.15 as 27315 * 10 ** -2, and one whose power is out of all bounds (RFC 8949, 3.4.4)."""
    assert formats.decode(formats.CBOR, (3303, 0, 5700), bytes.fromhex("c48221196ab3")) == [
        Record((3303, 0, 5700), 273.15)
    ]
    with pytest.raises(LwM2mMistake, match="too large"):
        formats.decode(formats.CBOR, (3303, 0, 5700), bytes.fromhex("c4821903e801"))


def test_more_records_than_anybody_needs_are_refused():
    record = b'{"n":"/3/0/7/%d","v":1}'
    pack = b"[" + b",".join(record % number for number in range(formats.MOST_RECORDS + 1)) + b"]"
    with pytest.raises(LwM2mMistake, match="4097 values"):
        formats.decode(formats.SENML_JSON, (), pack)


def test_a_format_without_values_says_which_have_some():
    with pytest.raises(formats.UnknownFormat, match=r"11544.*11542"):
        formats.decode(11544, (3, 0), b"")
    with pytest.raises(formats.UnknownFormat, match="112"):
        formats.paths_of(formats.TLV, b"")
    with pytest.raises(LwM2mMistake, match="composites"):
        formats.decode(formats.TLV, (), b"\xc1\x09\x64")


def test_the_drafts_numbers_are_read():
    assert formats.decode(1542, (3, 0), b"\xc1\x09\x64") == [Record((3, 0, 9), 100)]


def test_an_integer_for_a_float_is_written_as_a_float():
    """And a value that the resource cannot have is refused here, not by the device."""
    written = formats.encode(formats.TLV, (3303, 0), [Record((3303, 0, 5700), 21)])
    assert written == bytes.fromhex("e41644") + struct.pack(">f", 21)
    with pytest.raises(LwM2mMistake, match="/3303/0/5700 is Float, not 'warm'"):
        formats.encode(formats.TLV, (3303, 0), [Record((3303, 0, 5700), "warm")])
    with pytest.raises(LwM2mMistake, match="/1/0/1 is not within /3/0"):
        formats.encode(formats.TLV, (3, 0), [Record((1, 0, 1), 1)])
    with pytest.raises(LwM2mMistake, match="use CBOR"):
        formats.encode(formats.SENML_JSON, (), [Record((3303, 0, 5700), math.nan)])


def test_a_time_of_tag_1_is_a_time():
    assert formats.encode(formats.CBOR, (3, 0, 13), [Record((3, 0, 13), 0)]) == b"\xc1\x00"
    with pytest.raises(LwM2mMistake, match="Integer"):
        formats.decode(formats.CBOR, (3, 0, 9), b"\xc1\x00")


def test_relative_times_count_from_now():
    records = [
        Record((3, 0, 9), 1, -5),
        Record((3, 0, 9), 2, 1_600_000_000),
        Record((3, 0, 9), 3),
    ]
    times = [record.time_s for record in absolute(records, 1_700_000_000)]
    assert times == [1_699_999_995, 1_600_000_000, None]


def test_tlv_of_an_object_is_read_with_and_without_its_instance():
    assert tlv.decode((3,), bytes.fromhex("080003c10964"), formats.registry.types) == [
        Record((3, 0, 9), 100)
    ]
    assert tlv.decode((3,), bytes.fromhex("c10964"), formats.registry.types) == [
        Record((3, 0, 9), 100)
    ]
