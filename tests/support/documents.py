"""Whether an answer has the body that 1NCE's document of its operation describes.

answer = await place.get(f"/v1/sims/{iccid}/status")
fits("get", "/v1/sims/{iccid}/status", answer)          # AssertionError says where it does not
"""

from functools import cache
from typing import Any

import httpx
from openapi_schema_validator import OAS30Validator

from nce_api import documents


@cache
def _document_of(method: str, path: str) -> dict[str, Any]:
    for name in documents.NAMES:
        document: dict[str, Any] = documents.load(name)
        if method in document["paths"].get(path, {}):
            return _repaired(document)
    raise LookupError(f"no document has {method} {path}")


def _repaired(value: Any) -> Any:
    """A fault of the documents: alternatives of which several fit are called `oneOf`."""
    if isinstance(value, dict):
        return {
            "anyOf" if name == "oneOf" else name: _repaired(item) for name, item in value.items()
        }
    return [_repaired(item) for item in value] if isinstance(value, list) else value


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
    schema = next(iter(content.values())).get("schema", {})
    body = answer.json()
    whole = {**schema, "components": document["components"]}
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in OAS30Validator(whole).iter_errors(body)
    ]
    assert not problems, "\n".join(problems)
    return body
