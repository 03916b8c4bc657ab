"""Signing in to the portal by e-mail and password, and out again."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response
from pydantic import SecretStr

from nce_sim.account.access.service import BadCredentials
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.bodies import Body, Shown

router = APIRouter(tags=["Session"])


class SignIn(Body):
    """Who signs in."""

    email: str
    password: SecretStr


class Session(Shown):
    """The token of a session, and for how many seconds it is valid."""

    access_token: str
    expires_in: int


class Me(Shown):
    """Who is signed in."""

    organisation_id: int
    email: str
    role: str


@router.post("/sign-in")
async def sign_in(backend: TheBackend, body: SignIn, response: Response) -> Session:
    """A token for a portal user; 401 for a wrong password as for a wrong name."""
    response.headers["Cache-Control"] = "no-store"
    now_ms = backend.wall_ms()
    try:
        token = await backend.write(
            lambda work: backend.access.token_for(
                body.email, body.password.get_secret_value(), now_ms, work
            )
        )
    except BadCredentials as problem:
        raise HTTPException(401, str(problem), {"WWW-Authenticate": "Bearer"}) from problem
    return Session(access_token=token.text, expires_in=(token.expires_ms - now_ms) // 1000)


@router.get("/session")
async def me(caller: ManagementCaller) -> Me:
    """The user who is signed in."""
    return Me(organisation_id=caller.organisation_id, email=caller.name, role=caller.role)


@router.delete("/session", status_code=204)
async def sign_out(backend: TheBackend, caller: ManagementCaller) -> None:
    """End all tokens of the user."""
    backend.access.sign_out(caller)
