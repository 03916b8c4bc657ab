"""Each rule of the lint finds its fault, at its place, and leaves the mended template alone."""

import json
import sys

from nce_bcl import Template, TemplateError
from nce_bcl.findings import ERROR, MAX_FINDINGS, RULES, SEVERITIES, WARNING
from nce_bcl.lint import lint

ROOT = __file__.replace("\\", "/").rsplit("/tests/portable/", 1)[0]
if ROOT == __file__:
    ROOT = "."


def field(asset="v", **selector):
    """A mapping; its selector is one byte at 0 unless said otherwise."""
    if "byte" not in selector and "endbyte" not in selector:
        selector["byte"] = 0
    if "type" not in selector:
        selector["type"] = "uint"
    return {"asset": asset, "value": selector}


def constant(asset="c", value="text"):
    return {"asset": asset, "value": value}


def location(kind, byte, asset=None, length=8, **selector):
    selector["type"] = selector.get("type", "float")
    statement = field(asset or "place." + kind[9:], byte=byte, bytelength=length, **selector)
    statement["custom_type"] = kind
    return statement


def switch(*cases, **selector):
    """A switch over byte 0; a case is (value, statements), None for the default."""
    if "type" not in selector:
        selector["type"] = "uint"
    selector["byte"] = 0
    branches = []
    for value, statements in cases:
        branch = {"do": statements}
        if value is None:
            branch["default"] = True
        else:
            branch["case"] = value
        branches.append(branch)
    return {"switch": selector, "on": branches}


OTHER = (None, [constant()])


def sense(*statements):
    return {"sense": list(statements)}


def wide(asset, byte, length=2, **selector):
    return field(asset, byte=byte, bytelength=length, **selector)


# rule, place, severity (None: the rule's own), broken, mended (None: no template could be),
# options of lint
TABLE = (
    ("not-json", "", None, "sense: []", '{"sense": [{"asset": "a", "value": "b"}]}', {}),
    ("not-json", "", None, "[1]", None, {}),
    (
        "too-large",
        "",
        None,
        '{"sense": [%s{"asset": "a", "value": "b"}]}' % (" " * 70000),
        '{"sense": [%s{"asset": "a", "value": "b"}]}' % (" " * 60000),
        {},
    ),
    # As a string inside the request its quotes are escaped once more: 40 kB of text become 80.
    (
        "too-large",
        "",
        None,
        {"sense": [constant()], "comment": '"' * 20000},
        {"sense": [constant()], "comment": '"' * 15000},
        {},
    ),
    ("syntax", "sense[0]", None, sense({"asset": "v"}), sense(field()), {}),
    ("syntax", "sense[1].value", None, sense(field(), field("w", byte=-1)), sense(field()), {}),
    (
        "syntax",
        "sense[0].on[1]",
        None,
        sense({"switch": {"byte": 0, "type": "uint"}, "on": [{"default": True, "do": []}, {}]}),
        sense(field()),
        {},
    ),
    ("abcl", "sense[0].value", None, sense(field(type="integer")), sense(field()), {}),
    (
        "abcl",
        "sense[0].value",
        None,
        sense(field(calculation="val / 10")),
        sense(field()),
        {},
    ),
    (
        "abcl",
        "sense[0].value",
        None,
        sense(field(bit=3, type="boolean")),
        sense(field(type="boolean")),
        {},
    ),
    (
        "abcl",
        "sense[0].on[1]",
        None,
        sense(switch((1, [constant()]), ("$default", []))),
        sense(switch((1, [constant()]), OTHER)),
        {},
    ),
    (
        "abcl-actuate",
        "actuate",
        None,
        {"sense": [field()], "actuate": []},
        sense(field()),
        {},
    ),
    (
        "misspelt-key",
        "sense[0].value",
        None,
        sense(field(byteLength=2)),
        sense(field(bytelength=2)),
        {},
    ),
    (
        "misspelt-key",
        "sense[0].value",
        None,
        sense(field(bytelength=2, endianness="little")),
        sense(field(bytelength=2, byteorder="little")),
        {},
    ),
    (
        "misspelt-key",
        "sense[0]",
        None,
        sense({"asset": "v", "value": "x", "costum_type": "location_lat"}),
        sense(constant()),
        {},
    ),
    ("unknown-key", "sense[0].value", None, sense(field(unit="m")), sense(field()), {}),
    (
        "signed",
        "sense[0].value",
        None,
        sense(field(type="int", signed=True)),
        sense(field(type="int")),
        {},
    ),
    ("signed", "sense[0].value", ERROR, sense(field(signed=True)), sense(field()), {}),
    (
        "illegal-length",
        "sense[0].value",
        None,
        sense(wide("v", 0, 3)),
        sense(wide("v", 0, 4)),
        {},
    ),
    (
        "illegal-length",
        "sense[0].value",
        None,
        sense(field(type="float")),
        sense(wide("v", 0, 4, type="float")),
        {},
    ),
    (
        "outside",
        "sense[0].value",
        None,
        sense(field(endbyte=0)),
        sense(field(endbyte=-1)),
        {},
    ),
    (
        "payload-limit",
        "sense[0]",
        None,
        sense(wide("v", 0, 1025, type="hex")),
        sense(wide("v", 0, 508, type="hex")),
        {},
    ),
    (
        "payload-limit",
        "sense[0]",
        WARNING,
        sense(wide("v", 0, 509, type="hex")),
        sense(wide("v", 0, 508, type="hex")),
        {},
    ),
    (
        "payload-limit",
        "sense[0]",
        None,
        sense(wide("v", 0, 509, type="hex")),
        sense(wide("v", 0, 508, type="hex")),
        {"protocols": ("udp",)},
    ),
    (
        "payload-limit",
        "sense[0]",
        None,
        sense(wide("v", 0, 1025, type="hex")),
        sense(wide("v", 0, 1024, type="hex")),
        {"protocols": ("coap",)},
    ),
    (
        "multibyte-boolean",
        "sense[0].value",
        None,
        sense(wide("v", 0, 2, type="boolean")),
        sense(field(type="boolean")),
        {},
    ),
    (
        "open-number",
        "sense[0].value",
        None,
        sense(field(byte=0, endbyte=0)),
        sense(field(byte=0, endbyte=0, type="hex")),
        {},
    ),
    (
        "byteorder-ignored",
        "sense[0].value",
        None,
        sense(wide("v", 0, 5, type="string", byteorder="little")),
        sense(wide("v", 0, 5, type="string")),
        {},
    ),
    (
        "integer-digits",
        "sense[0].value",
        None,
        sense(wide("v", 0, 8)),
        sense(wide("v", 0, 4)),
        {},
    ),
    (
        "integer-digits",
        "sense[0].value",
        WARNING,
        sense(constant("c", 10000000000000000)),
        sense(constant("c", "10000000000000000")),
        {},
    ),
    (
        "constant-type",
        "sense[0].value",
        None,
        sense(constant("c", 1)),
        sense(constant("c", "1")),
        {},
    ),
    (
        "custom-type",
        "sense[0]",
        None,
        sense(location("location_lng", 0)),
        sense(location("location_long", 0), location("location_lat", 8)),
        {},
    ),
    (
        "location-type",
        "sense[0]",
        None,
        sense(location("location_long", 0, type="int"), location("location_lat", 8)),
        sense(location("location_long", 0), location("location_lat", 8)),
        {},
    ),
    (
        "location-float64",
        "sense[1]",
        None,
        sense(location("location_long", 0), location("location_lat", 8, length=4)),
        sense(location("location_long", 0), location("location_lat", 8)),
        {},
    ),
    (
        "location-twin",
        "sense[0]",
        None,
        sense(location("location_lat", 0)),
        sense(location("location_lat", 0), location("location_long", 8)),
        {},
    ),
    # Both are there, but never in one message.
    (
        "location-twin",
        "sense[0].on[1].do[0]",
        None,
        sense(
            switch((1, [location("location_lat", 1)]), (None, [location("location_long", 1)])),
        ),
        sense(
            switch((1, [location("location_lat", 1), location("location_long", 9)]), OTHER),
        ),
        {},
    ),
    (
        "location-repeated",
        "sense[1]",
        None,
        sense(
            location("location_lat", 0),
            location("location_lat", 8, asset="b"),
            location("location_long", 16),
        ),
        sense(location("location_lat", 0), location("location_long", 8)),
        {},
    ),
    (
        "location-swapped",
        "sense[0]",
        None,
        sense(location("location_long", 0, asset="lat"), location("location_lat", 8, asset="b")),
        sense(location("location_long", 0, asset="lon"), location("location_lat", 8, asset="lat")),
        {},
    ),
    (
        "duplicate-asset",
        "sense[1]",
        None,
        sense(field("v"), field("v", byte=1)),
        sense(field("v"), field("w", byte=1)),
        {},
    ),
    (
        "asset-conflict",
        "sense[1]",
        None,
        sense(field("a"), field("a.b", byte=1)),
        sense(field("a.c"), field("a.b", byte=1)),
        {},
    ),
    (
        "asset-conflict",
        "sense[1].on[0].do[0]",
        WARNING,
        sense(
            switch((1, [field("a.b", byte=1)]), OTHER),
            {
                "switch": {"byte": 2, "type": "uint"},
                "on": [
                    {"case": 1, "do": [field("a", byte=3)]},
                    {"default": True, "do": [constant("d")]},
                ],
            },
        ),
        None,
        {},
    ),
    # The slip in the vendor's own full example: the second field is one byte early.
    (
        "overlap",
        "sense[1]",
        None,
        sense(wide("lat", 1, 4, type="float"), wide("lon", 4, 4, type="float"), field("s")),
        sense(wide("lat", 1, 4, type="float"), wide("lon", 5, 4, type="float"), field("s")),
        {},
    ),
    (
        "overlap",
        "sense[1]",
        None,
        sense(field("t", endbyte=-1), field("u", endbyte=-2, bytelength=2)),
        None,
        {},
    ),
    (
        "overlap",
        "sense[0].on[0].do[0]",
        None,
        sense(switch((1, [wide("v", 0, 2)]), OTHER)),
        sense(switch((1, [wide("v", 1, 2)]), OTHER)),
        {},
    ),
    (
        "shared-bytes",
        "sense[1]",
        None,
        sense(wide("v", 0, 2), wide("raw", 0, 2, type="hex")),
        sense(wide("v", 0, 2), wide("raw", 2, 2, type="hex")),
        {},
    ),
    (
        "gap",
        "sense[1]",
        None,
        sense(field(), field("w", byte=3)),
        sense(field(), field("w", byte=1)),
        {},
    ),
    ("gap", "sense[0]", None, sense(field(endbyte=-2)), sense(field(endbyte=-1)), {}),
    (
        "gap",
        "sense[0].on[1].do[0]",
        None,
        sense(switch((1, [field(byte=1)]), (2, [field(byte=2)]), OTHER)),
        sense(switch((1, [field(byte=1)]), (2, [field(byte=1)]), OTHER)),
        {},
    ),
    (
        "case-type",
        "sense[0].on[0]",
        None,
        sense(switch(("1", [field(byte=1)]), OTHER)),
        sense(switch((1, [field(byte=1)]), OTHER)),
        {},
    ),
    (
        "case-range",
        "sense[0].on[0]",
        None,
        sense(switch((300, [field(byte=1)]), OTHER)),
        sense(switch((255, [field(byte=1)]), OTHER)),
        {},
    ),
    (
        "case-range",
        "sense[0].on[0]",
        None,
        sense(switch((128, [field(byte=1)]), OTHER, type="int")),
        sense(switch((-128, [field(byte=1)]), OTHER, type="int")),
        {},
    ),
    (
        "case-range",
        "sense[0].on[0]",
        None,
        sense(switch(("T", [field(byte=2)]), OTHER, type="string", bytelength=2)),
        sense(switch(("TT", [field(byte=2)]), OTHER, type="string", bytelength=2)),
        {},
    ),
    (
        "duplicate-case",
        "sense[0].on[1]",
        None,
        sense(switch((1, [constant("a")]), (1, [constant("b")]), OTHER)),
        sense(switch((1, [constant("a")]), (2, [constant("b")]), OTHER)),
        {},
    ),
    (
        "dead-case",
        "sense[0].on[0].do[0].on[0]",
        None,
        sense(switch((1, [switch((2, [constant("a")]), OTHER)]), OTHER)),
        sense(switch((1, [switch((1, [constant("a")]), OTHER)]), OTHER)),
        {},
    ),
    (
        "case-selector",
        "sense[0].on[0]",
        None,
        sense(switch(({"byte": 1, "type": "uint"}, [constant("a")]), OTHER)),
        sense(switch((7, [constant("a")]), OTHER)),
        {},
    ),
    (
        "float-switch",
        "sense[0].switch",
        None,
        sense(switch((1, [constant("a")]), OTHER, type="float", bytelength=4)),
        sense(switch((1, [constant("a")]), OTHER, type="uint", bytelength=4)),
        {},
    ),
    (
        "second-default",
        "sense[0].on[2]",
        None,
        sense(switch((1, [constant("a")]), OTHER, OTHER)),
        sense(switch((1, [constant("a")]), OTHER)),
        {},
    ),
    (
        "unreachable-default",
        "sense[0].on[2]",
        None,
        sense(switch((True, [constant("a")]), (False, []), OTHER, type="boolean")),
        sense(switch((True, [constant("a")]), (False, []), type="boolean")),
        {},
    ),
    (
        "default-position",
        "sense[0].on[0]",
        None,
        sense(switch(OTHER, (1, [constant("a")]))),
        sense(switch((1, [constant("a")]), OTHER)),
        {},
    ),
    (
        "no-default",
        "sense[0]",
        None,
        sense(switch((1, [constant("a")]))),
        sense(switch((1, [constant("a")]), OTHER)),
        {},
    ),
    ("empty-switch", "sense[0]", None, sense(switch()), sense(constant()), {}),
    ("empty-template", "sense", None, sense(), sense(constant()), {}),
    (
        "c-sdk-selector",
        "sense[0].value",
        None,
        sense(wide("v", 0, 2, byteorder="little")),
        sense(field(byte=1)),
        {"sender": "c-sdk"},
    ),
    (
        "c-sdk-byteorder",
        "sense[0].value",
        None,
        sense(wide("v", 1, 4, type="float")),
        sense(wide("v", 1, 4, type="float", byteorder="little")),
        {"sender": "c-sdk"},
    ),
    (
        "c-sdk-gap",
        "sense[1]",
        None,
        sense(field(byte=1), field("w", byte=3)),
        sense(field(byte=1), field("w", byte=2)),
        {"sender": "c-sdk"},
    ),
    (
        "c-sdk-integer",
        "sense[0].value",
        None,
        sense(wide("v", 1, 2, byteorder="little")),
        sense(field(byte=1)),
        {"sender": "c-sdk"},
    ),
    (
        "c-sdk-double",
        "sense[0].value",
        None,
        sense(wide("v", 1, 8, type="float", byteorder="little")),
        sense(wide("v", 1, 4, type="float", byteorder="little")),
        {"sender": "c-sdk"},
    ),
    (
        "c-sdk-text",
        "sense[0].value",
        None,
        sense(wide("v", 1, 51, type="string")),
        sense(wide("v", 1, 50, type="string")),
        {"sender": "c-sdk"},
    ),
)

# Rules that a table of small templates cannot show, and where they are tested.
ELSEWHERE = (
    "routes",  # below
    "more",  # below
    "repeated-key",  # below; MicroPython's JSON reader does not tell
)


def test_each_rule_finds_its_fault_at_its_place():
    usual = dict([row[:2] for row in RULES])
    for rule, place, severity, broken, _, options in TABLE:
        wanted = (rule, severity or usual[rule], place)
        found = lint(broken, **options)
        hits = [finding for finding in found if finding[:3] == wanted]
        assert len(hits) == 1, (rule, place, found)


def test_the_mended_template_has_no_finding_at_all():
    for rule, place, _, _, mended, options in TABLE:
        if mended is not None:
            found = lint(mended, **options)
            assert found == [], (rule, place, found)


def test_every_rule_has_a_row():
    shown = set([row[0] for row in TABLE])
    for rule, severity, _ in RULES:
        assert severity in SEVERITIES
        assert (rule in shown) != (rule in ELSEWHERE), rule


def test_messages_name_values_and_say_what_to_do():
    for _, _, _, broken, _, options in TABLE:
        for finding in lint(broken, **options):
            assert 20 < len(finding.message) < 400, finding
            assert finding.message[-1] not in ".;,"


def test_a_key_that_stands_twice_is_found_where_the_reader_tells():
    text = '{"sense": [{"asset": "v", "value": {"byte": 0, "byte": 1, "type": "uint"}}]}'
    rules = [finding.rule for finding in lint(text)]
    if sys.implementation.name != "micropython":
        assert "repeated-key" in rules
    assert "syntax" not in rules


def test_a_template_with_too_many_combinations_says_so_and_ends():
    statements = []
    for index in range(30):
        selector = {"byte": index, "type": "boolean"}
        branches = [{"case": True, "do": [constant("c%d" % index)]}, {"case": False, "do": []}]
        statements.append({"switch": selector, "on": branches})
    assert [finding.rule for finding in lint({"sense": statements})] == ["routes"]


def test_switches_over_the_same_byte_agree():
    """The second switch's case 1 only goes with the first one's, so nothing is mapped twice."""
    template = sense(
        switch((1, [field("a", byte=1)]), (None, [field("b", byte=1)])),
        switch((1, [field("b", byte=2)]), (None, [field("a", byte=2)])),
    )
    assert lint(template) == []


def test_the_list_of_findings_is_bounded():
    keys = dict([("colour%d" % index, 1) for index in range(MAX_FINDINGS + 100)])
    found = lint(sense(field(**keys)))
    assert len(found) == MAX_FINDINGS + 1
    assert found[0].rule == "more"


def test_findings_come_in_document_order():
    template = sense(*[field("a%d" % index, byte=index, colour=1) for index in range(12)])
    assert [finding.place for finding in lint(template)] == [
        "sense[%d].value" % index for index in range(12)
    ]


def test_a_bad_case_does_not_hide_what_is_wrong_in_the_others():
    template = sense(
        switch((1, [field("a", byte=-1)]), ([], []), (3, [{"asset": ""}]), OTHER),
    )
    places = [finding.place for finding in lint(template) if finding.rule == "syntax"]
    assert places == ["sense[0].on[0].do[0].value", "sense[0].on[1].case", "sense[0].on[2].do[0]"]


def test_an_unknown_sender_or_protocol_is_refused():
    for options in ({"sender": "rust"}, {"protocols": ("mqtt",)}):
        try:
            lint(sense(field()), **options)
        except ValueError:
            continue
        raise AssertionError(options)


def test_every_vector_that_the_parser_warns_of_or_refuses_has_a_finding():
    with open(ROOT + "/tests/vectors/bcl.json") as file:
        document = json.load(file)
    for vector in document["vectors"] + document["refused"]:
        found = lint(vector["template"])
        try:
            warnings = Template(vector["template"]).warnings
        except TemplateError:
            assert any([finding.severity == ERROR for finding in found]), vector["id"]
            continue
        assert found or not warnings, (vector["id"], warnings)


def rules_of(statements, **readings):
    return [finding.rule for finding in lint({"sense": statements}, **readings)]


def test_a_reading_that_is_chosen_changes_what_is_wrong():
    wide = [field("v", bytelength=2, type="boolean")]
    assert rules_of(wide) == ["multibyte-boolean"]
    assert rules_of(wide, multibyte_boolean=False) == ["illegal-length"]
    for kind, length, value, rule in (
        ("uint", 1, "1", "case-type"),
        ("string", 1, 1, "case-type"),
        ("boolean", 1, "true", "case-type"),
        ("string", 3, "T", "case-range"),
    ):
        cases = [switch((value, []), (None, []), type=kind, bytelength=length)]
        assert rules_of(cases) == [rule], (kind, value)
        if rule == "case-range":
            assert rules_of(cases, strip_nul=True) == []
        else:
            assert rules_of(cases, coerce_cases=True) == [], (kind, value)
    assert rules_of([switch(("300", []), (None, []))], coerce_cases=True) == ["case-range"]
    assert rules_of([switch(("x", []), (None, []))], coerce_cases=True) == ["case-range"]
    twice = [switch((1, [constant()]), ("1", [constant()]), (None, []))]
    assert rules_of(twice) == ["case-type"]
    assert rules_of(twice, coerce_cases=True) == ["duplicate-case"]
    for keep_first, winner in ((False, "last"), (True, "first")):
        found = lint({"sense": [constant("a"), constant("a")]}, keep_first=keep_first)
        assert "the %s value wins" % winner in found[0].message


def test_a_case_read_from_the_payload_has_a_length_too():
    cases = [switch(({"byte": 1, "type": "float"}, []), (None, []))]
    found = [(finding.rule, finding.place) for finding in lint({"sense": cases})]
    assert ("illegal-length", "sense[0].on[0].case") in found


def test_a_type_that_is_no_text_is_a_finding_beside_signed():
    found = lint(sense(field("v", type=["int"], signed=True)))
    assert [finding.rule for finding in found if finding.severity == ERROR] == ["syntax"]


def test_a_location_of_a_length_that_no_float_has_is_told_as_the_parser_does():
    broken = location("location_lat", 0, length=1)
    again = location("location_lat", 1, length=1, type="int")
    again["asset"] = broken["asset"]
    document = {"sense": [broken, again]}
    assert ("sense[0]", "location_lat is documented as a float of 8 bytes") in Template(
        document
    ).warnings
    found = [finding.rule for finding in lint(document) if finding.place == "sense[0]"]
    assert found == ["location-float64"]
