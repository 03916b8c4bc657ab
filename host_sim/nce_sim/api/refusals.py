"""What a route raises, as an answer in the shape of its group.

say_no(app)                     # on each FastAPI application behind a gate
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import compile_path

from nce_sim.api.shapes import door_path, group_for, refusal, status_of
from nce_sim.problems import Problem, Unavailable

_RETRY_AFTER_S = 1  # [U] when the database did not take a write


def say_no(app: FastAPI) -> None:
    """Errors in the shapes of 1NCE's documents."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(_RETRY_AFTER_S)
        status = status_of(error, group_for(request))
        return refusal(request, status, str(error), headers)

    @app.exception_handler(RequestValidationError)
    async def wrong_request(request: Request, error: RequestValidationError) -> JSONResponse:
        status = group_for(request).wrong_request
        mistakes = [_told(item) for item in error.errors()]
        if not _is_json(request) and any(map(_is_of_whole_body, error.errors())):
            mistakes.append("send the header Content-Type: application/json")
        return refusal(request, status, "; ".join(mistakes))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _methods(app, request) or _sorted(headers["Allow"])
        return refusal(request, error.status_code, str(error.detail), headers)


def _sorted(methods: str) -> str:
    """In the same order in each run: they come from a set."""
    return ", ".join(sorted(methods.split(", ")))


def _methods(app: FastAPI, request: Request) -> str | None:
    """The methods of a path (RFC 9110, 10.2.1): each has a route of its own, which knows one."""
    path, paths = door_path(request), app.openapi()["paths"]
    fitting = [template for template in paths if compile_path(template)[0].match(path)]
    if not fitting:
        return None
    # OpenAPI, Path Templating: a path without parameters comes before one with them.
    item = paths[min(fitting, key=lambda template: template.count("{"))]
    return ", ".join(sorted(method.upper() for method in item))


def _told(item: dict[str, Any]) -> str:
    """A mistake of a request; never its value, which may be a key."""
    return f"{'.'.join(map(str, item['loc']))}: {item['msg']}"


def _is_json(request: Request) -> bool:
    """Whether the header says so: without it FastAPI takes the body for plain bytes."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _is_of_whole_body(item: dict[str, Any]) -> bool:
    return bool(item["loc"] == ("body",) and item["type"] != "missing")
