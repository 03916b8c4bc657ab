"""`/_sim`: control of the running world over HTTP, with the verbs of `nce_sim.control`.

    POST /_sim/verbs/coverage   {"state": "off"}
    GET  /_sim/journal?kind=request&limit=50
    GET  /_sim/metrics          # for Prometheus
    GET  /_sim/ready            # 200 once the world takes requests; the only one without a token

The token is made at each start and printed there; a portal user who may steer the world brings the
token of a session. Everything a verb does is on the timeline.
"""

from __future__ import annotations

import hmac
from functools import cache
from typing import Annotated, Any, cast

from fastapi import Body, Depends, FastAPI, HTTPException, Query, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from nce_sim.account.access.service import Caller, Kind, Role
from nce_sim.api.caller import bearer_of
from nce_sim.api.gate import Gate
from nce_sim.api.journal import (
    LONGEST_WAIT_MS,
    Asked,
    journal_page,
    newest_page,
    next_record,
)
from nce_sim.api.metrics import metrics_text
from nce_sim.api.platform import BACKEND, TheBackend
from nce_sim.api.portal.permission import STEER, may
from nce_sim.api.rates import Rates
from nce_sim.api.refusals import say_no
from nce_sim.api.settings import ApiSettings
from nce_sim.backend import Backend
from nce_sim.control.parameters import BadRequest, Choice, taken
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS
from nce_sim.problems import Conflict, Invalid, NotFound

CONTROL = "/_sim"
_OPEN_PATHS = ("/ready", "/docs", "/openapi.json")
_REACH, _KEY = "nce.reach", "nce.control_key"
_LOOKS = frozenset(
    {"/ready", "/verbs", "/journal", "/metrics"}
    | {f"/verbs/{name}" for name, verb in VERBS.items() if verb.is_look}
)


def control_door(reach: Reach, settings: ApiSettings, token: str) -> Gate:
    """The door for whoever has the token, and for portal users who may steer the world."""
    backend = reach.services
    key = _Key(backend, token)
    return Gate(
        control_app(),
        key,
        Rates({}, backend.clock),
        settings,
        backend.timeline,
        {BACKEND: backend, _REACH: reach, _KEY: key},
        _OPEN_PATHS,
        looks=_LOOKS,
    )


class _Key:
    """The token of control, or the session of a portal user who may steer the world."""

    def __init__(self, backend: Backend, token: str) -> None:
        self._backend = backend
        self._token = token.encode()
        organisation_id = backend.world.settings.account.organisation_id
        self._caller = Caller(organisation_id, Kind.CREDENTIAL, Role.API, "control")

    def caller_of(self, token: str) -> Caller | None:
        if hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            return self._caller
        caller = self._backend.access.caller_of(token, self._backend.wall_ms())
        return caller if caller is not None and caller.kind is Kind.USER else None

    def may_enter(self, caller: Caller) -> bool:
        return caller is self._caller or may(self._backend, caller, STEER)


def _check_again(request: Request) -> None:
    """Refuse somebody whose session ended while the request waited."""
    key = cast(_Key, request.scope[_KEY])
    caller = key.caller_of(bearer_of(request.scope["headers"]) or "")
    if caller is None or not key.may_enter(caller):
        raise HTTPException(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})


async def _reach(request: Request) -> Reach:
    return cast(Reach, request.scope[_REACH])


TheReach = Annotated[Reach, Depends(_reach)]


@cache
def control_app() -> FastAPI:
    """The operations, made once: a request brings its world along."""
    app = FastAPI(title="Control of a simulated world", version="1", redoc_url=None)
    say_no(app)

    @app.get("/ready")
    async def ready() -> dict[str, bool]:
        """The world takes requests."""
        return {"ready": True}

    @app.get("/verbs")
    async def verbs() -> list[dict[str, Any]]:
        """All verbs: what they do, and their parameters."""
        return [
            {
                "verb": name,
                "summary": verb.summary,
                "parameters": sorted(verb.parameters),
                "choices": {
                    parameter: list(found.values)
                    for parameter, found in verb.parameters.items()
                    if isinstance(found, Choice)
                },
            }
            for name, verb in VERBS.items()
        ]

    @app.post("/verbs/{name}")
    async def run(
        name: str, reach: TheReach, arguments: Annotated[dict[str, Any] | None, Body()] = None
    ) -> Response:
        """Do one verb; its result."""
        verb = VERBS.get(name)
        if verb is None:
            raise NotFound(f"there is no verb {name!r}; choose one of {', '.join(VERBS)}")
        try:
            values = taken(verb.parameters, arguments or {})
            # The arguments stay out of the record: an SMS is private.
            if not verb.is_look:
                reach.world.timeline.add("control", "control", verb=name)
            return JSONResponse(await verb.run(reach, values))
        except BadRequest as error:
            raise Invalid(str(error)) from error
        except Refused as error:
            raise Conflict(str(error)) from error

    @app.get("/journal")
    async def journal(
        request: Request,
        backend: TheBackend,
        kind: str | None = None,
        source: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        wait_ms: Annotated[int, Query(ge=0, le=LONGEST_WAIT_MS)] = 0,
        *,
        newest: bool = False,
    ) -> Response:
        """Records of the timeline, oldest first; `next` is the `after` of the next page.

        `kind` and `source` take several names with commas between them. `newest` gives the last
        ones, with nothing between them and `next`. Where there are none, the answer waits so long
        for the first.
        """
        asked = Asked.of(kind, source, limit)
        if newest:
            return JSONResponse(newest_page(backend, asked))
        page = journal_page(backend, asked, after)
        if not page["items"] and wait_ms:
            await next_record(backend.timeline, asked, wait_ms / 1000)
            _check_again(request)
            page = journal_page(backend, asked, after)
        return JSONResponse(page)

    @app.get("/metrics")
    async def metrics(backend: TheBackend) -> Response:
        """Counters and gauges in Prometheus' text format."""
        return PlainTextResponse(metrics_text(backend), media_type="text/plain; version=0.0.4")

    return app
