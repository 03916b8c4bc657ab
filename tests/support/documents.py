"""Whether an answer has the body that 1NCE's document of its operation describes, repaired.

answer = await place.get(f"/v1/sims/{iccid}/status")
fits("get", "/v1/sims/{iccid}/status", answer)          # AssertionError says where it does not
"""

from functools import cache
from typing import Any

import httpx
from openapi_schema_validator import OAS30Validator

from nce_api import documents
from nce_api.documents.faults import repaired


@cache
def _repaired(name: str) -> dict[str, Any]:
    return repaired(name)


def _document_of(method: str, path: str) -> dict[str, Any]:
    for name in documents.NAMES:
        document = _repaired(name)
        if method in document["paths"].get(path, {}):
            return document
    raise LookupError(f"no document has {method} {path}")


def fits(method: str, path: str, answer: httpx.Response) -> Any:
    """The body, once it is known to fit; the status must be one of the document's."""
    document = _document_of(method, path)
    responses = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in responses, (answer.status_code, answer.text)
    row = responses[str(answer.status_code)]
    if "$ref" in row:
        row = document["components"]["responses"][row["$ref"].rpartition("/")[2]]
    content = row.get("content") or {}
    if not content:
        assert answer.content == b"" or answer.status_code >= 400, answer.text
        return answer.json() if answer.content else None
    kinds = {kind.partition(";")[0]: row.get("schema", {}) for kind, row in content.items()}
    kind = answer.headers["content-type"].partition(";")[0]
    schema = kinds.get(kind, kinds.get("*/*"))
    assert schema is not None, f"the body is {kind}; the document has {', '.join(kinds)}"
    body = answer.json() if kind.endswith("json") else answer.text
    whole = {**schema, "components": document["components"]}
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in OAS30Validator(whole).iter_errors(body)
    ]
    assert not problems, "\n".join(problems)
    return body
