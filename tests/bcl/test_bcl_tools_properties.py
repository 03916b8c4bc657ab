"""Any JSON into lint, explain and translate: a result or a TemplateError, in bounds, and true."""

import json

from hypothesis import given
from hypothesis import strategies as st

from nce_bcl import PayloadError, Template, TemplateError
from nce_bcl.abcl import translate
from nce_bcl.explain import explain
from nce_bcl.findings import ERROR, MAX_FINDINGS, RULES, SEVERITIES
from nce_bcl.lint import lint
from support.bcl_strategies import JSON, READINGS, TEMPLATES, nested_deep
from support.search import examples

RULE_NAMES = {rule for rule, _, _ in RULES}
SENDERS = st.sampled_from([None, "c-sdk"])
NEVER_TAKEN = {"case-type", "case-range", "duplicate-case"}

KEYS = st.sampled_from(
    ["sense", "asset", "value", "switch", "on", "case", "default", "do", "byte", "endbyte"]
    + ["bytelength", "byteorder", "type", "signed", "bit", "calculation", "at", "json"]
    + ["custom_type", "comment", "actuate", "name", "byteLength", "colour"]
)
WORDS = st.sampled_from(
    ["int", "uint", "integer", "number", "hexstring", "string", "hex", "float", "boolean"]
    + ["little", "small", "$default", "$payloadLength", "a", "a.b", "location_lat", "val", ""]
)
# JSON of the language's own words, in places they should and should not stand.
NONSENSE = st.recursive(
    WORDS | st.integers(-3, 300) | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


def check_findings(found):
    assert len(found) <= MAX_FINDINGS + 1
    for finding in found:
        assert finding.rule in RULE_NAMES
        assert finding.severity in SEVERITIES
        assert isinstance(finding.place, str)
        assert len(finding.message) < 600
    json.dumps(found)


@given(JSON | NONSENSE, SENDERS)
@examples(400)
def test_any_json_is_linted(document, sender):
    for source in (document, json.dumps(document), {"sense": document}, {"sense": [document]}):
        check_findings(lint(source, sender))


@given(nested_deep(), SENDERS)
@examples(200)
def test_any_depth_is_linted_as_the_parser_reads_it(document, sender):
    found = lint(document, sender)
    check_findings(found)
    try:
        Template(document)
    except TemplateError:
        assert any("nested deeper" in finding.message for finding in found)
    else:
        assert not any("nested deeper" in finding.message for finding in found)


@given(st.text() | st.binary())
def test_any_text_is_linted(source):
    check_findings(lint(source))


@given(TEMPLATES | NONSENSE.map(lambda block: {"sense": [block]}), SENDERS)
@examples(600)
def test_what_a_template_refuses_or_warns_of_is_found(document, sender):
    found = lint(document, sender)
    check_findings(found)
    try:
        warnings = Template(document).warnings
    except TemplateError:
        assert any(finding.severity == ERROR for finding in found)
        return
    assert not any(finding.rule in ("syntax", "not-json") for finding in found)
    places = {finding.place for finding in found}
    rules = {finding.rule for finding in found}
    for place, message in warnings:
        if place.startswith("sense["):
            assert place in places, (place, message, found)
        elif "mapped" in message and "routes" not in rules:
            # The parser looks at blocks, the lint at routes: cases that no message takes both of,
            # or that are never taken, clash for the parser alone.
            switches = json.dumps(document).count('"switch"')
            assert switches or rules & {"duplicate-asset", "asset-conflict"}, (message, found)


@given(
    TEMPLATES | NONSENSE.map(lambda block: {"sense": [block]}), READINGS, st.binary(max_size=16)
)
@examples(600)
def test_any_payload_is_explained_as_it_is_decoded(document, readings, payload):
    try:
        template = Template(document, **readings)
    except TemplateError:
        return
    found = explain(document, payload, **readings)
    failed = [row for row in found.rows if row.role == "failed"]
    covered = set()
    for row in found.rows:
        if row.start is not None:
            covered.update(range(max(row.start, 0), min(row.end, len(payload))))
    assert covered == set(range(len(payload)))
    record, text = None, "None"
    try:
        record = template.decode(payload)
    except PayloadError as error:
        text = str(error)
    assert found.record == record
    assert str(found.error) == text
    assert [row.note for row in failed] == ([] if found.error is None else [text])
    if record is None:
        return
    shown = {row.asset: row.value for row in found.rows if row.role in ("field", "constant")}
    for asset in shown:
        node = record
        for key in asset.split("."):
            node = node[key]
        values = [row.value for row in found.rows if row.asset == asset]
        assert any(node == value for value in values)


@given(JSON | NONSENSE, st.booleans())
@examples(400)
def test_any_json_is_translated_or_refused(document, keep_raw):
    for source in (document, {"sense": document}, {"sense": [document]}):
        try:
            translation = translate(source, keep_raw)
        except TemplateError:
            continue
        assert (translation.document is None) == bool(translation.refusals)
        if translation.document is not None:
            Template(translation.document)
            assert translate(translation.document).changes == []


CASES = st.integers(-300, 300) | st.booleans() | st.sampled_from(["", "01", "A", "é", "fF", 1.0])


@given(st.sampled_from(["int", "uint", "boolean", "string", "hex"]), st.lists(CASES, max_size=8))
@examples(300)
def test_a_case_is_found_dead_exactly_when_no_byte_takes_it(kind, cases):
    branches = [
        {"case": case, "do": [{"asset": "n", "value": str(index)}]}
        for index, case in enumerate(cases)
    ]
    document = {"sense": [{"switch": {"byte": 0, "type": kind}, "on": branches}]}
    template = Template(document)
    taken = {template.decode(bytes([byte])).get("n") for byte in range(256)} - {None}
    dead = {finding.place for finding in lint(document) if finding.rule in NEVER_TAKEN}
    for index in range(len(cases)):
        assert (f"sense[0].on[{index}]" in dead) == (str(index) not in taken)
