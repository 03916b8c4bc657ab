"""The doors as one ASGI application.

    app = create_app(backend)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

`/management-api` is 1NCE's, exactly; its operations are in `management/`. The document that
FastAPI makes of them is at `/management-api/openapi.json`, its page at `/management-api/docs`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount

from nce_sim.account.access.service import Caller
from nce_sim.api.downloads import downloads
from nce_sim.api.gate import Gate
from nce_sim.api.management import ROUTERS
from nce_sim.api.onboarding import onboarding
from nce_sim.api.platform import BACKEND
from nce_sim.api.rates import Rates
from nce_sim.api.settings import ApiSettings
from nce_sim.api.shapes import door_path, group_of, refusal, status_of
from nce_sim.backend import Backend
from nce_sim.problems import Problem, Unavailable

MANAGEMENT = "/management-api"
_RETRY_AFTER_S = 1  # [U] when the database did not take a write
_OPEN_PATHS = ("/oauth/token", "/docs", "/openapi.json")


def create_app(backend: Backend, settings: ApiSettings | None = None) -> Starlette:
    """All doors of one backend."""
    settings = settings or ApiSettings()
    gate = Gate(
        management(),
        _Bearers(backend),
        Rates(settings.limits, backend.clock),
        settings,
        backend.timeline,
        {BACKEND: backend},
        _OPEN_PATHS,
    )
    return Starlette(
        routes=[Mount(MANAGEMENT, app=gate), *downloads(backend), *onboarding(backend)]
    )


@cache
def management() -> FastAPI:
    """The operations, made once: a request brings its backend along."""
    app = FastAPI(
        title="1NCE Management API, simulated", version="1", redoc_url=None, redirect_slashes=False
    )
    for router in ROUTERS:
        app.include_router(router)
    _say_no(app)
    return app


class _Bearers:
    """Tokens of the account, for whoever may call the management API."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def caller_of(self, token: str) -> Caller | None:
        return self._backend.access.caller_of(token, self._backend.wall_ms())

    def may_enter(self, caller: Caller) -> bool:
        return self._backend.access.may(caller, "api.call")


def _say_no(app: FastAPI) -> None:
    """Errors in the shapes of 1NCE's documents."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(_RETRY_AFTER_S)
        status = status_of(error, group_of(door_path(request)))
        return refusal(request, status, str(error), headers)

    @app.exception_handler(RequestValidationError)
    async def wrong_request(request: Request, error: RequestValidationError) -> JSONResponse:
        status = group_of(door_path(request)).wrong_request
        return refusal(request, status, "; ".join(_told(item) for item in error.errors()))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        return refusal(request, error.status_code, str(error.detail), headers)


def _told(item: dict[str, Any]) -> str:
    """A mistake of a request; never its value, which may be a key."""
    return f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
