"""LwM2M's codecs against laws: any bytes, any values; the oracles are `json` and cbor2."""

import base64
import json
import math

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nce.errors import UsageError
from nce.lwm2m import formats, kinds, tlv
from nce.lwm2m.formats import FormatError, codec_of
from support.lwm2m_values import NUMBERS, VALUES, entries, kind_of
from support.search import examples

JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(("bn", "bt", "n", "t", "v", "vs", "vb", "vd", "vlo", "bver", "x", "x_")),
    st.sampled_from(
        ("/3442/0/", "/3442/0/130", "130", "120", "", "-_8", "3:0", 1, 1.5, True, None)
    )
    | JSON_LIKE,
    max_size=5,
)
LABELS = {"bver": -1, "bn": -2, "bt": -3, "bv": -5, "n": 0, "t": 6, "v": 2, "vs": 3, "vb": 4,
          "vd": 8}  # fmt: skip


def flat(records, keys):
    """What SenML says, in a few lines: name -> (value, time)."""
    name, start, found = "", None, {}
    for record in records:
        one = {keys.get(key, key): value for key, value in record.items()}
        name = one.get("bn", name)
        start = one.get("bt", start)
        (value,) = [one[key] for key in ("v", "vs", "vb", "vd", "vlo") if key in one]
        time_s = None if start is None and "t" not in one else (start or 0) + one.get("t", 0)
        found[name + one.get("n", "")] = (value, time_s)
    return found


def wanted(values, opaque):
    return {
        "/" + "/".join(map(str, path)): (
            opaque(value)
            if kind == kinds.OPAQUE
            else "{}:{}".format(*value)
            if kind == kinds.OBJECT_LINK
            else value,
            time_s,
        )
        for path, kind, value, time_s in values
    }


def unpadded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(entries(), st.sampled_from(((), (3442,), (3442, 0))))
@examples(150)
def test_senml_is_what_json_and_cbor2_read(values, base):
    written = codec_of(formats.SENML_JSON).encode(base, values)
    assert flat(json.loads(written), {}) == wanted(values, unpadded)
    written = codec_of(formats.SENML_CBOR).encode(base, values)
    numbers = {label: name for name, label in LABELS.items()}
    assert flat(cbor2.loads(written), numbers) == wanted(values, bytes)


@given(entries(), st.booleans())
@examples(150)
def test_what_json_and_cbor2_write_is_read(values, is_canonical):
    read = sorted((path, value, time_s) for path, _, value, time_s in values)
    plain = [
        {
            "n": "/" + "/".join(map(str, path)),
            {kinds.OPAQUE: "vd", kinds.OBJECT_LINK: "vlo", kinds.BOOLEAN: "vb",
             kinds.STRING: "vs", kinds.CORE_LINK: "vs"}.get(kind, "v"): "{}:{}".format(*value)
            if kind == kinds.OBJECT_LINK else value,
            **({} if time_s is None else {"t": time_s}),
        }
        for path, kind, value, time_s in values
    ]  # fmt: skip
    packed = cbor2.dumps(
        [{LABELS.get(key, key): value for key, value in record.items()} for record in plain],
        canonical=is_canonical,
    )
    assert sorted(codec_of(formats.SENML_CBOR).decode((), packed, kind_of)) == read
    for record in plain:
        if "vd" in record:
            record["vd"] = unpadded(record["vd"])
    text = json.dumps(plain, ensure_ascii=is_canonical, indent=None if is_canonical else 1)
    assert sorted(codec_of(formats.SENML_JSON).decode((), text.encode(), kind_of)) == read


@given(entries())
@examples(100)
def test_all_formats_of_trees_say_the_same(values):
    for content_format in (formats.TLV, formats.JSON, formats.SENML_JSON, formats.SENML_CBOR):
        codec = codec_of(content_format)
        for base in ((3442,), (3442, 0)):
            read = codec.decode(base, codec.encode(base, values), kind_of)
            assert read == [
                (path, value, None if content_format == formats.TLV else time_s)
                for path, _, value, time_s in values
            ]


@pytest.mark.parametrize("kind", sorted(NUMBERS))
def test_one_value_in_each_format_is_read_as_it_was(kind):
    @given(VALUES[kind])
    @examples(50)
    def law(value):
        for path in ((3442, 0, NUMBERS[kind]), (3442, 0, 1000 + NUMBERS[kind], 7)):
            for content_format in (
                0,
                60,
                110,
                112,
                11542,
                11543,
                *([42] * (kind == kinds.OPAQUE)),
            ):
                is_in_json = content_format in (formats.JSON, formats.SENML_JSON)
                if is_in_json and isinstance(value, float) and not math.isfinite(value):
                    continue
                codec = codec_of(content_format)
                read = codec.decode(path, codec.encode(path, [(path, kind, value, None)]), kind_of)
                assert repr(read) == repr([(path, value, None)]) or read[0][1] == value == 0

    law()


@given(st.binary(max_size=60), st.sampled_from((0, 42, 60, 110, 112, 11542, 11543)))
@examples(1000)
def test_any_bytes_are_values_or_an_error(data, content_format):
    read_or_refuse(content_format, data)


@given(st.lists(FIELDS | JSON_LIKE, max_size=3), st.booleans())
@examples(150)
def test_any_records_are_values_or_an_error(records, is_wrapped):
    document = {"bn": "/3442/0/", "e": records} if is_wrapped else records
    text = json.dumps(document)
    read_or_refuse(formats.JSON if is_wrapped else formats.SENML_JSON, text.encode())
    packed = cbor2.dumps(
        [
            {LABELS.get(key, key): value for key, value in one.items()}
            if isinstance(one, dict)
            else one
            for one in records
        ]
    )
    read_or_refuse(formats.SENML_CBOR, packed)


def test_tlv_has_room_for_less_than_16_mib():
    path = (5, 0, 0)
    for size, head in ((0xFF, 0xC8), (0x100, 0xD0), (0xFFFF, 0xD0), (0x10000, 0xD8)):
        written = tlv.encode(path, [(path, kinds.OPAQUE, bytes(size), None)])
        width = head >> 3 & 3
        assert written[:2] == bytes((head, 0))
        assert written[2:] == size.to_bytes(width) + bytes(size)
    with pytest.raises(UsageError, match="no room for 16777216 bytes"):
        tlv.encode(path, [(path, kinds.OPAQUE, bytes(1 << 24), None)])


def read_or_refuse(content_format, data):
    codec = codec_of(content_format)
    for base in ((), (3442,), (3442, 0), (3442, 0, 120), (3442, 0, 1120, 1)):
        try:
            read = codec.decode(base, data, kind_of)
        except FormatError:
            continue
        for path, value, time_s in read:
            assert path[: len(base)] == base
            assert len(path) <= 4
            assert max(path) < 65535
            assert value is None or len(path) > 2
            assert time_s is None or isinstance(time_s, int)
    if content_format in (formats.SENML_JSON, formats.SENML_CBOR):
        try:
            paths = codec.decode_paths(data)
        except FormatError:
            return
        assert paths
