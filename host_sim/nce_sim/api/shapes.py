"""Errors as the documents of each group of operations have them.

1NCE's OS group answers `{statusCode, statusText, errors[]}`, version 2 of the SIM group
`{error_code, error_token, message}`, the token `{statusCode, errorCode, message}`. The other
groups document no body: [U] they get `{"message": ...}`, as the gateway before them writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse

from nce_sim import problems

Body = Callable[[int, str], dict[str, Any]]

# [D] 1nce_os error_token of version 2; statuses that it does not document are named alike.
_TOKENS = {400: "BadRequest", 404: "NotFound", 409: "Conflict", 500: "InternalServerError"}
_ERROR_CODE = 1000  # [D] the one of all examples


def _os(status: int, message: str) -> dict[str, Any]:
    if status >= 500:
        # [D] without a code; of two texts, this one says whose fault it is
        return {"statusText": "Server Error", "errors": [{"message": message}]}
    # [D] the errors are objects; [U] what is in them
    return {"statusCode": status, "statusText": _text(status), "errors": [{"message": message}]}


def _version_2(status: int, message: str) -> dict[str, Any]:
    token = _TOKENS.get(status, _text(status).replace(" ", ""))
    return {"error_code": _ERROR_CODE, "error_token": token, "message": message}


def _token(status: int, message: str) -> dict[str, Any]:
    return {"statusCode": status, "errorCode": "BodyValidationError", "message": message}


def _gateway(status: int, message: str) -> dict[str, Any]:
    return {"message": message}


class Group(NamedTuple):
    """How a group of operations says no: its bodies, and its status for a wrong request."""

    body: Body
    wrong_request: int


OS = Group(_os, 400)
VERSION_2 = Group(_version_2, 400)
TOKEN = Group(_token, 400)
GATEWAY = Group(_gateway, 400)
# The documents have no 400: a wrong request is 422 there.
SIMS_1 = Group(_gateway, 422)
TEMPLATES = Group(_os, 422)

# By the beginning of the path; the first that fits counts.
_GROUPS = (
    ("/v2/", VERSION_2),
    ("/oauth", TOKEN),
    ("/v1/sims/extension", GATEWAY),  # [D] the one of this group with 400 in place of 422
    ("/v1/sims", SIMS_1),
    ("/v1/orders", GATEWAY),
    ("/v1/products", GATEWAY),
    ("/v1/support", GATEWAY),
    ("/v1/optimize/templates", TEMPLATES),
    ("/", OS),
)

_STATUS_OF = (
    (problems.Invalid, None),  # the group's own
    (problems.PaymentRefused, 400),
    (problems.Forbidden, 403),
    (problems.NotFound, 404),
    (problems.Conflict, 409),
    (problems.Unprocessable, 422),
    (problems.Unavailable, 503),
)


MANAGEMENT = "/management-api"
PORTAL = "/portal-api"


def group_of(path: str) -> Group:
    """The group of an operation of 1NCE's by its path below the door."""
    return next(group for beginning, group in _GROUPS if path.startswith(beginning))


def group_for(request: Request) -> Group:
    """The group of a request; the doors that are not 1NCE's have one shape."""
    is_1nces = request.scope.get("root_path") == MANAGEMENT
    return group_of(door_path(request)) if is_1nces else GATEWAY


def refusal(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer that refuses a request, in the shape of its group."""
    # What is quoted may have half a surrogate pair, which UTF-8 has no bytes for.
    body = group_for(request).body(status, message.encode(errors="backslashreplace").decode())
    return JSONResponse(body, status, headers)


def status_of(problem: problems.Problem, group: Group) -> int:
    """The status that a problem has in a group."""
    status = next(status for kind, status in _STATUS_OF if isinstance(problem, kind))
    return group.wrong_request if status is None else status


def door_path(request: Request) -> str:
    """The path below the door: what the documents call the path."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", "")) or "/"


def _text(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"
