"""Properties of the Energy Saver codec. The oracles are struct, float(), repr() and fractions."""

import json
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nce_bcl import BclError, EncodeError, PayloadError, Template, TemplateError, pack, read
from nce_bcl.decimals import BINARY32, BINARY64, parse_decimal, to_bits
from nce_bcl.plan import Field, Selector
from nce_bcl.shortest import to_text
from support.bcl_strategies import (
    CONSTANTS,
    JSON,
    MAPPINGS,
    READINGS,
    SCALARS,
    TEMPLATES,
    flat,
    layouts,
    overlapping_ranges,
)
from support.search import examples

# Decimals


@st.composite
def decimal_texts(draw):
    whole = draw(st.text("0123456789", max_size=22))
    fraction = draw(st.text("0123456789", min_size=0 if whole else 1, max_size=30))
    text = draw(st.sampled_from(["", "-", "+"])) + whole
    if fraction or draw(st.booleans()):
        text += "." + fraction
    if draw(st.booleans()):
        text += draw(st.sampled_from(["e", "E", "e+", "e-"])) + str(draw(st.integers(0, 345)))
    return text


@given(decimal_texts())
@examples(1500)
def test_decimal_text_reads_as_float_reads_it(text):
    coefficient, exponent, is_negative = parse_decimal(text)
    expected = float(text)
    try:
        bits = to_bits(coefficient, exponent, BINARY64, is_negative)
    except OverflowError:
        assert expected in (float("inf"), float("-inf"))
        return
    assert struct.pack(">Q", bits) == struct.pack(">d", expected)


@given(st.integers(0, (1 << 64) - 1))
@examples(1500)
def test_ties_between_two_doubles_go_to_even(bits):
    """The exact midpoint of neighbours, written out in full, is where a rounding bug shows."""
    value = struct.unpack(">d", struct.pack(">Q", bits))[0]
    if not 1e-5 < abs(value) < 1e15:
        return
    following = struct.unpack(">d", struct.pack(">Q", bits + 1))[0]
    middle = (Fraction(value) + Fraction(following)) / 2
    digits = 0
    while middle.denominator != 1:  # a power of two, so it ends
        middle *= 10
        digits += 1
    bits_found = to_bits(middle.numerator, -digits, BINARY64)
    assert bits_found == (bits if bits % 2 == 0 else bits + 1)


@given(st.floats(allow_nan=False, allow_infinity=False))
@examples(1500)
def test_binary64_prints_as_repr_does(value):
    bits = struct.unpack(">Q", struct.pack(">d", value))[0]
    assert to_text(bits, BINARY64) == repr(value)


def test_powers_of_two_print_as_repr_does():
    for exponent in range(-1074, 1024):
        bits = struct.unpack(">Q", struct.pack(">d", 2.0**exponent))[0]
        assert to_text(bits, BINARY64) == repr(2.0**exponent)


def rounding_interval(bits):
    """The rationals that binary32 rounds to these positive bits."""

    def exact(number):
        return Fraction(struct.unpack(">f", struct.pack(">I", number))[0])

    value = exact(bits)
    below = exact(bits - 1)
    above = exact(bits + 1) if bits + 1 < 0x7F800000 else 2 * value - below
    return (below + value) / 2, (value + above) / 2, bits % 2 == 0


def fewest_digits(bits):
    """How many digits the shortest decimal in the interval has, by looking at all lengths."""
    low, high, is_closed = rounding_interval(bits)
    for count in range(1, 10):
        for exponent in range(-60, 45):
            scale = Fraction(10) ** exponent
            if not 10 ** (count - 1) <= low / scale < 10**count * 10:
                continue
            first = -(-low // scale)
            for candidate in (first, first + 1):
                value = candidate * scale
                inside = low <= value <= high if is_closed else low < value < high
                if inside and len(str(candidate).rstrip("0")) <= count:
                    return count
    raise AssertionError("no decimal of nine digits")


def check_binary32(bits):
    text = to_text(bits, BINARY32)
    value = struct.unpack(">f", struct.pack(">I", bits))[0]
    template = Template(
        {"sense": [{"asset": "v", "value": {"byte": 0, "bytelength": 4, "type": "float"}}]}
    )
    decoded = template.decode(struct.pack(">f", value))["v"]
    assert decoded == float(text)
    low, high, is_closed = rounding_interval(bits)
    exact = Fraction(text)
    assert low <= exact <= high if is_closed else low < exact < high
    digits = text.split("e")[0].replace(".", "").strip("0")
    assert len(digits) <= max(fewest_digits(bits), 1)


@given(st.integers(1, 0x7F7FFFFF))
@examples(400)
def test_binary32_decodes_to_the_shortest_decimal(bits):
    check_binary32(bits)


def test_binary32_powers_of_two_decode_to_the_shortest_decimal():
    for exponent in range(1, 255):
        check_binary32(exponent << 23)


# Round trips, with the bytes laid out by struct


def assert_equal(record, expected, template):
    found = flat(record)
    assert set(found) == set(expected)
    single = {
        statement["asset"]
        for statement in template
        if statement["value"]["type"] == "float" and statement["value"].get("bytelength") == 4
    }
    for asset, value in expected.items():
        if asset in single:
            assert struct.pack("<f", found[asset]) == struct.pack("<f", value)
        else:
            assert found[asset] == value
            assert type(found[asset]) is type(value)


@given(layouts())
def test_records_round_trip_by_the_bytes_of_struct(layout):
    statements, record, payload = layout
    template = Template(json.dumps({"sense": statements}))
    assert_equal(template.decode(payload), record, statements)
    assert template.encode(record) == payload
    nested = {}
    for asset, value in record.items():
        node = nested
        *names, last = asset.split(".")
        for name in names:
            node = node.setdefault(name, {})
        node[last] = value
    assert template.encode(nested) == payload


@given(st.lists(layouts(start=1), min_size=1, max_size=4), st.integers(0, 255), st.data())
def test_records_round_trip_through_a_switch(branches, base, data):
    cases = [(base + index * 7) % 256 for index in range(len(branches))]
    on = [
        {"case": case, "do": statements}
        for case, (statements, _, _) in zip(cases, branches, strict=True)
    ]
    on.insert(data.draw(st.integers(0, len(on))), {"default": True, "do": []})
    template = Template({"sense": [{"switch": {"byte": 0, "type": "uint"}, "on": on}]})
    chosen = data.draw(st.integers(0, len(branches) - 1))
    statements, record, body = branches[chosen]
    payload = bytes([cases[chosen]]) + body
    assert_equal(template.decode(payload), record, statements)
    assert template.encode(record, case=cases[chosen]) == payload
    # Without the case: the same record comes back, or the choice is refused as ambiguous.
    try:
        inferred = template.encode(record)
    except EncodeError as error:
        refusal = str(error)
    else:
        refusal = "no case was wanted"
        assert set(flat(template.decode(inferred))) == set(record)
    assert "case" in refusal


@given(layouts(), st.data())
def test_a_payload_one_byte_short_fails_whole_or_still_fits(layout, data):
    statements, _, payload = layout
    template = Template({"sense": statements})
    cut = payload[: data.draw(st.integers(0, len(payload)))]
    refusal = None
    try:
        template.decode(cut)
    except PayloadError as error:
        refusal = str(error)
    assert refusal is None or refusal.startswith("Asset path:")


# Anything in: a result or a BclError, nothing else


@given(JSON, st.binary(max_size=12))
def test_any_json_is_a_template_or_a_template_error(document, payload):
    for source in (document, json.dumps(document), {"sense": document}, {"sense": [document]}):
        try:
            template = Template(source)
        except TemplateError:
            continue
        try:
            template.decode(payload)
        except PayloadError:
            pass


@given(st.text() | st.binary())
def test_any_text_is_a_template_or_a_template_error(source):
    try:
        Template(source)
    except TemplateError:
        pass


@given(TEMPLATES, READINGS, st.binary(max_size=16))
@examples(600)
def test_any_payload_decodes_or_is_a_payload_error(document, readings, payload):
    try:
        template = Template(document, **readings)
    except TemplateError:
        return
    try:
        record = template.decode(payload)
    except PayloadError:
        return
    json.dumps(record, allow_nan=False)  # always JSON
    for case in (None, 1, "T", [0, 1, 2]):
        try:
            built = template.encode(record, case=case)
        except EncodeError:
            continue
        # What encode builds, decode reads as the record it was built from, but for the padding of
        # text in a field of fixed length.
        again = flat(template.decode(built))
        padded = texts_of_fixed_length(template)
        for asset, value in flat(record).items():
            if asset in padded and isinstance(value, str) and isinstance(again[asset], str):
                assert again[asset].rstrip("\0") == value.rstrip("\0")
            else:
                assert again[asset] == value


def texts_of_fixed_length(template):
    """Assets that some mapping reads as text of a given length."""
    found = set()
    pending = [template.plan]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, Field):
                if isinstance(statement.source, Selector) and statement.source.length is not None:
                    found.add(statement.asset)
                continue
            pending.extend(case.block for case in statement.cases)
            pending.append(statement.default or [])
    return found


@given(overlapping_ranges())
@examples(800)
def test_text_of_open_length_comes_back_as_long_as_it_was_or_is_refused(layout):
    statements, record = layout
    template = Template({"sense": statements})
    try:
        payload = template.encode(record)
    except EncodeError:
        return
    decoded = template.decode(payload)
    for asset in set(record) - texts_of_fixed_length(template):
        assert decoded[asset] == record[asset]


@given(TEMPLATES, MAPPINGS, CONSTANTS | JSON, st.none() | st.integers(-1, 20))
@examples(400)
def test_any_mapping_encodes_or_is_an_encode_error(document, mapping, case, length):
    try:
        template = Template(document)
    except TemplateError:
        return
    try:
        payload = template.encode(mapping, case=case, length=length)
    except EncodeError:
        return
    assert isinstance(payload, bytes)
    template.decode(payload)


@given(
    st.integers() | SCALARS,
    st.lists(
        st.tuples(
            st.sampled_from(["int", "float", "char", "string"]) | SCALARS,
            SCALARS | st.binary(max_size=4),
            st.integers(-1, 9) | SCALARS,
        ),
        max_size=4,
    ),
)
def test_pack_gives_bytes_or_an_encode_error(selector, elements):
    try:
        message = pack(selector, elements)
    except BclError:
        return
    assert len(message) == 1 + sum(length for _, _, length in elements)


def test_boards_with_single_floats_unpack_plainly_and_keep_doubles_as_text(monkeypatch):
    monkeypatch.setattr(read, "FLOATS_ARE_SINGLE", True)
    single = {"sense": [{"asset": "v", "value": {"byte": 0, "bytelength": 4, "type": "float"}}]}
    double = {"sense": [{"asset": "v", "value": {"byte": 0, "bytelength": 8, "type": "float"}}]}
    raw = struct.pack(">d", 56.92137111)
    assert Template(single).decode(struct.pack(">f", 26.5)) == {"v": 26.5}
    assert Template(double, float64_as_text=True).decode(raw) == {"v": "56.92137111"}
    for bits in (0x7FF0000000000000, 0xFFF8000000000001):
        with pytest.raises(PayloadError):
            Template(double).decode(struct.pack(">Q", bits))
