"""Our OpenAPI document against 1NCE's: parameters, bodies and statuses, operation by operation."""

from functools import cache

import pytest

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


def parameters_of(operation):
    return {
        (row["name"], row["in"]): row.get("required", row["in"] == "path")
        for row in operation.get("parameters", [])
        if row["in"] in ("path", "query")
    }


@pytest.mark.parametrize("key", sorted(ours()), ids=" ".join)
def test_an_operation_is_1nces(key):
    theirs, mine = operations()[key], ours()[key]
    assert set(mine["responses"]) - ADDED == set(theirs["responses"]) - ADDED
    assert parameters_of(mine) == parameters_of(theirs)
    assert ("requestBody" in mine) == ("requestBody" in theirs)
