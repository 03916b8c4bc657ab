"""1NCE's flat JSON, and the controller's `data` (1nce_os.md 2.5 and 3.1)."""

from __future__ import annotations

import json
import math
import struct

import pytest

from nce_sim.wire.lwm2m import flat, formats
from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Record

PATH = (3, 0, 1)


def test_it_is_what_1nce_shows():
    # The four of the fact sheet: a boolean, a resource instance, a time, a float of 32 bits.
    latitude = struct.unpack(">f", struct.pack(">f", 56.9462890625))[0]
    records = [
        Record((3311, 0, 5850), False),
        Record((3, 0, 11, 0), 0),
        Record((6, 0, 5), 1726151810),
        Record((6, 0, 0), latitude),
    ]
    assert json.loads(json.dumps(flat.flat_json(records))) == {
        "/3311/0/5850": False,
        "/3/0/11/0": 0,
        "/6/0/5": 1726151810000,
        "/6/0/0": 56.9462890625,
    }


def test_a_float_of_32_bits_is_shown_as_it_came():
    """21.7 in TLV's four octets is not 21.7; in SenML JSON it is."""
    tlv = bytes.fromhex("e41644") + struct.pack(">f", 21.7)
    shown = flat.flat_json(formats.decode(formats.TLV, (3303, 0), tlv))
    assert shown == {"/3303/0/5700": 21.700000762939453}
    senml = b'[{"bn":"/3303/0/5700","v":21.7}]'
    shown = flat.flat_json(formats.decode(formats.SENML_JSON, (3303, 0), senml))
    assert shown == {"/3303/0/5700": 21.7}


def test_what_json_does_not_have_becomes_text():
    records = [
        Record((33000, 0, 1), b"\xfb\xff"),
        Record((33000, 0, 2), Link(66, 1)),
        Record((33000, 0, 3), math.nan),
        Record((33000, 0, 4), -math.inf),
        Record((33000, 0, 5), 2**64 - 1),
    ]
    shown = flat.flat_json(records)
    assert list(shown.values()) == ["+/8=", "66:1", "NaN", "-Infinity", 2**64 - 1]
    json.dumps(shown, allow_nan=False)


def test_of_several_values_the_latest_is_shown():
    records = [
        Record((3303, 0, 5700), 2.0, 1700000010),
        Record((3303, 0, 5700), 1.0, 1700000000),
    ]
    assert flat.flat_json(records) == {"/3303/0/5700": 2.0}
    assert flat.flat_json(records[::-1]) == {"/3303/0/5700": 2.0}
    assert flat.flat_json([Record((3, 0, 9), 1), Record((3, 0, 9), 2)]) == {"/3/0/9": 2}
    assert flat.moments([*records, Record((3, 0, 9), 5)]) == [
        (1700000000, [records[1]]),
        (1700000010, [records[0]]),
        (None, [Record((3, 0, 9), 5)]),
    ]


@pytest.mark.parametrize(
    ("data", "kind", "value"),
    [
        ("-5", Kind.INTEGER, -5),
        ("18446744073709551615", Kind.UNSIGNED, 2**64 - 1),
        ("21.5", Kind.FLOAT, 21.5),
        ("true", Kind.BOOLEAN, True),
        ("False", Kind.BOOLEAN, False),
        ("1", Kind.BOOLEAN, True),
        ("+/8=", Kind.OPAQUE, b"\xfb\xff"),
        ("-_8", Kind.OPAQUE, b"\xfb\xff"),
        ("1726151810000", Kind.TIME, 1726151810),
        ("66:1", Kind.OBJECT_LINK, Link(66, 1)),
        (" text ", Kind.STRING, " text "),
    ],
)
def test_data_becomes_a_value_of_the_resource(data, kind, value):
    read = flat.value_of(data, kind, PATH)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("on", Kind.INTEGER),
        ("1.0", Kind.INTEGER),
        ("9223372036854775808", Kind.INTEGER),
        ("-1", Kind.UNSIGNED),
        ("1_0", Kind.FLOAT),
        (" 1", Kind.FLOAT),
        ("yes", Kind.BOOLEAN),
        ("!", Kind.OPAQUE),
        ("today", Kind.TIME),
        ("3", Kind.OBJECT_LINK),
    ],
)
def test_data_of_another_type_is_refused_by_the_name_of_the_resource(data, kind):
    with pytest.raises(ValueError, match="/3/0/1"):
        flat.value_of(data, kind, PATH)


def test_a_secret_is_in_no_text():
    key = Record((0, 0, 5), b"a1b2c3d4")
    with pytest.raises(LwM2mMistake) as refused:
        formats.encode(formats.TEXT, (0, 0, 1), [key])
    texts = f"{key!r} {Record((0, 0, 3), '8988')!r} {refused.value}"
    assert "a1b2c3d4" not in texts
    assert "8988" not in texts
