"""Templates of ABCL become BCL that decodes to the same values, or are refused with the reason."""

import json

from nce_bcl import Template, TemplateError
from nce_bcl.abcl import RAW, REFUSED, SAME, constructs, translate

ROOT = __file__.replace("\\", "/").rsplit("/tests/portable/", 1)[0]
if ROOT == __file__:
    ROOT = "."


def vectors():
    with open(ROOT + "/tests/vectors/bcl_abcl.json") as file:
        return json.load(file)["vectors"]


def test_what_bcl_can_say_decodes_to_the_same_values():
    count = 0
    for vector in vectors():
        if "expected" not in vector:
            continue
        count += 1
        translation = translate(vector["template"])
        assert translation.refusals == [], (vector["id"], translation.refusals)
        assert all([change.effect == SAME for change in translation.changes])
        template = Template(translation.document)
        record = template.decode(bytes.fromhex(vector["payload_hex"]))
        assert record == vector["expected"], (vector["id"], record)
    assert count == 4


def test_what_it_cannot_say_is_refused_by_place_and_nothing_is_translated():
    for vector in vectors():
        translation = translate(vector["template"])
        places = [change.place for change in translation.refusals]
        assert places == vector["refused"], (vector["id"], translation.refusals)
        assert (translation.document is None) == bool(places)
        for change in translation.refusals:
            assert change.effect == REFUSED
            assert len(change.message) > 20


def test_raw_values_are_translated_on_request_and_named():
    for vector in vectors():
        if "raw" not in vector:
            continue
        translation = translate(vector["template"], keep_raw=True)
        if vector["raw"] is None:
            assert translation.document is None, vector["id"]
            continue
        template = Template(translation.document)
        record = template.decode(bytes.fromhex(vector["payload_hex"]))
        assert record == vector["raw"], (vector["id"], record)
        raw = [change.place for change in translation.changes if change.effect == RAW]
        assert raw == vector["refused"], (vector["id"], raw)


def test_a_translation_is_bcl_and_stays_as_it_is():
    for vector in vectors():
        document = translate(vector["template"], keep_raw=True).document
        if document is None:
            continue
        again = translate(document)
        assert again.document == document
        assert again.changes == [], (vector["id"], again.changes)


def test_the_source_is_left_alone():
    for vector in vectors():
        before = json.dumps(vector["template"])
        translate(vector["template"], keep_raw=True)
        assert json.dumps(vector["template"]) == before


def test_every_vector_of_bcl_is_bcl_already():
    with open(ROOT + "/tests/vectors/bcl.json") as file:
        for vector in json.load(file)["vectors"]:
            assert constructs(vector["template"]) == [], vector["id"]


def test_lengths_that_bcl_lacks_are_refused():
    for kind, length in (("integer", 3), ("number", 2), ("number", 1)):
        value = {"byte": 0, "bytelength": length, "type": kind}
        translation = translate({"sense": [{"asset": "v", "value": value}]})
        assert translation.document is None, kind


def test_what_is_wrong_in_any_language_is_refused_too():
    translation = translate({"sense": [{"asset": "v"}]})
    assert "needs 'value'" in translation.refusals[0].message
    for source in ("[", "[]", 7):
        try:
            translate(source)
        except TemplateError:
            continue
        raise AssertionError(source)


def test_deep_nesting_is_refused():
    node = {"byte": 0, "type": "integer"}
    for _ in range(40):
        node = {"x": node}
    block = []
    for _ in range(40):
        block = [block]
    for document in ({"sense": [{"asset": "v", "value": node}]}, {"sense": block}):
        try:
            translate(document)
        except TemplateError as error:
            assert "nested" in str(error)
            continue
        raise AssertionError("taken")
