"""Our OpenAPI document against 1NCE's: parameters, bodies and statuses, operation by operation."""

from functools import cache

import pytest

from nce_api import documents
from nce_sim.api.app import management
from nce_sim.api.documented import operations

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def ours():
    document = management().openapi()
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


# What FastAPI adds to each operation with parameters: our refusals have the documents' statuses.
ADDED = {"422"}


# Version 2 of the SIM group names two parameters by reference.
BY_REFERENCE = documents.load("sim-management-v2")["components"].get("parameters", {})


def parameters_of(operation):
    rows = [
        BY_REFERENCE[row["$ref"].rpartition("/")[2]] if "$ref" in row else row
        for row in operation.get("parameters", [])
    ]
    return {
        (row["name"], row["in"]): row.get("required", row["in"] == "path")
        for row in rows
        if row["in"] in ("path", "query")
    }


# In 1NCE's list of operations, and in no document that it gives out.
IN_NO_DOCUMENT = {
    ("get", "/v2/sims/{iccid}/usage"),
    ("post", "/v2/sims/autoTopup"),
    ("post", "/v2/sims/extension"),
}


def test_only_these_operations_are_in_no_document():
    assert set(ours()) - set(operations()) == IN_NO_DOCUMENT


@pytest.mark.parametrize("key", sorted(set(ours()) - IN_NO_DOCUMENT), ids=" ".join)
def test_an_operation_is_1nces(key):
    theirs, mine = operations()[key], ours()[key]
    assert set(mine["responses"]) - ADDED == set(theirs["responses"]) - ADDED
    assert parameters_of(mine) == parameters_of(theirs)
    assert ("requestBody" in mine) == ("requestBody" in theirs)
