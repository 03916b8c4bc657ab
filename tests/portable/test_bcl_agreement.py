"""Where the interpreted codec and the compiled one once differed, they agree; literal bytes."""

from nce_bcl import EncodeError, PayloadError, Template
from nce_bcl.compile import compile_template
from nce_bcl.lint import lint
from nce_bcl.unmatched import unmatched

NAN = bytes.fromhex("7ff8000000000000")
INFINITY = bytes.fromhex("7ff0000000000000")
LATITUDE = bytes.fromhex("404c75ef7d1076f1")  # 56.92137111


def field(asset, **selector):
    return {"asset": asset, "value": selector}


def compiled(template):
    names = {"__name__": "codec"}
    exec(compile_template(template, "agreement"), names)
    return names


def outcome(call, *arguments):
    """What a codec makes of something; "refused" for the errors that it may raise."""
    try:
        return call(*arguments)
    except ValueError as error:
        assert type(error).__name__ in ("EncodeError", "PayloadError"), error
        return "refused"


def decodings(template, payload):
    source = compile_template(template, "agreement", decode_only=True)
    names = {"__name__": "codec"}
    exec(source, names)
    return outcome(template.decode, payload), outcome(names["decode"], payload)


# Two mappings of one asset: the bytes of the hidden one are read all the same.
HIDDEN = {
    "sense": [
        field("lat", byte=0, bytelength=8, type="float"),
        field("lat", byte=8, bytelength=8, type="float"),
    ]
}


def test_a_hidden_float_that_is_no_number_fails_the_message_in_every_reading():
    for keep_first in (False, True):
        for as_text in (False, True):
            template = Template(HIDDEN, keep_first=keep_first, float64_as_text=as_text)
            for bad in (NAN, INFINITY):
                for payload in (bad + LATITUDE, LATITUDE + bad, bad + bad):
                    assert decodings(template, payload) == ("refused", "refused"), payload
            value = "56.92137111" if as_text else 56.92137111
            found = decodings(template, LATITUDE + LATITUDE)
            assert found == ({"lat": value}, {"lat": value})


def test_a_hidden_float_of_little_endian_is_read_in_its_order():
    statements = [
        field("lat", byte=0, bytelength=8, type="float", byteorder="little"),
        field("lat", byte=8, bytelength=8, type="float"),
    ]
    template = Template({"sense": statements}, float64_as_text=True)
    # f87f first is a small number in little endian, the same bytes turned round are NaN.
    turned = bytes([NAN[7 - index] for index in range(8)])
    assert decodings(template, turned + LATITUDE) == ("refused", "refused")
    assert decodings(template, LATITUDE + LATITUDE)[0] == {"lat": "56.92137111"}


def text_switch(*cases):
    branches = [{"case": case, "do": [field(asset, byte=4, type="uint")]} for case, asset in cases]
    return {"sense": [{"switch": dict(byte=0, bytelength=3, type="string"), "on": branches}]}


def test_a_number_as_case_of_a_text_switch_is_alike():
    template = Template(text_switch((1.0, "a"), ("two", "b")), coerce_cases=True)
    names = compiled(template)
    for payload, record in (
        (b"1.0\x00\x07", {"a": 7}),
        (b"two\x00\x07", {"b": 7}),
        (b"1\x00\x00\x00\x07", {}),
    ):
        assert template.decode(payload) == record
        assert names["decode"](payload) == record
    # The case is told by its text, which the switch has; a number does not fit there.
    for case, asset, payload in (
        ("1.0", "a", b"1.0\x00\x07"),
        ("two", "b", b"two\x00\x07"),
        (1.0, "a", "refused"),
        (None, "a", "refused"),
        (None, "b", b"two\x00\x07"),
    ):
        assert outcome(template.encode, {asset: 7}, case) == payload, (case, asset)
        assert outcome(names["encode"], {asset: 7}, case) == payload, (case, asset)


# fields, record, bytes: a range is as long as its text, also where fields overlap.
RANGES = (
    (
        [field("t", byte=0, endbyte=-2, type="string"), field("k", byte=2, type="hex")],
        {"t": "T", "k": "07"},
        "540007",
    ),
    (
        [
            field("t", byte=1, endbyte=-2, type="string"),
            field("n", byte=2, endbyte=0, type="uint"),
        ],
        {"t": "", "n": 1},
        "000001",
    ),
    (
        [field("t", byte=2, endbyte=-1, type="string"), field("n", endbyte=-2, type="uint")],
        {"t": "", "n": 7},
        "000700",
    ),
    ([field("t", byte=0, endbyte=0, type="string")], {"t": "T"}, "54"),
)


def test_text_in_a_range_is_never_padded_where_an_exact_payload_exists():
    for statements, record, expected in RANGES:
        template = Template({"sense": statements})
        payload = template.encode(record)
        assert payload == bytes.fromhex(expected), payload
        assert template.decode(payload) == record


def test_text_in_a_range_behind_a_switch_is_never_padded():
    switch = {"switch": dict(byte=2, type="hex"), "on": []}
    template = Template({"sense": [field("t", byte=0, endbyte=-2, type="string"), switch]})
    payload = template.encode({"t": "T"})
    assert payload == b"T\x00\x00"
    assert template.decode(payload) == {"t": "T"}


TWO_TEXTS = {
    "sense": [
        field("t", byte=0, endbyte=-2, type="string"),
        field("u", byte=2, endbyte=0, type="string"),
    ]
}


def test_texts_of_two_lengths_for_ranges_of_one_are_refused_with_the_remedy():
    template = Template(TWO_TEXTS)
    assert template.encode({"t": "ab", "u": "cd"}) == b"abcd"
    for record in ({"t": "ab", "u": "c"}, {"t": "", "u": "cd"}):
        try:
            template.encode(record)
            raise AssertionError(record)
        except EncodeError as error:
            assert "no payload length suits" in str(error)
            assert "length=" in str(error)
    # A length that is asked for is padded, and so is one whose padding is not read back.
    assert template.encode({"t": "ab", "u": "c"}, length=4) == b"abc\x00"
    stripping = Template(TWO_TEXTS, strip_nul=True)
    payload = stripping.encode({"t": "ab", "u": "c"})
    assert payload == b"abc\x00"
    assert stripping.decode(payload) == {"t": "ab", "u": "c"}


def test_a_range_of_text_is_as_long_in_compiled_codecs():
    statements = [
        field("n", byte=0, type="uint"),
        field("t", byte=1, endbyte=-1, type="string"),
        field("c", endbyte=-1, type="hex"),
    ]
    template = Template({"sense": statements})
    record = {"n": 1, "t": "T", "c": "ff"}
    for encode in (template.encode, compiled(template)["encode"]):
        assert encode(record) == bytes.fromhex("0154ff")


def nested(levels):
    """Switches in switches, and a mapping in the innermost."""
    block = [field("a", byte=levels, type="uint")]
    for level in range(levels - 1, -1, -1):
        branch = {"case": level, "do": block}
        block = [{"switch": dict(byte=level, type="uint"), "on": [branch]}]
    return {"sense": block}


def test_lint_reads_as_many_nested_switches_as_the_parser():
    for levels in (1, 7, 8, 15):
        payload = bytes(range(levels)) + b"\x2a"
        assert Template(nested(levels)).decode(payload) == {"a": 42}
        rules = [finding.rule for finding in lint(nested(levels))]
        assert rules == ["no-default"] * levels, (levels, rules)
    for levels in (16, 17, 40):
        findings = lint(nested(levels))
        assert "nested deeper" in findings[-1].message, levels


def test_lint_reads_as_many_nested_lists_as_the_parser():
    for levels, is_read in ((14, True), (15, True), (16, False)):
        block = [field("a", byte=0, type="uint")]
        for _ in range(levels):
            block = [block]
        findings = lint({"sense": block})
        assert (findings == []) is is_read, (levels, findings)


def test_a_payload_that_no_case_is_for_can_be_told_from_one_that_says_nothing():
    template = Template(
        {
            "sense": [
                {
                    "switch": dict(byte=0, type="uint"),
                    "on": [
                        {"case": 1, "do": [field("a", byte=1, type="uint")]},
                        {"case": 2, "do": []},
                        {"case": 3, "do": nested(1)["sense"]},
                    ],
                },
                {"switch": dict(byte=1, type="uint"), "on": [{"default": True, "do": []}]},
            ]
        }
    )
    for payload, record, missed in (
        (b"\x01\x07", {"a": 7}, []),
        (b"\x02\x07", {}, []),
        (b"\x03\x07", {}, [0]),
        (b"\x09\x07", {}, [0]),
    ):
        assert template.decode(payload) == record
        assert [selector.byte for selector in unmatched(template, payload)] == missed
    try:
        unmatched(template, b"\x02")
        raise AssertionError("a switch outside the payload")
    except PayloadError:
        pass
