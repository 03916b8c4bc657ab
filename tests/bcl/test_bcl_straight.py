"""The short ways of the interpreted codec do what the long ones do, which word every refusal."""

import json

from hypothesis import event, given
from hypothesis import strategies as st

from nce_bcl import EncodeError, PayloadError, Template, TemplateError
from nce_bcl.decode import decode
from nce_bcl.encode import encode
from nce_bcl.straight_decode import StraightDecoder
from nce_bcl.straight_encode import StraightEncoder, flatten
from support.bcl_layout import RECORD, TEMPLATE
from support.bcl_strategies import (
    CONSTANTS,
    JSON,
    MAPPINGS,
    READINGS,
    TEMPLATES,
    fields,
    flat,
    layouts,
    legal_blocks,
    records_of,
)
from support.search import examples


def long_decode(template, payload):
    record = {}
    location = decode(template.plan, payload, template.readings, record)
    return record, location


def long_encode(template, mapping, case):
    return encode(template.plan, flatten(mapping), template.readings, case)


def check_decode(template, payload):
    """True when the short way was taken."""
    short = StraightDecoder(template.plan, template.readings).decode(payload)
    if short is None:
        return False
    # As text, so that types and the order of keys count.
    assert json.dumps(short) == json.dumps(long_decode(template, payload))
    return True


def check_encode(template, mapping, case):
    """True when the short way was taken, to bytes or to a refusal."""
    before = repr(mapping)
    encoder = StraightEncoder(template.plan, template.readings)
    short = outcome(encoder.encode, mapping, case)
    assert repr(mapping) == before
    if short is None:
        return False
    assert short == outcome(long_encode, template, mapping, case)
    return True


def outcome(function, *arguments):
    """What it returns, or the text of its refusal."""
    try:
        return function(*arguments)
    except EncodeError as error:
        return str(error)


@given(st.data(), READINGS, st.lists(st.binary(max_size=40), max_size=3))
@examples(500)
def test_a_legal_template_is_read_and_written_alike(data, readings, payloads):
    statements = data.draw(legal_blocks())
    try:
        template = Template({"sense": statements}, **readings)
    except TemplateError:
        return
    records = data.draw(st.lists(records_of(statements), max_size=3))
    for payload in [bytes([value]) * 40 for value in (0, 1, 2, 84)] + payloads:
        if check_decode(template, payload):
            event("decoded the short way")
        try:
            records.append(template.decode(payload))
        except PayloadError:
            pass
    for record in records:
        for case in (None, 0, 1, 2, 1.0, "T", True, 300, [1]):
            for mapping in (record, flat(record)):
                if check_encode(template, mapping, case):
                    event("encoded the short way")


@given(TEMPLATES, READINGS, st.binary(max_size=16), MAPPINGS, CONSTANTS | JSON)
@examples(400)
def test_any_template_is_read_and_written_alike(document, readings, payload, mapping, case):
    try:
        template = Template(document, **readings)
    except TemplateError:
        return
    check_decode(template, payload)
    check_encode(template, mapping, None)
    check_encode(template, mapping, case)


@st.composite
def straight_layouts(draw):
    """(statements, record, payload) of fields from the front in one byte order."""
    statements, record, payload = [], {}, b""
    order = draw(st.sampled_from(["big", "little"]))
    for selector, value, raw in draw(st.lists(fields(), max_size=8)):
        is_number = selector["type"] in ("int", "uint", "float")
        is_turned = is_number and selector.get("byteorder", "big") != order
        payload += bytes(draw(st.integers(0, 2)))
        inner = draw(st.sampled_from(["", "a.", "a.b.", "c."]))
        asset = f"{inner}f{len(record)}"
        place = {"byteorder": order, "byte": len(payload)}
        statements.append({"asset": asset, "value": {**selector, **place}})
        record[asset] = value
        payload += raw[::-1] if is_turned else raw
    return statements, record, payload


ODD = st.one_of(
    st.integers(-(1 << 65), 1 << 65),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(st.characters(), max_size=4),
    st.binary(max_size=3),
    st.tuples(st.integers(), st.integers(-400, 400)),
    st.sampled_from(["1.5", "-0", "1e39", "1e400", "ab01", "a b 0", {}, [], {"x": 1}, 3.5e38]),
)


@given(straight_layouts(), st.data())
@examples(600)
def test_a_value_that_does_not_fit_is_refused_in_the_same_words(layout, data):
    statements, record, payload = layout
    template = Template({"sense": statements})
    is_straight = check_decode(template, payload)
    assert is_straight or len({asset.rpartition(".")[0] for asset in record}) > 1
    assert check_encode(template, record, None) == is_straight
    mapping = dict(record) if data.draw(st.booleans()) else template.decode(payload)
    assets = st.sampled_from([*sorted(record), "other", "a.other", "a"])
    for asset, value in data.draw(st.lists(st.tuples(assets, ODD), min_size=1, max_size=3)):
        node = mapping
        *names, last = asset.split(".") if data.draw(st.booleans()) else [asset]
        for name in names:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                return
        node[last] = value
    check_encode(template, mapping, None)
    check_decode(template, payload[: data.draw(st.integers(0, len(payload)))])
    check_decode(template, data.draw(st.binary(min_size=len(payload), max_size=len(payload) + 2)))


@given(layouts(), st.data())
def test_any_layout_is_read_alike(layout, data):
    statements, record, payload = layout
    template = Template({"sense": statements})
    check_decode(template, payload)
    check_encode(template, record, None)
    check_decode(template, payload[: data.draw(st.integers(0, len(payload)))])


def test_usual_templates_take_the_short_way():
    template = Template(TEMPLATE)
    payload = template.encode(RECORD)
    assert check_decode(template, payload)
    texts = dict(flat(RECORD), **{"gps.lat": "56.92137111"})
    for record in (RECORD, flat(RECORD), texts):
        assert check_encode(template, record, None)


def switched(*cases, **selector):
    on = [
        {"case": case, "do": [{"asset": "v", "value": {"byte": 1, "type": "uint"}}]}
        for case in cases
    ]
    on.append({"default": True, "do": [{"asset": "w", "value": {"byte": 1, "type": "int"}}]})
    return {"sense": [{"switch": {"byte": 0, "type": "uint", **selector}, "on": on}]}


def test_each_case_of_a_switch_takes_its_own_short_way():
    template = Template(switched(1, 2.0))
    for payload, record, case in (
        (b"\x01\xff", {"v": 255}, 1),
        (b"\x02\x05", {"v": 5}, 2),
        (b"\x03\xff", {"w": -1}, 3),
    ):
        assert check_decode(template, payload)
        assert template.decode(payload) == record
        assert check_encode(template, record, case)
        assert template.encode(record, case=case) == payload


def test_what_is_not_straight_is_left_to_the_long_way():
    for document in (
        switched(1, type="string"),
        {"sense": [{"asset": "v", "value": {"byte": 0, "endbyte": 0, "type": "hex"}}]},
        {
            "sense": [
                {"asset": "a", "value": {"byte": 1, "type": "uint"}},
                {"asset": "b", "value": {"byte": 0, "type": "uint"}},
            ]
        },
    ):
        template = Template(document)
        record = template.decode(b"\x01\x02")
        assert not check_encode(template, record, None)
