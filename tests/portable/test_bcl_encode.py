"""Encoding by a template: layout, limits, the choice of a case, and exact numbers."""

from nce_bcl import EncodeError, Template, pack
from nce_bcl.decimals import BINARY32, BINARY64, parse_decimal, to_bits
from nce_bcl.shortest import to_text


def one(**selector):
    return Template({"sense": [{"asset": "v", "value": selector}]})


def field(asset, **selector):
    return {"asset": asset, "value": selector}


def refusal(action, *arguments):
    try:
        result = action(*arguments)
    except EncodeError as error:
        return str(error)
    raise AssertionError("accepted: %r" % (result,))


# selector, value, bytes: laid out by hand
VALUES = (
    (dict(byte=0, type="uint"), 255, "ff"),
    (dict(byte=0, type="int"), -128, "80"),
    (dict(byte=1, bytelength=2, type="int"), -2, "00fffe"),
    (dict(byte=0, bytelength=4, byteorder="little", type="uint"), 0x01020304, "04030201"),
    (dict(byte=0, bytelength=8, type="uint"), (1 << 64) - 1, "ffffffffffffffff"),
    (dict(byte=0, bytelength=8, byteorder="little", type="int"), -(1 << 63), "0000000000000080"),
    (dict(byte=0, bytelength=4, type="float"), 26.5, "41d40000"),
    (dict(byte=0, bytelength=4, type="float"), "26.7", "41d5999a"),
    (dict(byte=0, bytelength=4, type="float"), 3, "40400000"),
    (dict(byte=0, bytelength=8, type="float"), "56.92137111", "404c75ef7d1076f1"),
    (dict(byte=0, bytelength=8, type="float"), (5692137111, -8), "404c75ef7d1076f1"),
    (dict(byte=0, bytelength=8, byteorder="little", type="float"), (-1, 0), "000000000000f0bf"),
    (dict(byte=0, bytelength=8, type="float"), "-0", "8000000000000000"),
    (dict(byte=0, bytelength=8, type="float"), (1 << 53) + 1, "4340000000000000"),
    (dict(byte=0, type="boolean"), True, "01"),
    (dict(byte=0, bytelength=2, byteorder="little", type="boolean"), True, "0100"),
    (dict(byte=0, type="boolean"), False, "00"),
    (dict(byte=0, bytelength=4, type="string"), "\xe9t", "c3a97400"),
    (dict(byte=0, bytelength=3, byteorder="little", type="string"), "abc", "616263"),
    (dict(byte=0, bytelength=2, type="hex"), "aB01", "ab01"),
    (dict(byte=0, bytelength=2, type="hex"), b"\xab\x01", "ab01"),
    (dict(byte=1, endbyte=-1, type="string"), "abc", "0061626300"),
    (dict(byte=0, endbyte=0, type="string"), "", ""),
    (dict(byte=0, endbyte=0, type="uint"), 70000, "00011170"),
    (dict(byte=0, endbyte=-1, type="hex"), "010203", "01020300"),
    (dict(endbyte=-4, bytelength=2, type="uint"), 258, "01020000"),
)


def test_a_value_becomes_the_bytes_of_its_type():
    for selector, value, expected in VALUES:
        payload = one(**selector).encode({"v": value})
        assert payload == bytes.fromhex(expected), (selector, value)


# selector, value, what the error says
REFUSED = (
    (dict(byte=0, type="uint"), 256, "v: 256 is outside 0..255 (1-byte uint)"),
    (dict(byte=0, type="uint"), -1, "outside 0..255"),
    (dict(byte=0, bytelength=2, type="int"), 32768, "outside -32768..32767 (2-byte int)"),
    (dict(byte=0, bytelength=8, type="uint"), 1 << 64, "outside 0..18446744073709551615"),
    (dict(byte=0, type="uint"), True, "wants an integer"),
    (dict(byte=0, type="uint"), 1.0, "wants an integer"),
    (dict(byte=0, type="uint"), "1", "wants an integer (1-byte uint), not '1'"),
    (dict(byte=0, bytelength=3, type="int"), 1, "3-byte int"),
    (dict(byte=0, bytelength=4, type="float"), "3.4028236e38", "too large for a 4-byte float"),
    (dict(byte=0, bytelength=4, type="float"), (1, 39), "too large"),
    (dict(byte=0, bytelength=8, type="float"), "1e309", "too large"),
    (dict(byte=0, bytelength=8, type="float"), "1,5", "not a decimal number"),
    (dict(byte=0, bytelength=8, type="float"), "nan", "not a decimal number"),
    (dict(byte=0, bytelength=8, type="float"), "", "1..128 characters"),
    (dict(byte=0, bytelength=8, type="float"), float("inf"), "no place in JSON"),
    (dict(byte=0, bytelength=4, type="float"), float("nan"), "no place in JSON"),
    (dict(byte=0, bytelength=8, type="float"), (1.5, 2), "wants a float"),
    (dict(byte=0, bytelength=8, type="float"), True, "wants a float"),
    (dict(byte=0, bytelength=8, type="float"), None, "v: None is no value"),
    (dict(byte=0, type="boolean"), 1, "wants True or False, not 1"),
    (
        dict(byte=0, bytelength=3, type="string"),
        "\xe9\xe9",
        "takes 4 bytes of UTF-8, the field has 3",
    ),
    (dict(byte=0, bytelength=3, type="string"), b"ab", "wants text"),
    (dict(byte=0, bytelength=3, type="string"), "\ud800", "surrogate"),
    (dict(byte=0, endbyte=0, type="string"), "\ud800", "surrogate"),
    (dict(byte=0, bytelength=2, type="hex"), "ab", "1 hex bytes for a field of 2"),
    (dict(byte=0, bytelength=2, type="hex"), "abc", "whole bytes"),
    (dict(byte=0, bytelength=2, type="hex"), "ab 1", "hexadecimal"),
    (dict(endbyte=-1, bytelength=2, type="int"), 1, "beyond the end of any payload"),
    (dict(endbyte=0, type="int"), 1, "beyond the end of any payload"),
    (dict(byte=70000, type="int"), 1, "UDP carries 65507"),
)


def test_a_wrong_value_is_refused_by_name_limit_and_value():
    for selector, value, part in REFUSED:
        template = one(**selector)
        text = refusal(template.encode, {"v": value})
        assert part in text, (selector, value, text)


LAYOUT = Template(
    {
        "sense": [
            field("head.kind", byte=0, type="uint"),
            field("head.level", byte=2, bytelength=2, type="int"),
            field("text", byte=4, endbyte=-3, type="string"),
            field("tail", endbyte=-2, bytelength=2, type="uint"),
        ]
    }
)


def test_nested_and_dotted_keys_are_the_same():
    expected = "0500fffe616263000102"
    nested = {"head": {"kind": 5, "level": -2}, "text": "abc", "tail": 258}
    dotted = {"head.kind": 5, "head.level": -2, "text": "abc", "tail": 258}
    mixed = {"head.kind": 5, "head": {"level": -2}, "text": "abc", "tail": 258}
    for mapping in (nested, dotted, mixed):
        assert LAYOUT.encode(mapping).hex() == expected
    assert LAYOUT.decode(bytes.fromhex(expected)) == nested


def test_a_given_length_pads_what_is_open():
    mapping = {"head": {"kind": 5, "level": -2}, "text": "a", "tail": 258}
    assert LAYOUT.encode(mapping, length=10).hex() == "0500fffe610000000102"
    assert "field has 0" in refusal(lambda: LAYOUT.encode(mapping, length=7))
    assert "outside a payload of 3" in refusal(lambda: LAYOUT.encode(mapping, length=3))
    assert one(byte=0, type="uint").encode({"v": 1}, length=3) == b"\1\0\0"
    assert "number of bytes" in refusal(lambda: LAYOUT.encode(mapping, length=-1))


def test_front_and_end_do_not_overlap_unless_the_length_says_so():
    both = Template(
        {"sense": [field("a", byte=0, type="uint"), field("b", endbyte=-1, type="uint")]}
    )
    assert both.encode({"a": 1, "b": 2}) == b"\1\2"
    assert both.encode({"a": 1, "b": 1}, length=1) == b"\1"
    text = refusal(lambda: both.encode({"a": 1, "b": 2}, length=1))
    assert "asset a and asset b share the bytes [0:1] and want 01 and 02" in text


def test_what_is_missing_unknown_or_doubled_is_named():
    template = Template(
        {"sense": [field("a.x", byte=0, type="uint"), field("a.y", byte=1, type="uint")]}
    )
    assert "missing: a.x, a.y" in refusal(lambda: template.encode({}))
    assert "missing: a.y" in refusal(lambda: template.encode({"a": {"x": 1}}))
    assert "b.c, d" in refusal(
        lambda: template.encode({"a.x": 1, "a.y": 1, "d": 1, "b": {"c": 1}})
    )
    assert "twice" in refusal(lambda: template.encode({"a.x": 1, "a": {"x": 1, "y": 1}}))
    assert "dict" in refusal(lambda: template.encode([1]))
    assert "text" in refusal(lambda: template.encode({1: 1}))
    endless = {}
    endless["a"] = endless
    assert "deeper" in refusal(lambda: template.encode(endless))


def test_constants_may_be_left_out_but_not_contradicted():
    template = Template({"sense": [{"asset": "k", "value": "T"}, field("v", byte=0, type="uint")]})
    assert template.encode({"v": 1}) == b"\1"
    assert template.encode({"v": 1, "k": "T"}) == b"\1"
    assert "k is the constant 'T'" in refusal(lambda: template.encode({"v": 1, "k": "S"}))
    twice = [{"asset": "k", "value": "T"}, {"asset": "k", "value": "U"}]
    assert Template({"sense": twice}).encode({"k": "U"}) == b""
    assert Template({"sense": twice}, keep_first=True).encode({"k": "T"}) == b""


def test_overlaps_must_agree():
    template = Template(
        {"sense": [field("a", byte=0, bytelength=2, type="uint"), field("b", byte=1, type="uint")]}
    )
    assert template.encode({"a": 258, "b": 2}) == b"\1\2"
    text = refusal(lambda: template.encode({"a": 258, "b": 3}))
    assert "asset a and asset b share the bytes [1:2] and want 02 and 03" in text


SWITCHED = Template(
    {
        "sense": [
            {
                "switch": {"byte": 0, "type": "uint"},
                "on": [
                    {
                        "case": 1,
                        "do": [
                            {"asset": "kind", "value": "climate"},
                            field("heat", byte=1, type="int"),
                        ],
                    },
                    {
                        "case": 2,
                        "do": [
                            {"asset": "kind", "value": "both"},
                            field("heat", byte=1, type="int"),
                            field("damp", byte=2, type="uint"),
                        ],
                    },
                    {
                        "case": 3,
                        "do": [
                            {"asset": "kind", "value": "fast"},
                            field("heat", byte=1, bytelength=2, type="int"),
                        ],
                    },
                    {"default": True, "do": [{"asset": "kind", "value": "other"}]},
                ],
            }
        ]
    }
)


def test_the_case_follows_from_the_data():
    assert SWITCHED.encode({"heat": -1, "damp": 9}) == b"\x02\xff\x09"
    assert SWITCHED.encode({"heat": 300}) == b"\x03\x01\x2c"
    assert SWITCHED.encode({"heat": -1, "kind": "climate"}) == b"\x01\xff"
    assert "case 1 and case 3" in refusal(lambda: SWITCHED.encode({"heat": -1}))
    assert "the default only" in refusal(lambda: SWITCHED.encode({}))
    assert "not in the case taken: damp" in refusal(lambda: SWITCHED.encode({"damp": 1}, case=9))
    text = refusal(lambda: Template({"sense": [SWITCHES_ONLY_CASES]}).encode({"damp": 1}))
    assert "case 1 lacks heat" in text and "case 2 lacks" in text


SWITCHES_ONLY_CASES = {
    "switch": {"byte": 0, "type": "uint"},
    "on": [
        {"case": 1, "do": [field("heat", byte=1, type="int")]},
        {"case": 2, "do": [field("light", byte=1, type="int")]},
    ],
}


def test_the_case_is_given():
    assert SWITCHED.encode({"heat": -1}, case=1) == b"\x01\xff"
    assert SWITCHED.encode({"heat": -1}, case=3) == b"\x03\xff\xff"
    assert SWITCHED.encode({}, case=200) == b"\xc8"
    assert SWITCHED.encode({"kind": "other"}, case=[200]) == b"\xc8"
    assert "missing: damp" in refusal(lambda: SWITCHED.encode({"heat": 1}, case=2))
    assert "case 256" in refusal(lambda: SWITCHED.encode({}, case=256))
    assert "2 case values" in refusal(lambda: SWITCHED.encode({}, case=[200, 1]))


def test_a_case_written_as_a_fraction_is_the_whole_number_it_equals():
    on = [
        {"case": 1.0, "do": [field("heat", byte=1, type="int")]},
        {"case": 2.0, "do": [field("damp", byte=1, type="int")]},
        {"case": 2.5, "do": [field("never", byte=1, type="int")]},
    ]
    template = Template({"sense": [{"switch": {"byte": 0, "type": "uint"}, "on": on}]})
    assert template.decode(b"\x02\x05") == {"damp": 5}
    for case in (None, 2, 2.0, [2.0]):
        assert template.encode({"damp": 5}, case=case) == b"\x02\x05"
    assert "the data fits no case" in refusal(lambda: template.encode({"never": 5}))
    text = refusal(lambda: template.encode({"never": 5}, case=2.5))
    assert "case 2.5: wants an integer (1-byte uint), not 2.5" in text
    assert "case inf: wants an integer" in refusal(lambda: template.encode({}, case=float("inf")))


MAPPED = Template(
    {
        "sense": [
            field("type", byte=0, type="string"),
            {
                "switch": {"byte": 0, "type": "string"},
                "on": [
                    {"case": "T", "do": [field("pace", byte=1, type="uint")]},
                    {
                        "case": "S",
                        "do": [
                            field("pace", byte=1, type="uint"),
                            field("name", byte=2, endbyte=0, type="string"),
                        ],
                    },
                ],
            },
        ]
    }
)


def test_the_case_follows_from_an_asset_on_the_same_bytes_which_may_be_left_out():
    assert MAPPED.encode({"type": "T", "pace": 7}) == b"T\7"
    assert MAPPED.encode({"pace": 7}) == b"T\7"
    assert MAPPED.encode({"pace": 7, "name": "ab"}) == b"S\7ab"
    assert MAPPED.encode({"pace": 7}, case="T") == b"T\7"
    assert MAPPED.encode({"type": "X"}) == b"X"
    assert "missing: name" in refusal(lambda: MAPPED.encode({"type": "S", "pace": 7}))
    assert "contradicts" in refusal(lambda: MAPPED.encode({"type": "S", "pace": 7}, case="T"))


def test_switches_nest_and_follow_each_other():
    def switch(byte, *branches):
        on = [{"case": value, "do": block} for value, block in branches]
        return {"switch": {"byte": byte, "type": "uint"}, "on": on}

    inner = switch(
        1, (1, [field("a", byte=2, type="uint")]), (2, [field("b", byte=2, type="uint")])
    )
    outer = switch(0, (5, [inner]), (6, [field("c", byte=1, type="uint")]))
    template = Template({"sense": [outer]})
    assert template.encode({"a": 9}) == b"\5\1\x09"
    assert template.encode({"b": 9}) == b"\5\2\x09"
    assert template.encode({"c": 9}) == b"\6\x09"
    assert template.encode({"b": 9}, case=[5, 2]) == b"\5\2\x09"
    assert "missing: a" in refusal(lambda: template.encode({}, case=[5, 1]))
    # Two switches on the same byte: what one settles, the other has.
    twice = Template(
        {
            "sense": [
                switch(0, (1, [field("a", byte=1, type="uint")]), (2, [])),
                switch(0, (1, [field("b", byte=2, type="uint")])),
            ]
        }
    )
    assert twice.encode({"a": 7, "b": 8}) == b"\1\7\x08"
    # A case read from the payload is checked in the payload built.
    equal = {
        "switch": {"byte": 0, "type": "uint"},
        "on": [{"case": {"byte": 1, "type": "uint"}, "do": [field("a", byte=2, type="uint")]}],
    }
    template = Template(
        {"sense": [field("x", byte=0, type="uint"), field("y", byte=1, type="uint"), equal]}
    )
    assert template.encode({"x": 1, "y": 2}) == b"\1\2"
    template = Template({"sense": [field("y", byte=1, type="uint"), equal]})
    assert template.encode({"a": 3, "y": 0}) == b"\0\0\3"
    assert "another case" in refusal(lambda: template.encode({"a": 3, "y": 1}))


# text, binary64, binary32 (None: too large); bits by CPython's float()
DECIMALS = (
    ("0", "0000000000000000", "00000000"),
    ("-0.0", "8000000000000000", "80000000"),
    ("1", "3ff0000000000000", "3f800000"),
    ("+.5", "3fe0000000000000", "3f000000"),
    ("5.", "4014000000000000", "40a00000"),
    ("0.1", "3fb999999999999a", "3dcccccd"),
    ("-24.09641595", "c03818aeb7381012", "c1c0c576"),
    ("9007199254740993", "4340000000000000", "5a000000"),  # a tie, to even
    ("9007199254740995", "4340000000000002", "5a000000"),
    ("16777217", "4170000010000000", "4b800000"),
    ("5e-324", "0000000000000001", "00000000"),
    ("2.4703282292062327e-324", "0000000000000000", "00000000"),
    ("2.4703282292062328e-324", "0000000000000001", "00000000"),
    ("2.2250738585072011e-308", "000fffffffffffff", "00000000"),
    ("2.2250738585072012e-308", "0010000000000000", "00000000"),
    ("1.401298464324817e-45", "36a0000000000000", "00000001"),
    ("1.7976931348623157E+308", "7fefffffffffffff", None),
    ("1e-999999999", "0000000000000000", "00000000"),
)


def test_decimal_text_becomes_the_nearest_binary_number():
    for text, wide, narrow in DECIMALS:
        coefficient, exponent, is_negative = parse_decimal(text)
        assert "%016x" % to_bits(coefficient, exponent, BINARY64, is_negative) == wide, text
        try:
            bits = "%08x" % to_bits(coefficient, exponent, BINARY32, is_negative)
        except OverflowError:
            bits = None
        assert bits == narrow, (text, bits)


def test_text_that_is_no_decimal_number_is_refused():
    for text in (
        "",
        "-",
        ".",
        "e5",
        "1e",
        "1e+",
        "1_0",
        " 1",
        "1 ",
        "0x1",
        "--1",
        "1.2.3",
        "inf",
        "\u0661",
    ):
        try:
            parse_decimal(text)
            raise AssertionError("%r was parsed" % text)
        except ValueError:
            pass


def test_bits_become_the_shortest_text():
    for text in (
        "0.0",
        "-0.0",
        "1.0",
        "0.1",
        "56.92137111",
        "1e+16",
        "1234567890123456.0",
        "1e-05",
        "0.0001",
    ):
        coefficient, exponent, is_negative = parse_decimal(text)
        assert to_text(to_bits(coefficient, exponent, BINARY64, is_negative), BINARY64) == text


# selector, elements, what the error says
UNPACKABLE = (
    (256, (), "selector: 256 is outside -128..255"),
    (-129, (), "outside -128..255"),
    ("1", (), "wants an integer"),
    (1, (("int", 256, 1),), "element 0: 256 is outside -128..255 (1-byte int)"),
    (1, (("int", -129, 1),), "outside -128..255"),
    (1, (("int", 1, 3),), "element 0: a 3-byte int; it has 1 or 2 or 4 or 8"),
    (1, (("int", 1, 1), ("float", 1.0, 2)), "element 1: a 2-byte float; it has 4 or 8"),
    (1, (("char", "ab", 1),), "takes 2 bytes"),
    (1, (("char", "", 1),), "one character"),
    (1, (("string", "abc", 2),), "takes 3 bytes"),
    (1, (("string", b"abc", 2),), "3 bytes for a field of 2"),
    (1, (("string", "a", 0),), "outside 1..65507"),
    (1, (("double", 1.0, 8),), "none of char, int, float, string"),
    (1, (("int", 1),), "wants (type, value, length)"),
    (1, (("string", "", 65507),), "over 65507 bytes"),
)


def test_pack_refuses_what_the_c_sdk_cuts():
    for selector, elements, part in UNPACKABLE:
        text = refusal(pack, selector, elements)
        assert part in text, (selector, elements, text)


def test_pack_takes_raw_bytes_and_exact_doubles():
    assert pack(1, [("string", b"\xff\x00", 3)]) == b"\x01\xff\x00\x00"
    assert pack(-1, [("float", "56.92137111", 8)]).hex() == "fff176107def754c40"
    assert (
        pack(1, [("int", 255, 1), ("int", -128, 1), ["int", (1 << 64) - 1, 8]]).hex()
        == "01ff80" + "ff" * 8
    )
