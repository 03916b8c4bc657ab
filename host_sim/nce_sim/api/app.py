"""The doors as one ASGI application.

    app = create_app(backend)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

`/management-api` is 1NCE's, exactly; its operations are in `management/`. `/portal-api` is what
1NCE has in its portal alone; its operations are in `portal/`. The document that FastAPI makes of
each is at its `/openapi.json`, its page at `/docs`.
"""

from __future__ import annotations

from functools import cache

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from nce_sim.account.access.service import Caller, Kind, Role
from nce_sim.api.control import CONTROL, control_door
from nce_sim.api.downloads import downloads
from nce_sim.api.gate import Gate
from nce_sim.api.guesses import GUESSES, Guesses
from nce_sim.api.management import ROUTERS
from nce_sim.api.onboarding import onboarding
from nce_sim.api.outage import met
from nce_sim.api.platform import BACKEND
from nce_sim.api.portal import REFUSED
from nce_sim.api.portal import ROUTERS as PORTAL_ROUTERS
from nce_sim.api.portal.operations import DOOR, permitted
from nce_sim.api.rates import Rates
from nce_sim.api.refusals import say_no
from nce_sim.api.settings import ApiSettings
from nce_sim.api.shapes import MANAGEMENT, PORTAL
from nce_sim.backend import Backend
from nce_sim.control.verb import Reach

_OPEN_PATHS = ("/oauth/token", "/docs", "/openapi.json")
_OPEN_PORTAL_PATHS = ("POST /session", "POST /session/link", "/docs", "/openapi.json")


def create_app(
    backend: Backend,
    settings: ApiSettings | None = None,
    *,
    control_token: str | None = None,
    reach: Reach | None = None,
) -> Starlette:
    """All doors of one backend; without a token there is none to control the world.

    `reach` is what control acts on, by default this backend and its world.
    """
    settings = settings or ApiSettings()
    # One for both doors: a user's password is good for a token at either.
    carried = {
        BACKEND: backend,
        GUESSES: Guesses(settings.failed_sign_ins, backend.clock),
    }
    gate = Gate(
        management(),
        _Bearers(backend),
        Rates(settings.limits, backend.clock),
        settings,
        backend.timeline,
        carried,
        _OPEN_PATHS,
        lambda request, receive: met(request, backend.troubles, receive),
    )
    portal_gate = Gate(
        portal(),
        _PortalUsers(backend),
        Rates({}, backend.clock),  # [D] the portal is exempt; guessing passwords is not
        settings,
        backend.timeline,
        carried,
        _OPEN_PORTAL_PATHS,
    )
    users_gate = Gate(
        management(),
        _PortalUsers(backend),
        Rates({}, backend.clock),  # [D] as above
        settings,
        backend.timeline,
        carried,
        (),
        permitted,
    )
    own: list[BaseRoute] = [*downloads(backend), *onboarding(backend)]
    routes = [
        Mount(MANAGEMENT, app=gate),
        Mount(DOOR, app=users_gate),
        Mount(PORTAL, app=portal_gate),
        *own,
    ]
    if control_token is not None:
        routes.append(
            Mount(
                CONTROL,
                app=control_door(reach or Reach(backend.world, backend), settings, control_token),
            )
        )
    return Starlette(routes=routes)


@cache
def management() -> FastAPI:
    """The operations, made once: a request brings its backend along."""
    app = FastAPI(
        title="1NCE Management API, simulated", version="1", redoc_url=None, redirect_slashes=False
    )
    for router in ROUTERS:
        app.include_router(router)
    say_no(app)
    return app


@cache
def portal() -> FastAPI:
    """The operations of the portal, made once."""
    app = FastAPI(
        title="1NCE portal, simulated", version="1", redoc_url=None, redirect_slashes=False
    )
    for router in PORTAL_ROUTERS:
        app.include_router(router, responses=REFUSED)
    say_no(app)
    return app


class _Bearers:
    """Tokens of the account, for whoever may call the management API."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def caller_of(self, token: str) -> Caller | None:
        return self._backend.access.caller_of(token, self._backend.wall_ms())

    def may_enter(self, caller: Caller) -> bool:
        return self._backend.access.may(caller, "api.call")


class _PortalUsers(_Bearers):
    """Tokens of portal users; what each may do depends on its role.

    [D] The portal knows the API user, but does not let it in.
    """

    def may_enter(self, caller: Caller) -> bool:
        return caller.kind is Kind.USER and caller.role is not Role.API
