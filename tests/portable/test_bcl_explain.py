"""Explaining a payload: which bytes mean what, which route is taken, where and why it fails."""

import json

from nce_bcl import PayloadError, Template, TemplateError
from nce_bcl.explain import explain

ROOT = __file__.replace("\\", "/").rsplit("/tests/portable/", 1)[0]
if ROOT == __file__:
    ROOT = "."

FLEET = {
    "sense": [
        {
            "switch": {"byte": 0, "type": "uint"},
            "on": [
                {"comment": "the first of the fleet"},
                {
                    "case": 1,
                    "do": [
                        {"asset": "kind", "value": "tank"},
                        {
                            "asset": "level",
                            "value": {
                                "byte": 1,
                                "bytelength": 2,
                                "byteorder": "little",
                                "type": "int",
                            },
                        },
                        {"asset": "name", "value": {"byte": 4, "endbyte": 0, "type": "string"}},
                    ],
                },
                {"default": True, "do": [{"asset": "kind", "value": "unknown"}]},
            ],
        }
    ]
}


def shape(rows):
    return [(row.start, row.end, row.role, row.asset, row.value) for row in rows]


def test_rows_stand_in_the_order_of_their_bytes_with_the_unused_between():
    found = explain(FLEET, bytes.fromhex("01feff007a61"))
    assert shape(found.rows) == [
        (0, 1, "switch", None, 1),
        (1, 3, "field", "level", -2),
        (3, 4, "unused", None, None),
        (4, 6, "field", "name", "za"),
        (None, None, "constant", "kind", "tank"),
    ]
    level = found.rows[1]
    assert (level.type, level.length, level.byteorder) == ("int", 2, "little")
    assert level.place == "sense[0].on[1].do[1]"
    assert found.rows[3].length is None
    assert found.error is None
    assert found.record == {"kind": "tank", "level": -2, "name": "za"}
    assert found.needed == 4


def test_the_route_names_the_switch_its_value_and_the_case():
    assert explain(FLEET, b"\x01\x00\x00\x00").steps == [("sense[0]", 1, "sense[0].on[1]")]
    found = explain(FLEET, b"\x09")
    assert found.steps == [("sense[0]", 9, "sense[0].on[2]")]
    assert found.rows[0].note == "no such case, the default"
    silent = {"sense": [{"switch": {"byte": 0, "type": "uint"}, "on": [{"case": 1, "do": []}]}]}
    found = explain(silent, b"\x09")
    assert found.steps == [("sense[0]", 9, None)]
    assert found.rows[0].note == "no case and no default"


def test_a_payload_that_is_too_short_fails_where_the_decoder_fails():
    found = explain(FLEET, bytes.fromhex("01fe"))
    assert str(found.error) == "Asset path:level, Error: can't extract [1:3] from 2 bytes"
    assert shape(found.rows) == [
        (0, 1, "switch", None, 1),
        (1, 3, "failed", "level", None),
        (None, None, "constant", "kind", "tank"),
    ]
    assert found.rows[1].place == "sense[0].on[1].do[1]"
    assert found.record is None
    assert found.needed == 4  # the name begins there


def test_a_switch_that_cannot_be_read_is_what_failed():
    found = explain(FLEET, b"")
    assert shape(found.rows) == [(0, 1, "failed", None, None)]
    assert found.rows[0].place == "sense[0]"


def test_a_case_that_cannot_be_read_is_what_failed():
    template = {
        "sense": [
            {
                "switch": {"byte": 0, "type": "uint"},
                "on": [{"case": {"byte": 3, "type": "uint"}, "do": []}],
            }
        ]
    }
    found = explain(template, b"\x01")
    assert shape(found.rows) == [(0, 1, "switch", None, 1), (3, 4, "failed", None, None)]
    assert found.rows[1].place == "sense[0].on[0]"
    found = explain(template, b"\x01\x00\x00\x01")
    assert shape(found.rows)[2] == (3, 4, "case", None, 1)


def test_bytes_after_the_failure_are_unread():
    template = {
        "sense": [
            {"asset": "a", "value": {"byte": 0, "bytelength": 3, "type": "int"}},
            {"asset": "b", "value": {"byte": 3, "type": "int"}},
        ]
    }
    found = explain(template, b"\x00\x01\x02\x03")
    assert shape(found.rows) == [(0, 3, "failed", "a", None), (3, 4, "unread", None, None)]


def test_two_switches_that_bring_a_value_and_an_object_of_one_name_fail_at_the_second():
    def switch(byte, asset):
        return {
            "switch": {"byte": byte, "type": "uint"},
            "on": [{"case": 1, "do": [{"asset": asset, "value": "x"}]}],
        }

    template = {"sense": [switch(0, "a"), switch(1, "a.b")]}
    found = explain(template, b"\x01\x01")
    assert "holds a value, not an object" in str(found.error)
    failed = [row for row in found.rows if row.role == "failed"]
    assert [row.place for row in failed] == ["sense[1].on[0].do[0]"]


def test_overlapping_fields_are_both_shown():
    template = {
        "sense": [
            {"asset": "pair", "value": {"byte": 0, "bytelength": 2, "type": "uint"}},
            {"asset": "low", "value": {"byte": 1, "type": "uint"}},
        ]
    }
    assert shape(explain(template, b"\x01\x02").rows) == [
        (0, 2, "field", "pair", 0x0102),
        (1, 2, "field", "low", 2),
    ]


def test_options_choose_a_reading_as_for_a_template():
    template = {"sense": [{"asset": "t", "value": {"byte": 0, "bytelength": 3, "type": "string"}}]}
    assert explain(template, b"A\0\0").rows[0].value == "A\0\0"
    assert explain(template, b"A\0\0", strip_nul=True).rows[0].value == "A"


def test_a_wrong_template_is_refused():
    for source in ("{", {"sense": [{"asset": "a"}]}, "[]"):
        try:
            explain(source, b"")
        except TemplateError:
            continue
        raise AssertionError(source)


def test_every_vector_is_explained_as_it_decodes():
    with open(ROOT + "/tests/vectors/bcl.json") as file:
        vectors = json.load(file)["vectors"]
    for vector in vectors:
        payload = bytes.fromhex(vector["payload_hex"])
        found = explain(vector["template"], payload)
        try:
            record = Template(vector["template"]).decode(payload)
        except PayloadError as error:
            assert str(found.error) == str(error), vector["id"]
            assert len([row for row in found.rows if row.role == "failed"]) == 1, vector["id"]
            continue
        assert found.record == record
        covered = set()
        for row in found.rows:
            assert row.role not in ("failed", "unread"), vector["id"]
            if row.start is not None:
                covered.update(range(row.start, row.end))
            if row.role in ("field", "constant"):
                assert row.asset
        assert covered == set(range(len(payload))), vector["id"]
