"""Signing in to the portal by e-mail and password, out again, and one's own password.

A session is a bearer token in a header; there is no cookie that a page elsewhere could use.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Response

from nce_sim.account.access.permissions import PERMISSIONS
from nce_sim.account.access.service import BadCredentials
from nce_sim.account.access.tokens import Token
from nce_sim.api.caller import PortalCaller
from nce_sim.api.guesses import TheAttempt
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Password, Shown
from nce_sim.api.portal.permission import may, needs
from nce_sim.problems import Forbidden
from nce_sim.storage import Work

router = APIRouter(tags=["Session"])
_NO_LINK = "this link was used, or is over; `nce sim up` prints another at its next start"


class SignIn(Body):
    """Who signs in."""

    email: Line
    password: Password


class FollowLink(Body):
    """The code of a link that signs in once."""

    code: Password


class NewPassword(Body):
    """One's own password, and the one after it."""

    current_password: Password
    password: Password


class Session(Shown):
    """The token of a session, and for how many seconds it is valid."""

    access_token: str
    expires_in: int


class Me(Shown):
    """Who is signed in, and what the role permits."""

    organisation_id: int
    organisation: str
    account_number: str
    email: str
    role: str
    permissions: list[str]


@router.post("/session", status_code=201)
async def sign_in(
    backend: TheBackend, attempt: TheAttempt, body: SignIn, response: Response
) -> Session:
    """A token for a portal user; 401 for a wrong password as for a wrong name."""

    def make(now_ms: int, work: Work) -> Token:
        password = body.password.get_secret_value()
        return backend.access.session_for(body.email, password, now_ms, work)

    return await _begun(backend, attempt, response, make)


@router.post("/session/link", status_code=201)
async def follow_link(
    backend: TheBackend, attempt: TheAttempt, body: FollowLink, response: Response
) -> Session:
    """A token for the user that a link was made for; 401 for one that is used, over or unknown."""

    def make(now_ms: int, work: Work) -> Token:
        return backend.access.session_by_link(body.code.get_secret_value(), now_ms, work)

    return await _begun(backend, attempt, response, make, _NO_LINK)


async def _begun(
    backend: TheBackend,
    attempt: TheAttempt,
    response: Response,
    make: Callable[[int, Work], Token],
    refusal: str | None = None,
) -> Session:
    """The session that `make` begins; 401 with `refusal`, or with its own words."""
    response.headers["Cache-Control"] = "no-store"
    now_ms = backend.wall_ms()
    try:
        async with attempt:
            token = await backend.write(lambda work: make(now_ms, work))
    except BadCredentials as problem:
        text = refusal or str(problem)
        raise HTTPException(401, text, {"WWW-Authenticate": "Bearer"}) from problem
    return Session(access_token=token.text, expires_in=(token.expires_ms - now_ms) // 1000)


@router.get("/session", **needs("users.own"))
async def me(backend: TheBackend, caller: PortalCaller) -> Me:
    """The user who is signed in."""
    organisation = backend.organisations.get(caller.organisation_id)
    return Me(
        organisation_id=caller.organisation_id,
        organisation=organisation.name,
        account_number=organisation.account_number,
        email=caller.name,
        role=caller.role,
        permissions=[name for name in PERMISSIONS if may(backend, caller, name)],
    )


@router.delete("/session", status_code=204, **needs("users.own"))
async def sign_out(backend: TheBackend, caller: PortalCaller) -> None:
    """End all sessions of the user."""
    await backend.write(lambda work: backend.access.sign_out(caller, work))


@router.put("/session/password", status_code=204, **needs("account.own_user"))
async def change_password(
    backend: TheBackend, caller: PortalCaller, attempt: TheAttempt, body: NewPassword
) -> None:
    """The caller's own new password; all its tokens end."""
    current, new = body.current_password.get_secret_value(), body.password.get_secret_value()
    try:
        async with attempt:
            await backend.write(
                lambda work: backend.access.change_password(caller, current, new, work)
            )
    except BadCredentials as problem:
        raise Forbidden("the current password is wrong; give the one you signed in with") from (
            problem
        )
