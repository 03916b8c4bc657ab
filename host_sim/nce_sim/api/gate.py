"""The gate of a door: host, origin, size, token and rate, before anything else is looked at.

    app = Gate(management, access, rates, settings, timeline, {}, open_paths=("/oauth/token",))

An ASGI application around another. A request without a token learns nothing, not even whether a
path exists. Every request leaves a record on the world's timeline, without headers and bodies.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nce_sim.account.access.service import Caller
from nce_sim.api.bodies import CutShort, TooLarge, TooSlow, whole_body
from nce_sim.api.caller import CALLER, bearer_of
from nce_sim.api.rates import Rates
from nce_sim.api.sender import wrong_sender
from nce_sim.api.settings import ApiSettings
from nce_sim.api.shapes import door_path, refusal
from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import masked

# Identities of subscribers and devices in a path.
_LONG_NUMBER = re.compile("[0-9]{14,}")


class Doorkeeper(Protocol):
    """Whose token it is, and whether its bearer may use the door."""

    def caller_of(self, token: str) -> Caller | None: ...

    def may_enter(self, caller: Caller) -> bool: ...


# What a request meets that the door lets through: an answer, or None to go on.
Meet = Callable[[Request, Receive], Awaitable[Response | None]]


class Gate:
    """One door; `carried` goes along in each request's scope.

    `open_paths` need no token; one with a method before it ("POST /session") with that method.
    `meet(request, receive)` may answer what the door would let through. Paths in `looks` leave a
    record only when they are refused: a page that looks every second would fill the timeline.
    """

    def __init__(
        self,
        app: ASGIApp,
        doorkeeper: Doorkeeper,
        rates: Rates,
        settings: ApiSettings,
        timeline: Timeline,
        carried: Mapping[str, object],
        open_paths: tuple[str, ...],
        meet: Meet | None = None,
        looks: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._rates = rates
        self._settings = settings
        self._timeline = timeline
        self._carried = carried
        self._open_paths = open_paths
        self._meet = meet
        self._looks = looks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        scope.update(self._carried)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        request = Request(scope)
        most, patience_s = self._settings.body_max_bytes, self._settings.body_patience_s
        try:
            try:
                refused = self._refusal(request)
                body = b"" if refused else await whole_body(receive, most, patience_s)
            except TooLarge:
                refused = refusal(request, 413, f"the body has more than {most} bytes")
            except TooSlow:
                text = f"the body did not come within {patience_s:g} s"
                refused = refusal(request, 408, text, {"Connection": "close"})
            except CutShort:
                status = 400
                return
            if refused is None and self._meet is not None:
                refused = await self._meet(request, receive)
            if refused is not None:
                await refused(scope, receive, watched)
            else:
                await self._app(scope, _replayed(body, receive), watched)
        finally:
            self._note(request, status)

    def _refusal(self, request: Request) -> Response | None:
        """Why the request goes no further, or None; its caller is in the scope then."""
        headers, settings = request.headers, self._settings
        reason = wrong_sender(
            headers.get("host", ""), headers.get("origin"), settings.hosts, settings.origins
        )
        if reason is not None:
            return refusal(request, 403, reason)
        path = door_path(request)
        is_open = path in self._open_paths or f"{request.method} {path}" in self._open_paths
        token = bearer_of(request.scope["headers"])
        caller = self._doorkeeper.caller_of(token) if token and not is_open else None
        address = request.client.host if request.client else ""
        customer = None if caller is None else str(caller.organisation_id)
        retry_after_s = self._rates.take(path, customer, address)
        if retry_after_s is not None:
            return refusal(request, 429, "Too Many Requests", {"Retry-After": str(retry_after_s)})
        if is_open:
            return None
        if caller is None:
            return refusal(request, 401, "Unauthorized", {"WWW-Authenticate": "Bearer"})
        if not self._doorkeeper.may_enter(caller):
            return refusal(request, 403, f"the role {caller.role} may not call this API")
        request.scope[CALLER] = caller
        return None

    def _note(self, request: Request, status: int) -> None:
        if status < 400 and door_path(request) in self._looks:
            return
        caller: Any = request.scope.get(CALLER)
        self._timeline.add(
            "api",
            "request",
            method=request.method,
            path=_without_numbers(request.scope["path"]),
            status=status,
            organisation=None if caller is None else caller.organisation_id,
        )


def _without_numbers(path: str) -> str:
    parts = path.split("/")
    return "/".join(
        masked(part) if len(part) >= 15 and part.isdecimal() else part for part in parts
    )


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
