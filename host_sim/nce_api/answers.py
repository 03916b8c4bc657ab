"""An answer becomes a model, or an error of the kind that its status says."""

import json
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from nce_api.calls import Created
from nce_api.errors import (
    BY_STATUS,
    ApiError,
    ErrorBody,
    NotFound,
    Refused,
    ServerFault,
    TooManyRequests,
    Unauthorized,
    UnexpectedAnswer,
)
from nce_api.masking import masked
from nce_api.models.errors import MessageError, OsError, SimsError, TokenError
from nce_api.operations import Operation
from nce_api.requests import adapter
from nce_api.retries import retry_after_s

# The field that only this shape has; the order counts, since three of them have `message`.
_SHAPES: tuple[tuple[str, type[ErrorBody]], ...] = (
    ("error_token", SimsError),
    ("errorCode", TokenError),
    ("statusText", OsError),
    ("errors", OsError),
    ("message", MessageError),
)
_LONGEST_DETAIL = 300
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def read(operation: Operation, answer: httpx.Response, attempts: int) -> Any:
    """What a success holds."""
    if operation.location:
        return Created(answer.headers.get("Location"))
    status = answer.status_code
    if status not in operation.answers:
        # Another success than the documented one: its body, if any, is read like the first.
        status = next(iter(operation.answers))
    kind = operation.answers[status]
    if kind is None or not answer.content:
        if kind is not None and None not in operation.answers.values():
            raise _unexpected(operation, answer, attempts, "an empty body")
        return None
    if kind is str:
        return answer.text
    try:
        return adapter(operation, status).validate_json(answer.content)
    except ValidationError as error:
        first = error.errors()[0]
        what = "%s: %s" % (".".join(map(str, first["loc"])) or "the body", first["msg"])
        raise _unexpected(operation, answer, attempts, what) from None


def _unexpected(
    operation: Operation, answer: httpx.Response, attempts: int, what: str
) -> UnexpectedAnswer:
    error = UnexpectedAnswer(
        operation.name,
        "answered %d with a body that is not as documented: %s" % (answer.status_code, what),
        status=answer.status_code,
        attempts=attempts,
    )
    error.text = answer.text
    return error


def refusal(
    operation: Operation, answer: httpx.Response, attempts: int, secrets: tuple[str, ...]
) -> ApiError:
    """The error that an answer other than success means."""
    status = answer.status_code
    body = _error_body(answer)
    what = "answered %d %s" % (status, _phrase(status))
    if detail := _detail(body):
        what += " (%s)" % masked(detail, *secrets)[:_LONGEST_DETAIL]
    kind: type[ApiError] = ServerFault if status >= 500 else BY_STATUS.get(status, Refused)
    remedy = ""
    if operation.name == "token.get" and kind is not TooManyRequests and status < 500:
        kind = Unauthorized
    elif kind is NotFound and operation.method == "DELETE" and attempts > 1:
        remedy = "an attempt before this one, which got no answer, may have deleted it"
    elif kind is NotFound and operation.group == "sims":
        remedy = "check the identifier; SIMs of platform 2.0 are under sims_v2"
    elif 300 <= status < 400:
        remedy = "check base_url: the service sends the call elsewhere"
    error = kind(operation.name, what, status=status, body=body, attempts=attempts, remedy=remedy)
    if isinstance(error, TooManyRequests | ServerFault):
        error.retry_after_s = retry_after_s(answer.headers.get("Retry-After"))
    return error


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _error_body(answer: httpx.Response) -> ErrorBody | None:
    try:
        data = _JSON.validate_json(answer.content)
    except ValidationError:
        return None  # a gateway's page of HTML, or nothing
    if isinstance(data, dict):
        for name, shape in _SHAPES:
            if name in data:
                try:
                    return TypeAdapter(shape).validate_python(data)
                except ValidationError:
                    return None
    return None


def _detail(body: ErrorBody | None) -> str:
    if isinstance(body, OsError):
        errors = [
            each if isinstance(each, str) else json.dumps(each) for each in body.errors or ()
        ]
        return "; ".join(errors)
    if body is None:
        return ""
    code = getattr(body, "error_token", None) or getattr(body, "errorCode", None)
    return ": ".join(part for part in (code, body.message) if part)
