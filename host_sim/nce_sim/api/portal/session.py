"""Signing in to the portal by e-mail and password, out again, and one's own password.

A session is a bearer token in a header; there is no cookie that a page elsewhere could use.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from nce_sim.account.access.service import BadCredentials
from nce_sim.api.caller import PortalCaller
from nce_sim.api.guesses import TheAttempt
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Password, Shown
from nce_sim.api.portal.permission import needs
from nce_sim.problems import Forbidden

router = APIRouter(tags=["Session"])


class SignIn(Body):
    """Who signs in."""

    email: Line
    password: Password


class NewPassword(Body):
    """One's own password, and the one after it."""

    current_password: Password
    password: Password


class Session(Shown):
    """The token of a session, and for how many seconds it is valid."""

    access_token: str
    expires_in: int


class Me(Shown):
    """Who is signed in."""

    organisation_id: int
    email: str
    role: str


@router.post("/session", status_code=201)
async def sign_in(
    backend: TheBackend, attempt: TheAttempt, body: SignIn, response: Response
) -> Session:
    """A token for a portal user; 401 for a wrong password as for a wrong name."""
    response.headers["Cache-Control"] = "no-store"
    now_ms = backend.wall_ms()
    try:
        with attempt:
            token = await backend.write(
                lambda work: backend.access.session_for(
                    body.email, body.password.get_secret_value(), now_ms, work
                )
            )
    except BadCredentials as problem:
        raise HTTPException(401, str(problem), {"WWW-Authenticate": "Bearer"}) from problem
    return Session(access_token=token.text, expires_in=(token.expires_ms - now_ms) // 1000)


@router.get("/session", **needs("users.own"))
async def me(caller: PortalCaller) -> Me:
    """The user who is signed in."""
    return Me(organisation_id=caller.organisation_id, email=caller.name, role=caller.role)


@router.delete("/session", status_code=204, **needs("users.own"))
async def sign_out(backend: TheBackend, caller: PortalCaller) -> None:
    """End all tokens of the user."""
    backend.access.sign_out(caller)


@router.put("/session/password", status_code=204, **needs("account.own_user"))
async def change_password(
    backend: TheBackend, caller: PortalCaller, attempt: TheAttempt, body: NewPassword
) -> None:
    """The caller's own new password; all its tokens end."""
    current, new = body.current_password.get_secret_value(), body.password.get_secret_value()
    try:
        with attempt:
            await backend.write(
                lambda work: backend.access.change_password(caller, current, new, work)
            )
    except BadCredentials as problem:
        raise Forbidden("the current password is wrong; give the one you signed in with") from (
            problem
        )
