"""What a template means: selectors, switches, paths, and every undocumented reading's option."""

import struct

from nce_bcl import BclError, PayloadError, Template, TemplateError


def one(**selector):
    return {"sense": [{"asset": "v", "value": selector}]}


def mapping(asset, value):
    return {"asset": asset, "value": value}


def byte_switch(on, kind="uint"):
    return {"switch": {"byte": 0, "type": kind}, "on": on}


def refusal(action, error_class, *arguments):
    try:
        result = action(*arguments)
    except error_class as error:
        return str(error)
    raise AssertionError("accepted: %r" % (result,))


# selector, payload, value or the platform's error
SELECTORS = (
    (dict(byte=1, type="uint"), "0102", 2),
    (dict(byte=0, bytelength=2, type="int"), "fffe", -2),
    (dict(byte=0, bytelength=8, byteorder="little", type="int"), "00000000000000807f", -(1 << 63)),
    (dict(byte=0, bytelength=8, type="uint"), "fffffffffffffffe", (1 << 64) - 2),
    (dict(endbyte=-1, type="uint"), "010203", 3),
    (dict(endbyte=-2, type="uint"), "010203", 2),
    (dict(byte=0, endbyte=0, type="hex"), "AB01", "ab01"),
    (dict(byte=1, endbyte=-1, type="string"), "0141420f", "AB"),
    (dict(byte=1, endbyte=0, type="uint"), "010203", 0x0203),
    (dict(byte=2, endbyte=0, type="string"), "0102", ""),
    (dict(byte=2, endbyte=0, type="hex"), "0102", ""),
    (dict(byte=2, endbyte=0, type="boolean"), "0102", None),
    (dict(byte=0, endbyte=0, type="int"), "010203", None),
    (dict(byte=0, bytelength=3, type="boolean"), "000100", True),
    (dict(byte=0, bytelength=3, type="boolean"), "000000", False),
    (dict(byte=0, bytelength=3, byteorder="little", type="string"), "414243", "ABC"),
    (dict(byte=0, bytelength=3, byteorder="little", type="hex"), "010203", "010203"),
    (dict(byte=0, bytelength=4, type="string"), "41420000", "AB\0\0"),
    (dict(byte=0, bytelength=4, type="float"), "7fc00000", None),
    (dict(byte=0, bytelength=4, type="float"), "ff800000", None),
    (dict(byte=0, bytelength=8, type="float"), "7ff0000000000000", None),
    (dict(byte=0, bytelength=4, type="float"), "80000000", 0.0),
    (dict(byte=0, bytelength=4, type="float"), "3f800000", 1.0),
    (dict(byte=0, type="float"), "00", None),
    (
        dict(byte=1, endbyte=-1, type="hex"),
        "00",
        "Asset path:v, Error: can't extract [1:0] from 1 bytes",
    ),
    (
        dict(endbyte=-3, bytelength=2, type="int"),
        "0102",
        "Asset path:v, Error: can't extract [-1:1] from 2 bytes",
    ),
    (
        dict(byte=1, bytelength=9, type="float"),
        "00",
        "Asset path:v, Error: can't extract [1:10] from 1 bytes",
    ),
)


def test_a_selector_reads_its_bytes_or_fails_the_message():
    for selector, payload_hex, expected in SELECTORS:
        template = Template(one(**selector))
        payload = bytes.fromhex(payload_hex)
        if expected is None or (isinstance(expected, str) and expected.startswith("Asset")):
            text = refusal(template.decode, PayloadError, payload)
            assert expected is None or text == expected, (selector, text)
            continue
        value = template.decode(payload)["v"]
        assert value == expected and type(value) is type(expected), (selector, value)
        # A memoryview and a bytearray are payloads too.
        assert template.decode(bytearray(payload)) == {"v": expected}
        assert template.decode(memoryview(payload)) == {"v": expected}


# Each bad byte is one U+FFFD, where CPython's own "replace" makes one of several.
UTF8 = (
    ("41c3a942", "A\xe9B"),
    ("e282ac", "\u20ac"),
    ("f09f9880", "\U0001f600"),
    ("e28241", "\ufffd\ufffdA"),
    ("c080", "\ufffd\ufffd"),
    ("eda080", "\ufffd\ufffd\ufffd"),
    ("f4908080", "\ufffd\ufffd\ufffd\ufffd"),
    ("ff41fe", "\ufffdA\ufffd"),
    ("41c3", "A\ufffd"),
    ("80", "\ufffd"),
)


def test_each_bad_byte_of_text_is_replaced_or_refused():
    source = one(byte=0, endbyte=0, type="string")
    for payload_hex, expected in UTF8:
        payload = bytes.fromhex(payload_hex)
        assert Template(source).decode(payload) == {"v": expected}, payload
        strict = Template(source, refuse_bad_utf8=True)
        if "\ufffd" in expected:
            refusal(strict.decode, PayloadError, payload)
        else:
            assert strict.decode(payload) == {"v": expected}


# binary32 bytes and the shortest decimal that reads back as them: what the platform prints.
SHORTEST = (
    ("41d5999a", "26.7"),
    ("424bbcf9", "50.934544"),
    ("40de9814", "6.956064"),
    ("0f800000", "1.2621775e-29"),
    ("00000001", "1e-45"),
    ("7f7fffff", "3.4028235e+38"),
    ("4b800000", "16777216.0"),
    ("bf800000", "-1.0"),
)


TOLERANCE = 1e-6 if float((1 << 24) + 1) == float(1 << 24) else 1e-15


def test_float32_decodes_to_its_shortest_decimal():
    for raw_hex, text in SHORTEST:
        raw = bytes.fromhex(raw_hex)
        value = Template(one(byte=0, bytelength=4, type="float")).decode(raw)["v"]
        assert struct.pack(">f", value) == raw, (text, value)
        # Where floats have 24 bits the value itself is the binary32, and float() may miss by one.
        assert abs(value - float(text)) <= abs(value) * TOLERANCE, (text, value)


def test_float64_decodes_to_exact_text_on_request():
    template = Template(one(byte=0, bytelength=8, type="float"), float64_as_text=True)
    for raw, text in (
        ("404c75ef7d1076f1", "56.92137111"),
        ("73656d6954646574", "7.490929188596135e+247"),
        ("0000000000000001", "5e-324"),
        ("8000000000000000", "-0.0"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
    ):
        value = template.decode(bytes.fromhex(raw))["v"]
        assert value == text, value


def test_a_switch_takes_the_first_equal_case_then_the_default_then_nothing():
    def branch(text, **extra):
        extra["do"] = [mapping("m", text)]
        return extra

    template = Template(
        {
            "sense": [
                byte_switch(
                    [branch("other", default=True), branch("one", case=1), branch("again", case=1)]
                )
            ]
        }
    )
    assert template.decode(b"\x01") == {"m": "one"}
    assert template.decode(b"\x02") == {"m": "other"}
    assert Template({"sense": [byte_switch([branch("one", case=1)])]}).decode(b"\x02") == {}
    assert Template({"sense": [byte_switch([])]}).decode(b"\x02") == {}
    assert Template({"sense": []}).decode(b"") == {}


# switch type, case constant, payload, taken, taken with coerce_cases
EQUALITY = (
    ("uint", 1, "01", True, True),
    ("int", 1.0, "01", True, None),
    ("uint", "1", "01", False, True),
    ("uint", True, "01", False, False),
    ("boolean", True, "05", True, True),
    ("boolean", 1, "01", False, False),
    ("boolean", "true", "01", False, True),
    ("string", "1", "31", True, True),
    ("string", 1, "31", False, True),
    ("hex", "AB", "ab", True, True),
)


def test_case_values_equal_the_switch_within_one_kind():
    for kind, constant, payload_hex, taken, taken_coerced in EQUALITY:
        source = {"sense": [byte_switch([{"case": constant, "do": [mapping("m", "x")]}], kind)]}
        payload = bytes.fromhex(payload_hex)
        assert (Template(source).decode(payload) != {}) == taken, (kind, constant)
        if taken_coerced is not None:
            coerced = Template(source, coerce_cases=True)
            assert (coerced.decode(payload) != {}) == taken_coerced, (kind, constant)


def test_a_case_may_be_read_from_the_payload():
    source = {
        "sense": [
            byte_switch([{"case": {"byte": 1, "type": "uint"}, "do": [mapping("same", "yes")]}])
        ]
    }
    assert Template(source).decode(b"\x05\x05") == {"same": "yes"}
    assert Template(source).decode(b"\x05\x06") == {}
    refusal(lambda: Template(source).decode(b"\x05"), PayloadError)


def test_nested_blocks_and_comments_are_read_in_order():
    template = Template(
        '{"name": "n", "version": "1", "comment": "c", "sense": [{"comment": "x"}, [],'
        ' [[{"asset": "a.b", "value": "1"}],'
        ' {"asset": "a.c", "value": {"byte": 0, "type": "uint"}, "comment": 4}],'
        ' {"asset": "a.b", "value": "2"}]}'
    )
    assert template.decode(b"\x07") == {"a": {"b": "2", "c": 7}}
    assert template.warnings == [("a.b", "mapped twice; one value is lost")]
    assert Template({"sense": [mapping("v", "a"), mapping("v", "b")]}, keep_first=True).decode(
        b""
    ) == {"v": "a"}


def test_readings_that_are_undocumented_can_be_chosen():
    text = one(byte=0, endbyte=0, type="string")
    assert Template(text, strip_nul=True).decode(b"\0A\0\0") == {"v": "\0A"}
    wide = one(byte=0, bytelength=2, type="boolean")
    assert Template(wide).warnings == []
    template = Template(wide, multibyte_boolean=False)
    assert len(template.warnings) == 1
    refusal(lambda: template.decode(b"\0\1"), PayloadError)


BOTH = [
    {
        "asset": "lon",
        "custom_type": "location_long",
        "value": dict(byte=0, bytelength=8, type="float"),
    },
    {
        "asset": "lat",
        "custom_type": "location_lat",
        "value": dict(byte=8, bytelength=8, type="float"),
    },
]


def test_a_location_is_reported_when_both_its_parts_were_decoded():
    payload = struct.pack(">dd", 24.5, 56.25)
    template = Template({"sense": BOTH})
    record, location = template.decode_with_location(payload)
    assert record == {"lon": 24.5, "lat": 56.25}
    assert location.longitude == 24.5 and location.latitude == 56.25
    assert template.locations == (("lon", "location_long"), ("lat", "location_lat"))
    assert template.warnings == []
    alone = Template({"sense": BOTH[:1]})
    assert alone.decode_with_location(payload)[1] is None
    assert len(alone.warnings) == 1
    switched = Template({"sense": [byte_switch([{"case": 64, "do": BOTH}], "uint")]})
    assert switched.locations == template.locations
    assert switched.decode_with_location(payload)[1] == location
    assert switched.decode_with_location(b"\0")[1] is None


# document, a part of the error
REFUSED = (
    ("[]", "JSON object"),
    ("nothing", "not JSON"),
    (b"\xff", "not JSON"),
    (7, "JSON text or a dict"),
    ("{}", "no 'sense'"),
    ({"sense": {}}, "sense: a block is a list"),
    ({"sense": [1]}, "sense[0]: a statement is an object"),
    ({"sense": [{}]}, "neither"),
    ({"sense": [{"comment": "x", "other": 1}]}, "neither"),
    ({"sense": [[], [{"asset": "a"}]]}, "sense[1][0]: a mapping needs 'value'"),
    ({"sense": [{"value": "a"}]}, "needs 'asset'"),
    ({"sense": [mapping(1, "a")]}, "'asset' is text"),
    ({"sense": [mapping("", "a")]}, "empty name"),
    ({"sense": [mapping("a..b", "a")]}, "empty name"),
    ({"sense": [mapping("a", None)]}, "text or a payload selector"),
    ({"sense": [mapping("a", [])]}, "text or a payload selector"),
    ({"sense": [mapping("a", {})]}, "sense[0].value: a selector needs 'byte' or 'endbyte'"),
    ({"sense": [mapping("a", "1"), mapping("a.b", "2")]}, "a.b: mapped beside a"),
    ({"sense": [mapping("a.b.c", "1"), mapping("a", "2")]}, "a: mapped beside names below it"),
    ({"sense": [mapping(".".join(["a"] * 33), "1")]}, "over 32 names"),
    (one(byte=0), "needs 'type'"),
    (one(byte=0, type=["int"]), "unknown type a list"),
    (one(byte=0, type="bool"), "unknown type 'bool'"),
    (one(byte=0, type="INT"), "unknown type"),
    (one(byte=-1, type="int"), "'byte' counts from 0"),
    (one(byte=True, type="int"), "whole number"),
    (one(byte=0.5, type="int"), "whole number"),
    (one(byte=1 << 40, type="int"), "beyond any payload"),
    (one(endbyte=1, type="int"), "0 or negative"),
    (one(byte=0, endbyte=0, bytelength=1, type="int"), "'bytelength' beside both"),
    (one(byte=0, bytelength=0, type="int"), "1 or more"),
    (one(byte=0, byteorder="middle", type="int"), "'byteorder'"),
    ({"sense": [{"switch": {"byte": 0, "type": "int"}}]}, "needs 'on'"),
    ({"sense": [{"on": []}]}, "needs 'switch'"),
    ({"sense": [byte_switch({})]}, "'on' is a list"),
    ({"sense": [byte_switch([[]])]}, "a case is an object"),
    ({"sense": [byte_switch([{"do": []}])]}, "either 'case' or 'default'"),
    ({"sense": [byte_switch([{"case": 1, "default": True, "do": []}])]}, "either"),
    ({"sense": [byte_switch([{"default": False, "do": []}])]}, "'default' is true"),
    ({"sense": [byte_switch([{"case": 1}])]}, "needs 'do'"),
    ({"sense": [byte_switch([{"case": 1, "do": 5}])]}, "sense[0].on[0].do: a block is a list"),
    (
        {"sense": [{"switch": {"byte": 0, "type": "int"}, "on": [], "asset": "a"}]},
        "two statements",
    ),
)


def test_a_wrong_template_is_refused_with_its_place():
    for source, part in REFUSED:
        text = refusal(Template, TemplateError, source)
        assert part in text, (source, text)


# document, a part of the warning; refused when strict
SUSPECT = (
    (one(byte=0, type="int", signed=True), "unknown key 'signed'", False),
    (one(byte=0, type="int", calculation="val / 10"), "scale on the device", True),
    (one(byte=0, type="boolean", bit=3), "whole byte", True),
    (one(byte=0, bytelength=3, type="int"), "cannot be converted", True),
    (one(byte=0, type="float"), "cannot be converted", True),
    ({"sense": [mapping("a", 5)]}, "only text is documented", False),
    ({"sense": [], "actuate": []}, "downlink", False),
    ({"sense": [], "colour": 1}, "unknown key 'colour'", False),
    ({"sense": [byte_switch([{"case": "$default", "do": []}])]}, "$default", True),
    ({"sense": [byte_switch([{"case": "T", "do": []}])]}, "never equals", False),
    ({"sense": [byte_switch([{"case": 1, "do": []}, {"case": 1.0, "do": []}])]}, "again", False),
    (
        {"sense": [byte_switch([{"default": True, "do": []}, {"default": True, "do": []}])]},
        "second",
        False,
    ),
    (
        {"sense": [{"asset": "a", "value": "x", "custom_type": "place"}]},
        "unknown custom_type",
        False,
    ),
    (
        {
            "sense": [
                {"asset": "a", "value": dict(byte=0, type="int"), "custom_type": "location_lat"}
            ]
        },
        "must be a float",
        True,
    ),
    (
        {
            "sense": [
                byte_switch([{"case": 1, "do": [mapping("a", "x")]}]),
                byte_switch([{"case": 2, "do": [mapping("a.b", "x")]}]),
            ]
        },
        "mapped beside a",
        False,
    ),
)


def test_a_suspect_template_warns_and_strict_refuses_what_changes_its_meaning():
    for source, part, is_refused in SUSPECT:
        found = [message for _, message in Template(source).warnings if part in message]
        assert found, (source, Template(source).warnings)
        if is_refused:
            assert part in refusal(Template, TemplateError, source, True)
        else:
            Template(source, strict=True)


def test_paths_clash_only_where_one_payload_can_write_both():
    source = {
        "sense": [
            byte_switch(
                [{"case": 1, "do": [mapping("a", "x")]}, {"case": 2, "do": [mapping("a.b", "x")]}]
            )
        ]
    }
    assert Template(source).warnings == []
    source["sense"].append(mapping("a.c", "y"))
    assert "a.c: mapped beside a" in refusal(lambda: Template(source), TemplateError)
    # Two switches in a row: only the payload tells.
    first = byte_switch([{"case": 1, "do": [mapping("a", "x")]}])
    second = {
        "switch": {"byte": 1, "type": "uint"},
        "on": [{"case": 1, "do": [mapping("a.b", "x")]}],
    }
    template = Template({"sense": [first, second]})
    assert template.decode(b"\1\0") == {"a": "x"}
    assert template.decode(b"\0\1") == {"a": {"b": "x"}}
    refusal(lambda: template.decode(b"\1\1"), PayloadError)
    template = Template({"sense": [second, first]})
    refusal(lambda: template.decode(b"\1\1"), PayloadError)


def nested_switches(depth):
    block = [mapping("deep", {"byte": 0, "type": "uint"})]
    for _ in range(depth):
        block = [byte_switch([{"case": 1, "do": block}])]
    return {"sense": block}


def test_nesting_is_bounded():
    template = Template(nested_switches(15))
    assert template.decode(b"\1") == {"deep": 1}
    assert template.encode({"deep": 1}) == b"\1"
    assert "deeper than 16" in refusal(lambda: Template(nested_switches(16)), TemplateError)
    lists = []
    for _ in range(16):
        lists = [lists]
    assert "deeper than 16" in refusal(lambda: Template({"sense": lists}), TemplateError)
    endless = []
    endless.append(endless)
    refusal(lambda: Template({"sense": endless}), TemplateError)
    refusal(lambda: Template('{"sense": ' + "[" * 2000 + "]" * 2000 + "}"), TemplateError)


def test_size_is_bounded():
    text = '{"sense": [], "comment": "' + "x" * 65536 + '"}'
    assert "65536" in refusal(lambda: Template(text), TemplateError)
    assert "65536" in refusal(lambda: Template(text.encode()), TemplateError)
    shared = [{"comment": ""}] * 50
    for _ in range(3):
        shared = [shared] * 50
    assert "statements" in refusal(lambda: Template({"sense": shared}), TemplateError)


def test_text_is_no_payload():
    try:
        Template({"sense": []}).decode("00")
        raise AssertionError("text was decoded")
    except TypeError as error:
        assert "bytes" in str(error)


def test_errors_have_one_root_which_is_a_value_error():
    assert issubclass(BclError, ValueError)
    for error_class in (PayloadError, TemplateError):
        assert issubclass(error_class, BclError)
    try:
        Template(one(byte=4, type="int")).decode(b"\0")
        raise AssertionError("decoded")
    except PayloadError as error:
        assert (error.asset, error.start, error.end, error.size) == ("v", 4, 5, 1)
