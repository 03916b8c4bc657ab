"""The service in the same process: the API's doors, asked over ASGI without a socket.

house = InProcess(lambda: app)              # the doors may be others after a snapshot
token = await house.sign_in("owner@example.com", "…", "127.0.0.1")
visit = await house.visit(token)
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from nce_api.errors import ApiError, Forbidden, TooManyRequests, Unauthorized
from nce_api.models.portal import Me, Session
from nce_api.retries import Retries
from nce_api.user_session import UserSession
from nce_sim.control.http import AsyncControl
from nce_sim.portal.visit import Refused, Visit

_BASE = "http://localhost"  # a name that the doors know as theirs
_PORTAL, _CONTROL = f"{_BASE}/portal-api", f"{_BASE}/_sim"
_TIMEOUT_S = 60.0
# In the same process nothing is lost on the way.
_ONCE = Retries(attempts=1)
STEER = "world.steer"


class InProcess:
    """The doors of `nce sim up`, for its own portal."""

    has_passwords = True

    def __init__(self, doors: Callable[[], ASGIApp]) -> None:
        async def enter(scope: Scope, receive: Receive, send: Send) -> None:
            await doors()(scope, receive, send)

        self._enter = enter
        self._transport = httpx.ASGITransport(enter)
        self._http = httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_S)

    async def sign_in(self, email: str, password: str, address: str) -> str:
        """The token of a new session; Refused."""
        try:
            async with self._from(address) as http:
                return _token(await self._session("", http).portal.sign_in(email, password))
        except (Unauthorized, ValueError) as error:
            raise Refused("The e-mail address or the password is wrong.") from error
        except ApiError as error:
            raise Refused(_why(error)) from error

    async def follow(self, code: str, address: str) -> str:
        """The token of a new session by the code of a link; Refused."""
        try:
            async with self._from(address) as http:
                return _token(await self._session("", http).portal.follow_link(code))
        except ApiError as error:
            raise Refused(_why(error)) from error

    async def visit(self, token: str) -> Visit | None:
        """Whose session it is, or None."""
        session = self._session(token)
        try:
            me: Me = await session.portal.me()
        except (Unauthorized, Forbidden):
            return None
        permissions = frozenset(me.permissions)
        control = None
        if STEER in permissions:
            control = AsyncControl(_CONTROL, token, transport=self._transport)
        return Visit(
            me.email,
            me.organisation,
            me.account_number,
            me.role,
            session,
            session.portal,
            control,
            permissions,
        )

    async def sign_out(self, token: str) -> None:
        """End the sessions of the user."""
        try:
            await self._session(token).portal.sign_out()
        except Unauthorized:
            return  # it has ended already

    async def close(self) -> None:
        """End the client."""
        await self._http.aclose()

    def _from(self, address: str) -> httpx.AsyncClient:
        """A client whose calls come from an address, as the doors see them."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._enter, client=(address, 0)))

    def _session(self, token: str, http: httpx.AsyncClient | None = None) -> UserSession:
        return UserSession(_PORTAL, token, http=http or self._http, retries=_ONCE)


def _token(session: Session) -> str:
    return session.access_token


def _why(error: ApiError) -> str:
    if isinstance(error, TooManyRequests):
        wait_s = round(error.retry_after_s or 60)
        return f"There were too many wrong attempts. Try again in {wait_s} seconds."
    message = getattr(error.body, "message", None)
    return str(message or error)
