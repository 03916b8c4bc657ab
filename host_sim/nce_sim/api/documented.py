"""What 1NCE's documents say of an operation, for the document that FastAPI makes of ours.

@router.get("/v1/products", **documented("get", "/v1/products"))

Statuses that every operation has, listed or not, come from the gate: 401, 403, 413, 429, 503.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from nce_api import documents

_METHODS = ("get", "post", "put", "patch", "delete")


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """The documents' operations by method and path."""
    return {
        (method, path): operation
        for name in documents.NAMES
        for path, item in documents.load(name)["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }


def documented(method: str, path: str) -> dict[str, Any]:
    """The keywords of a route: its status of success, its other statuses, summary and tags."""
    operation = operations()[method, path]
    statuses = {int(status): row for status, row in operation["responses"].items()}
    success = min(status for status in statuses if status < 300)
    return {
        "status_code": success,
        "summary": operation.get("summary"),
        "tags": list(operation.get("tags", [])),
        "responses": {
            status: {"description": row.get("description") or HTTPStatus(status).phrase}
            for status, row in statuses.items()
        },
    }
