"""The table of operations and the models beside 1NCE's own documents, both ways."""

import pytest
from pydantic import TypeAdapter

from nce_api import documents
from nce_api.documents.faults import FAULTS, REMOVED, repaired
from nce_api.operations import OFFICIAL, OPERATIONS, find

DOCUMENTS = {name: documents.load(name) for name in documents.NAMES}
REPAIRED = {name: repaired(name) for name in documents.NAMES}


def followed(schema, document):
    """What a `$ref` leads to, with pydantic's optional (a union with null) taken off."""
    while True:
        if "$ref" in schema:
            place = document
            for part in schema["$ref"].split("/")[1:]:
                place = place[part]
            schema = place
        elif "null" in [choice.get("type") for choice in schema.get("anyOf", ())]:
            (schema, *more) = [c for c in schema["anyOf"] if c.get("type") != "null"]
            if more:
                return {"anyOf": [schema, *more]}
        else:
            return schema


def described(operation):
    document = DOCUMENTS[operation.document]
    item = document["paths"][operation.path]
    return document, item, item[operation.method.lower()]


def parameters(operation, place):
    document, item, entry = described(operation)
    both = [*item.get("parameters", ()), *entry.get("parameters", ())]
    found = (followed(parameter, document) for parameter in both)
    return [parameter for parameter in found if parameter["in"] == place]


def bodies(operation):
    """The answer's schema by status, none for no body."""
    document, _, entry = described(operation)
    for status, answer in entry["responses"].items():
        content = followed(answer, document).get("content") or {}
        yield int(status), next((c["schema"] for c in content.values()), None)


def test_the_table_has_every_operation_of_the_documents_and_no_other():
    documented = {
        (name, method.upper(), path)
        for name, document in DOCUMENTS.items()
        for path, item in document["paths"].items()
        for method in item
    }
    rows = {(row.document, row.method, row.path) for row in OFFICIAL}
    assert rows == documented
    assert len(OFFICIAL) == len(rows) == 115


def test_what_no_document_has_says_where_it_is_documented():
    others = [operation for operation in OPERATIONS if operation.document is None]
    assert len(others) == 3
    assert all(operation.source for operation in others)
    assert not any(operation.source for operation in OFFICIAL)


def test_names_are_unique_and_found():
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert find("sims.get").path == "/v1/sims/{iccid}"
    assert (find("sims_v2.get").version, find("token.get").version) == ("v2", "")
    with pytest.raises(ValueError, match=r"no operation 'sims\.gone'"):
        find("sims.gone")


def test_statuses_are_the_documents():
    for operation in OFFICIAL:
        answers = {status: schema is not None for status, schema in bodies(operation)}
        documented = {status: body for status, body in answers.items() if status < 300}
        ours = {status: body is not None for status, body in operation.answers.items()}
        assert ours == documented, operation.name
        assert set(operation.errors) == set(answers) - set(documented), operation.name


def test_parameters_are_the_documents():
    for operation in OFFICIAL:
        check_parameters(operation)


def check_parameters(operation):
    in_path = parameters(operation, "path")
    assert set(operation.path_parameters) == {p["name"] for p in in_path}, operation.name
    choices = {p["name"]: tuple(p["schema"]["enum"]) for p in in_path if "enum" in p["schema"]}
    assert dict(operation.choices) == choices, operation.name
    rows = {
        query.name: (
            query.kind,
            query.required,
            query.default,
            query.minimum,
            query.maximum,
            query.choices,
        )
        for query in operation.query
    }
    assert rows == {
        parameter["name"]: (
            parameter["schema"]["type"],
            parameter.get("required", False),
            parameter["schema"].get("default"),
            parameter["schema"].get("minimum"),
            parameter["schema"].get("maximum"),
            tuple(parameter["schema"].get("enum", ())),
        )
        for parameter in parameters(operation, "query")
    }, operation.name


def test_paging_names_parameters_and_fields_that_exist():
    for operation in OPERATIONS:
        check_paging(operation)


def check_paging(operation):
    paging = operation.paging
    names = {query.name for query in operation.query}
    if paging is None:
        assert not names & {"page", "nextToken"}
        return
    assert {paging.page, paging.token, paging.size} - {None} <= names
    answer = TypeAdapter(operation.answers[200]).json_schema()
    fields = set(answer.get("properties", ()))
    assert {paging.items, paging.pages} - {None} <= fields
    assert (paging.items is None) == (answer["type"] == "array")


RULES = ("minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems")


class Comparison:
    """Our model's JSON schema has what the document's has: exactly, if it is sent."""

    def __init__(self, our_root, their_root, sent):
        self.our_root, self.their_root, self.sent = our_root, their_root, sent

    def compare(self, ours, theirs, where):
        ours, theirs = followed(ours, self.our_root), followed(theirs, self.their_root)
        # A form without fields of its own only says which fields are needed.
        if "properties" in theirs:
            self.fields(ours, theirs, where)
        elif "oneOf" in theirs or "anyOf" in theirs:
            forms = theirs.get("oneOf") or theirs["anyOf"]
            self.forms(ours.get("oneOf") or ours["anyOf"], forms, where)
        elif theirs.get("type") == "array":
            assert ours["type"] == "array", where
            self.compare(ours["items"], theirs["items"], where + "[]")
        elif "enum" in theirs:
            self.values(ours, theirs["enum"], where)
        else:
            whole = "integer" if theirs.get("type") == "number" else "string"
            kind = "string" if "anyOf" in ours else ours.get("type")
            assert kind in {theirs.get("type", "string"), whole}, where
        if self.sent:
            rules = {rule: theirs[rule] for rule in RULES if rule in theirs}
            assert {rule: ours[rule] for rule in RULES if rule in ours} == rules, where

    def forms(self, our_forms, their_forms, where):
        for form in their_forms:
            names = set(followed(form, self.their_root)["properties"])
            # Which of ours is meant is seen by its fields.
            alike = []
            for each in our_forms:
                our_names = set(followed(each, self.our_root)["properties"])
                if names == our_names or (not self.sent and names <= our_names):
                    alike.append(each)
            assert alike, where
            self.compare(alike[0], form, where)

    def fields(self, ours, theirs, where):
        names, our_names = set(theirs["properties"]), set(ours.get("properties", ()))
        required, our_required = set(theirs.get("required", ())), set(ours.get("required", ()))
        if self.sent:
            assert (names, required) == (our_names, our_required), where
            closed = theirs.get("additionalProperties") is False
            assert (ours.get("additionalProperties") is False) == closed, where
        assert names <= our_names, where
        assert our_required <= required, where
        for name, schema in theirs["properties"].items():
            self.compare(ours["properties"][name], schema, "%s.%s" % (where, name))

    def values(self, ours, documented, where):
        # An answer may hold more than the document lists: its schema is a union with text.
        listed = ours
        for choice in ours.get("anyOf", ()):
            listed = choice if "enum" in choice else listed
        values = listed.get("enum", [listed["const"]] if "const" in listed else [])
        if self.sent:
            assert set(values) == set(documented), where
        elif values:
            assert set(documented) - {"TEST_MESSAGE"} <= set(values), where


def test_bodies_are_the_documents_field_by_field():
    for operation in OFFICIAL:
        check_bodies(operation)


def check_bodies(operation):
    document = REPAIRED[operation.document]
    entry = document["paths"][operation.path][operation.method.lower()]
    assert (operation.body is not None) == ("requestBody" in entry)
    if operation.body is not None:
        theirs = next(iter(entry["requestBody"]["content"].values()))["schema"]
        ours = TypeAdapter(operation.body).json_schema()
        Comparison(ours, document, sent=True).compare(ours, theirs, operation.name)
    for status, kind in operation.answers.items():
        content = followed(entry["responses"][str(status)], document).get("content")
        if kind is not None:
            theirs = next(iter(content.values()))["schema"]
            ours = TypeAdapter(kind).json_schema(mode="serialization")
            Comparison(ours, document, sent=False).compare(ours, theirs, operation.name)


def examples(content, document):
    yield from (followed(each, document)["value"] for each in content.get("examples", {}).values())
    schema = followed(content["schema"], document)
    if "example" in schema:
        yield schema["example"]


def test_every_example_of_the_repaired_documents_is_read():
    count = 0
    for operation in OFFICIAL:
        document = REPAIRED[operation.document]
        entry = document["paths"][operation.path][operation.method.lower()]
        kinds = [(operation.body, entry.get("requestBody", {}))]
        for status, kind in operation.answers.items():
            kinds.append((kind, followed(entry["responses"][str(status)], document)))
        for kind, described_body in kinds:
            for content in (described_body.get("content") or {}).values():
                for example in examples(content, document):
                    TypeAdapter(kind).validate_python(example)
                    count += 1
    assert count > 30


def test_every_fault_names_operations_of_its_document_and_repairs_them():
    for fault in FAULTS:
        assert all(find(name).document == fault.document for name in fault.operations), fault
        for pointer, value in fault.repairs:
            place, known = DOCUMENTS[fault.document], True
            for part in pointer.split("/")[1:]:
                key = int(part) if isinstance(place, list) else part.replace("~1", "/")
                known = key in place if isinstance(place, dict) else isinstance(place, list)
                place = place[key] if known else None
            # What is repaired was wrong: it was there to go, or was not what it becomes.
            assert known if value is REMOVED else place != value, pointer


def test_an_unknown_document_is_named():
    with pytest.raises(ValueError, match="there is no document 'sims': take one of author"):
        documents.load("sims")
