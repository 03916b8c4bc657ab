"""The codecs of LwM2M at their edges: kinds, bounds, times, what is empty, 32-bit floats."""

from nce.errors import UsageError
from nce.lwm2m import base64url, formats, kinds, link, numerals, path, tlv, tlv_reader
from nce.lwm2m.formats import FormatError, codec_of
from nce.lwm2m.received import MOST_VALUES, utf8
from nce.lwm2m.values import converted

TREES = (formats.TLV, formats.JSON, formats.SENML_JSON, formats.SENML_CBOR)
SINGLES = (formats.TEXT, formats.OPAQUE, formats.CBOR)
MULTIPLE = (3442, 0, 1120)


def kind_of(at):
    return {120: kinds.INTEGER, 1120: kinds.INTEGER, 130: kinds.FLOAT, 150: kinds.OPAQUE}[at[2]]


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError("%r did not raise" % (arguments,))


def refused(content_format, base, data, kind=kind_of):
    return error_of(FormatError, codec_of(content_format).decode, base, data, kind)


def test_paths():
    for written, at in (
        ("/", ()),
        ("/3", (3,)),
        ("/3/0/11/65534", (3, 0, 11, 65534)),
        ("/0/0/0/0", (0, 0, 0, 0)),
    ):
        assert path.parse(written) == at
        assert path.text(at) == written
    for written in (
        "", "3", "//", "/3/", "/3//0", "/65535", "/70000", "/-1", "/+1", "/03", "/1_0", "/x",
        "/ 3", "/1/2/3/4/5", "3/0", "/100000000000000000000", "/\u0663",
    ):  # fmt: skip
        assert repr(written) in error_of(FormatError, path.parse, written)


def test_codecs_by_their_numbers():
    for number in SINGLES + TREES:
        assert codec_of(number) is not None
    assert codec_of(1542) is codec_of(formats.TLV)
    assert codec_of(1543) is codec_of(formats.JSON)
    for number in (formats.LINK, 50, 1541, 9999, -1):
        assert codec_of(number) is None


# Kind, values of it, values that are not.
KINDS = (
    (kinds.STRING, ("", "a"), (b"a", 1, None, True)),
    (kinds.CORE_LINK, ("</3>",), (b"a", 1)),
    (kinds.INTEGER, (-(1 << 63), (1 << 63) - 1, 5.0), (1 << 63, -(1 << 63) - 1, 1.5, True, "1")),
    (kinds.UNSIGNED, (0, (1 << 64) - 1), (-1, 1 << 64, False, float("nan"))),
    (kinds.TIME, (-1, 1 << 33), (float("inf"), float("nan"), None, "0")),
    (kinds.FLOAT, (1, 1.5, float("inf")), (True, "1.5", None)),
    (kinds.BOOLEAN, (True, False), (1, 0, "true", None)),
    (kinds.OPAQUE, (b"", b"\xff", bytearray(b"a")), ("a", 1)),
    (kinds.OBJECT_LINK, ((3, 0), (65535, 65535), "3:0"), ("3", "3:", ":0", "3:0:1", "3:70000",
                         (3,), (3, 65536), (3, -1), "3:+1", 3)),
)  # fmt: skip


def test_values_are_of_their_kinds():
    at = (3, 0, 9)
    for kind, good, bad in KINDS:
        for value in good:
            found = converted(at, kind, value, UsageError)
            assert found == ((3, 0) if isinstance(value, str) and value == "3:0" else value), (
                kind,
                value,
            )
        for value in bad:
            for error in (UsageError, FormatError):
                assert "/3/0/9: not " in error_of(error, converted, at, kind, value, error)
    assert type(converted(at, kinds.INTEGER, 5.0, UsageError)) is int
    assert type(converted(at, kinds.FLOAT, 5, UsageError)) is float
    assert converted(at, None, "whatever", UsageError) == "whatever"


def test_wrong_values_of_ours_are_named():
    for content_format in SINGLES + TREES:
        codec = codec_of(content_format)
        for base in ((3442, 0, 120), (3442, 0, 120, 7)):
            wrong = (base, kinds.INTEGER, "five", None)
            assert path.text(base) in error_of(UsageError, codec.encode, base, [wrong])
    for content_format in SINGLES:
        codec = codec_of(content_format)
        one = ((3442, 0, 120), kinds.OPAQUE, b"\x01", None)
        for base, entries in (
            ((3442, 0), [one]),
            ((3442, 0, 120), []),
            ((3442, 0, 120), [one, one]),
            ((3442, 0, 121), [one]),
        ):
            assert "use SenML or TLV" in error_of(UsageError, codec.encode, base, entries)
    one = ((3442, 0, 120), kinds.INTEGER, 5, None)
    assert "not of type Integer" in refused(formats.TEXT, (3442, 0, 120), b"five")
    assert "no base64" in refused(formats.TEXT, (3442, 0, 150), b"!")
    assert "not below" in error_of(UsageError, tlv.encode, (3,), [one])
    assert "not below" in error_of(UsageError, tlv.encode, (), [one])
    for content_format in (formats.JSON, formats.SENML_JSON):
        for value in (float("nan"), float("inf")):
            entries = [((3442, 0, 130), kinds.FLOAT, value, None)]
            told = error_of(UsageError, codec_of(content_format).encode, (3442, 0, 130), entries)
            assert "/3442/0/130: JSON has no" in told


def test_errors_keep_what_may_be_a_key():
    at = (0, 0, 5)
    for content_format, data in (
        (formats.TEXT, b"s3cret!!!"),
        (formats.CBOR, b"\x66s3cret"),
        (formats.SENML_JSON, b'[{"n":"/0/0/5","vs":"s3cret"}]'),
        (formats.SENML_JSON, b'[{"n":"/0/0/5","vd":"s3cret!"}]'),
        (formats.SENML_JSON, b'[{"n":"/0/0/5","v":"s3cret"}]'),
        (formats.SENML_JSON, b'[{"n":"/0/0/5","vlo":"s3cret"}]'),
        (formats.SENML_JSON, b'[{"n":"/0/0/5","vs":"s3cret\\x"}]'),
        (formats.SENML_JSON, b'["s3cret"]'),
        (formats.SENML_JSON, b'[["s3cret"]]'),
        (formats.JSON, b'{"e":[{"n":"/0/0/5","v":"s3cret"}]}'),
        (formats.JSON, b'{"e":[{"n":"/0/0/5","ov":"s3cret"}]}'),
        (formats.JSON, b'{"e":[{"n":"/0/0/5","bv":"s3cret"}]}'),
        (formats.JSON, b'{"e":["s3cret"]}'),
    ):
        assert "s3cret" not in refused(content_format, at, data, lambda path: kinds.OPAQUE), data
    wrong = (at, kinds.OPAQUE, "s3cret", None)
    assert "s3cret" not in error_of(UsageError, tlv.encode, at, [wrong])


def test_integers_pass_through_no_float():
    # 2**53 + 1 is no float of 64 bits, 2**24 + 1 none of 32.
    at = (3442, 0, 120)
    for number in ((1 << 24) + 1, (1 << 53) + 1, 1700000001, -(1 << 63), (1 << 63) - 1):
        for content_format in (formats.TEXT, formats.CBOR) + TREES:
            codec = codec_of(content_format)
            data = codec.encode(at, [(at, kinds.INTEGER, number, None)])
            assert codec.decode(at, data, kind_of) == [(at, number, None)], content_format
    for data, number in (
        (b'[{"n":"/3442/0/120","v":1700000001.0}]', 1700000001),
        (b'[{"n":"/3442/0/120","v":17.00000001e8}]', 1700000001),
        (b'[{"n":"/3442/0/120","v":-1.6777217E7}]', -16777217),
        (b'[{"n":"/3442/0/120","v":5e0}]', 5),
        (b'[{"n":"/3442/0/120","v":9007199254740993.0}]', (1 << 53) + 1),
        (b'[{"n":"/3442/0/120","v":9.007199254740993E+15}]', (1 << 53) + 1),
        (b'[{"n":"/3442/0/120","v":90071992547409930000e-4}]', (1 << 53) + 1),
        (b'[{"n":"/3442/0/120","v":900719925474099.3e1}]', (1 << 53) + 1),
    ):
        assert codec_of(formats.SENML_JSON).decode((), data, kind_of) == [(at, number, None)]
    for data, number in (
        ("fb41d954fc40400000", 1700000001),
        ("fbc170000010000000", -16777217),
        ("fb43dfffffffffffff", (1 << 63) - 1024),
        ("fa4ccb5180", 106597376),
        ("f94500", 5),
    ):
        read = codec_of(formats.CBOR).decode(at, bytes.fromhex(data), kind_of)
        assert read == [(at, number, None)], data


def test_floats_are_as_short_as_they_can_be():
    at = (3442, 0, 130)
    for value, written in (
        (22.4, "22.4"), (0.1, "0.1"), (-8.98, "-8.98"), (16777216.0, "16777216"), (21.5, "21.5"),
        (123456.789, None), (1 / 3, None), (1e20, "1e+20"), (3.5e-7, "3.5e-07"),
    ):  # fmt: skip
        digits = numerals.digits(value)
        assert float(digits) == value and (written is None or digits == written), digits
    for written, plain in (
        ("1e+20", "100000000000000000000"),
        ("-1.25e-07", "-0.000000125"),
        ("3.4e+03", "3400"),
        ("21.5", "21.5"),
        ("1.5e-10", "0.00000000015"),
    ):
        assert numerals.without_exponent(written) == plain
    # Half, single: what holds it. 100000 is no half; MicroPython packs one all the same.
    for value, data in (
        (21.5, "f94d60"), (65504.0, "f97bff"), (100000.0, "fa47c35000"), (-0.0, "f98000"),
        (float("inf"), "f97c00"), (float("nan"), "f97e00"), (5.960464477539063e-08, "f90001"),
    ):  # fmt: skip
        written = codec_of(formats.CBOR).encode(at, [(at, kinds.FLOAT, value, None)])
        assert written == bytes.fromhex(data), (value, written)
    assert tlv.encode(at, [(at, kinds.FLOAT, 21.5, None)]) == b"\xc4\x82\x41\xac\x00\x00"


def test_numbers_are_decimal():
    for written in ("", "-", "+", ".", "e5", "1e", "1e5.5", "0x10", " 5", "5 ", "1_000", "5abc",
                    "\u0665", "inf", "nan", "1.5.2", "--5", "9" * 401):  # fmt: skip
        error_of(ValueError, numerals.number, written)
    assert numerals.number("9" * 21) == int("9" * 21)
    for written in ("05", "+5", "5.", ".5", "-", "", "-.5", "00.5", "1e", "NaN", "nul", "\xff"):
        data = ('[{"n":"/3442/0/130","v":%s}]' % written).encode()
        assert "no JSON at byte" in refused(formats.SENML_JSON, (), data), written


def test_what_is_empty():
    base = (3442, 0)
    entries = [
        (MULTIPLE, kinds.INTEGER, None, None),
        ((3442, 0, 120), kinds.INTEGER, 1, None),
    ]
    for content_format in TREES:
        codec = codec_of(content_format)
        read = codec.decode(base, codec.encode(base, entries), kind_of)
        assert ((3442, 0, 120), 1, None) in read
        assert ((MULTIPLE, None, None) in read) == (content_format == formats.TLV)
        assert codec.decode(base, codec.encode(base, []), kind_of) == []
    assert tlv.encode((3442,), [((3442, 7), 0, None, None)]) == b"\x00\x07"
    assert tlv.decode((3442,), b"\x00\x07", kind_of) == [((3442, 7), None, None)]
    assert tlv_reader.names_instances(b"\x00\x07")
    assert not tlv_reader.names_instances(b"")
    assert not tlv_reader.names_instances(b"\xc1\x78\x05")


def test_tlv_out_of_place_is_refused():
    for base, data in (
        ((), "c17801"),
        ((3442,), "c17801"),  # a resource where instances are
        ((3442, 0), "0301c17801"),  # the instance 1
        ((3442,), "0300c178010300c17801"),  # twice the same
        ((3442, 0), "410001"),
        ((3442, 0), "8404600300c1"),  # an instance in a resource
        ((3442, 0), "e1ffff01"),  # 65535
        ((3442,), "23ffffc17801"),
        ((3442,), "20ffff"),
        ((3442, 0), "a0ffff"),
        ((3442, 0), "a4046061ffff"),
        ((3442, 0, 1120), "a00461"),
        ((3442, 0, 1120, 1), "a00460"),
        ((3442, 0, 120), "c17901"),
        ((3442, 0, 1120), "a30461410102"),
        ((3442, 0, 120), "0300c17801"),
        ((3442, 0, 1120, 1), "410201"),
        ((3442, 0, 1120, 1), "c17801"),
        ((3442, 0, 1120, 1), "a30460410202"),
    ):
        told = refused(formats.TLV, base, bytes.fromhex(data), lambda at: kinds.INTEGER)
        assert told.startswith("/"), data
    for base, data in (
        ((3442, 0), "0300c17801"),  # wrapped in its instance
        ((3442, 0, 1120, 1), "410105"),
        ((3442, 0, 1120, 1), "a30460410105"),
        ((3442, 0, 1120), "410105"),
    ):
        assert len(tlv.decode(base, bytes.fromhex(data), lambda at: kinds.INTEGER)) == 1, data


def test_times():
    at = (3442, 0, 130)
    entries = [(at, kinds.FLOAT, 1.0, 1700000000), (at, kinds.FLOAT, 2.0, 1700000060)]
    for content_format, written in (
        (formats.SENML_JSON, '[{"bn":"/3442/0/130","bt":1700000000,"v":1},{"t":60,"v":2}]'),
        (formats.JSON, '{"bn":"/3442/0/","e":[{"n":"130","v":1},{"n":"130","v":2,"t":60}]'
         ',"bt":1700000000}'),
    ):  # fmt: skip
        assert codec_of(content_format).encode(at, entries) == written.encode()
    for content_format in (formats.JSON, formats.SENML_JSON, formats.SENML_CBOR):
        codec = codec_of(content_format)
        # One without a time does not get that of another.
        for mixed in (entries, entries + [((3442, 0, 120), kinds.INTEGER, 3, None)]):
            read = codec.decode((), codec.encode((), mixed), kind_of)
            assert read == [(one[0], one[2], one[3]) for one in mixed]
    for data, times in (
        (b'[{"bn":"/3442/0/130","v":1,"t":-5.5},{"v":1,"bt":100,"t":1.5}]', (-6, 101)),
        (b'[{"bn":"/3442/0/130","v":1},{"v":1,"t":0}]', (None, 0)),
    ):
        read = codec_of(formats.SENML_JSON).decode((), data, kind_of)
        assert tuple([one[2] for one in read]) == times
    for time in ("1e400", '"5"', "null", "true"):
        data = ('[{"n":"/3442/0/130","v":1,"t":%s}]' % time).encode()
        assert "time" in refused(formats.SENML_JSON, (), data) or "number" in refused(
            formats.SENML_JSON, (), data
        )


def test_names_of_a_pack():
    codec = codec_of(formats.SENML_JSON)
    one = ((3442, 0, 120), kinds.INTEGER, 1, None)
    other = ((3442, 1, 120), kinds.INTEGER, 2, None)
    far = ((3, 0, 9), kinds.INTEGER, 3, None)
    for base, entries, written in (
        ((3442, 0, 120), [one], '[{"bn":"/3442/0/120","v":1}]'),
        ((3442, 0), [one], '[{"bn":"/3442/0/","n":"120","v":1}]'),
        ((), [one], '[{"bn":"/3442/0/","n":"120","v":1}]'),
        ((3442,), [one, other], '[{"bn":"/3442/","n":"0/120","v":1},{"n":"1/120","v":2}]'),
        ((), [one, far], '[{"bn":"/","n":"3442/0/120","v":1},{"n":"3/0/9","v":3}]'),
        ((), [], "[]"),
    ):
        assert codec.encode(base, entries).decode() == written
    paths = codec.decode_paths(b'[{"bn":"/3/"},{"n":"0/0"},{"bn":"/1/0/1"},{"bn":"","n":"/"}]')
    assert paths == [(3, 0, 0), (1, 0, 1), ()]
    many = b"[" + b",".join([b'{"n":"/3"}'] * (MOST_VALUES + 1)) + b"]"
    for data in (
        many,
        b"[]",
        b"[{}]",
        b'[{"bn":"/3/"}]',
        b'[{"n":"3"}]',
        b'[{"n":"/3","v":1}]',
        b"[3]",
    ):
        error_of(FormatError, codec.decode_paths, data)
    read = codec.decode((), b'[{"bn":"/3442/0/","bv":90},{"n":"120","v":5}]', kind_of)
    assert read == [((3442, 0, 120), 95, None)]
    assert "/3/0/9" in refused(formats.SENML_JSON, (3442,), b'[{"n":"/3/0/9","v":5}]')


def test_too_much_is_refused():
    many = [(MULTIPLE + (index,), kinds.INTEGER, 1, None) for index in range(MOST_VALUES + 1)]
    for content_format in TREES:
        codec = codec_of(content_format)
        data = codec.encode(MULTIPLE, many[:-1])
        assert len(codec.decode(MULTIPLE, data, kind_of)) == MOST_VALUES
        told = refused(content_format, MULTIPLE, codec.encode(MULTIPLE, many))
        assert "more than 512 values" in told or "too many values" in told, told
    base = (3442, 0, 120)
    for data in (
        b'[{"n":"/3442/0/120","v":1,"x":' + b"[" * 9 + b"]" * 9 + b"}]",
        b'[{"n":"/3442/0/120","v":1,"x":[' + b",".join([b"1"] * 99) + b"]}]",
    ):
        assert "too" in refused(formats.SENML_JSON, base, data)
    head = bytes.fromhex("81a321") + b"\x6b/3442/0/120" + bytes.fromhex("02016178")
    assert codec_of(formats.SENML_CBOR).decode(base, head + b"\x81\x80", kind_of)
    for data in (head + b"\x81" * 9 + b"\x80", head + b"\x98\x63" + b"\x01" * 99):
        assert "too" in refused(formats.SENML_CBOR, base, data)
    # Lengths that are not there.
    for data in ("81bbffffffffffffffff", "9bffffffffffffffff", "817bffffffffffffffff", "9f" * 50):
        refused(formats.SENML_CBOR, base, bytes.fromhex(data))


def test_cbor_that_is_none_is_refused():
    for data in (
        "1f", "3f", "df", "fc", "f8ff", "f7", "c0613a", "5f41", "5f6161ff", "5f5f41ffffff",
        "7f41ff", "a1f501", "a1fa3f80000001", "a2010101", "bf01ff", "1c", "f94", "",
    ):  # fmt: skip
        try:
            raw = bytes.fromhex(data)
        except ValueError:
            raw = b"\xf9\x40"
        assert "no CBOR at byte" in refused(formats.CBOR, (3442, 0, 150), raw), data


def test_json_strings():
    codec = codec_of(formats.SENML_JSON)

    def string(at):
        return kinds.STRING

    for text, written in (
        ('say "hi"\\', '"say \\"hi\\"\\\\"'),
        ("a\n\x00b", '"a\\u000a\\u0000b"'),
        ("\u00e9\U0001f600", '"\u00e9\U0001f600"'),
    ):
        data = codec.encode((3, 0, 0), [((3, 0, 0), kinds.STRING, text, None)])
        assert data.decode() == '[{"bn":"/3/0/0","vs":%s}]' % written
        assert codec.decode((3, 0, 0), data, string)[0][1] == text
    for written, text in (
        ('"\\u00e9\\uD83D\\ude00"', "\u00e9\U0001f600"),
        ('"\\b\\f\\n\\r\\t\\/\\"\\\\"', '\b\f\n\r\t/"\\'),
        ('"\\\\\\\\"', "\\\\"),
    ):
        data = ('[{"n":"/3/0/0","vs":%s}]' % written).encode()
        assert codec.decode((), data, string)[0][1] == text
    for written in (
        '"', '"\\"', '"\\\\\\"', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\u+123"', '"\\ud83d"',
        '"\\ud83d\\u0041"', '"\\ude00"', '"\n"', '"\x1f"', '"a"b"',
    ):  # fmt: skip
        data = ('[{"n":"/3/0/0","vs":%s}]' % written).encode()
        assert "no JSON at byte" in refused(formats.SENML_JSON, (), data, string), written
    spaced = b' [ { "n" :\r\n"/3/0/0"\t,  "x" : [ ] , "y" : { } ,"vs" : "a" }\n] '
    assert codec.decode((), spaced, string) == [((3, 0, 0), "a", None)]
    for document in (
        '[{"n":"/3/0/0","vs":"a"};{"n":"/3/0/1","vs":"a"}]',
        '[{"n"="/3/0/0","vs":"a"}]',
        '[{"n":"/3/0/0";"vs":"a"}]',
        "{}",
        '"[]"',
    ):
        assert "no JSON at byte" in refused(formats.SENML_JSON, (), document.encode(), string)
    assert "without end" in refused(formats.SENML_JSON, (), b'[{"n":"/3/0/0","vs":"a}]', string)
    for data in (b"[{}", b"[{},]", b"[,]", b'[{"a"}]', b'[{"a":1,}]', b"[{a:1}]", b"[{}{}]",
                 b"[1 2]", b"[] []", b"", b" ", b"[", b"{", b'{"a":'):  # fmt: skip
        refused(formats.SENML_JSON, (), data, string)


def test_members_are_of_their_types():
    def unknown(at):
        return None

    base = (3, 0, 9)
    for member in ('"bv":1', '"bv":"1"', '"v":true', '"v":"1"', '"v":null', '"sv":1', '"sv":null',
                   '"ov":1', '"ov":"3"', '"v":1,"t":"1"', '"v":1,"t":true', '"x":1'):  # fmt: skip
        data = ('{"bn":"/3/0/9","e":[{%s}]}' % member).encode()
        refused(formats.JSON, base, data, unknown)
    # What has no name is what was asked for.
    for data in (b'{"e":[{"v":5}]}', b'{"bn":"","e":[{"n":"","v":5}]}'):
        assert codec_of(formats.JSON).decode(base, data, unknown) == [(base, 5, None)]
    for data in (b"[]", b"{}", b'{"e":1}', b'{"e":[1]}', b'{"e":[],"bn":1}', b'{"e":[],"bt":"1"}'):
        refused(formats.JSON, base, data, unknown)
    for member in ('"vb":1', '"vb":null', '"v":true', '"v":"1"', '"v":null', '"vs":1', '"vs":null',
                   '"vd":1', '"vlo":1', '"vlo":"3"', '"v":1,"t":"1"', '"v":1,"bver":"1"',
                   '"v":1,"bver":11', '"v":1,"bt":true', '"v":1,"bv":"1"', '"v":1,"vs":"1"',
                   '"v":1,"x_":1', '"x":1'):  # fmt: skip
        data = ('[{"bn":"/3/0/9",%s}]' % member).encode()
        if member == '"x":1':
            assert codec_of(formats.SENML_JSON).decode(base, data, unknown) == []
        else:
            refused(formats.SENML_JSON, base, data, unknown)
    # Unknown resources keep what was read.
    for member, value in (('"v":1.5', 1.5), ('"vs":"a"', "a"), ('"vb":false', False),
                          ('"vd":"AA"', b"\x00"), ('"vlo":"3:0"', (3, 0))):  # fmt: skip
        data = ('[{"bn":"/3/0/9","foo":[{"a":null}],%s}]' % member).encode()
        assert codec_of(formats.SENML_JSON).decode(base, data, unknown) == [(base, value, None)]
    assert tlv.decode(base, b"\xc1\x09\x05", unknown) == [(base, b"\x05", None)]


def test_only_utf8_is_text():
    at = (3, 0, 0)
    for data in ("", "61", "c3a9", "ed9fbf", "ee8080", "f09f9880", "f48fbfbf"):
        assert utf8(at, bytes.fromhex(data)).encode() == bytes.fromhex(data)
    for data in ("ff", "c328", "c080", "e08080", "eda0bd", "f5808080", "f4908080", "c3", "61ff"):
        assert "/3/0/0: not UTF-8" in error_of(FormatError, utf8, at, bytes.fromhex(data))


def test_base64_of_both_alphabets():
    for written in ("-_8", "-_8=", "+/8=", "+/8"):
        assert base64url.decode(written) == b"\xfb\xff", written
    assert base64url.decode("") == b""
    assert base64url.encode(b"\xfb\xff") == "-_8"
    assert base64url.plain(b"\xfb\xff") == "+/8="
    for written in (
        "A",
        "AA=A",
        "!!!!",
        "AA==AA==",
        "AAAA=",
        "A===",
        "=",
        "AA\nAA",
        "\u00e9\u00e9",
    ):
        error_of(ValueError, base64url.decode, written)


def test_links():
    links = (
        ((), (("rt", "oma.lwm2m"), ("ct", 112))),
        ((3303,), (("ver", "1.1"),)),
        ((3303, 0), (("pmin", 10), ("gt", 22.5), ("lt", 1e20), ("name", 'a "b"\\'))),
        ((3303, 0, 5700, 1), (("obs", None),)),
    )
    written = (
        '</>;rt="oma.lwm2m";ct=112,</3303>;ver=1.1,</3303/0>;pmin=10;gt=22.5;'
        'lt=100000000000000000000;name="a \\"b\\"\\\\",</3303/0/5700/1>;obs'
    )
    assert link.encode(links).decode() == written
    assert link.encode(links[:2], "/lwm2m").decode() == (
        '</lwm2m>;rt="oma.lwm2m";ct=112,</lwm2m/3303>;ver=1.1'
    )
    assert link.encode((((), (("lwm2m", "1.1"),)),)) == b"</>;lwm2m=1.1"
