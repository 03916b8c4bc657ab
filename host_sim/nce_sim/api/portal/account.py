"""The caller's own user data, and the additional e-mail addresses of the organisation."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from nce_sim.account.access.service import BadCredentials
from nce_sim.account.access.users import User
from nce_sim.account.organisations.emails import AdditionalEmail
from nce_sim.api.caller import PortalCaller
from nce_sim.api.guesses import TheAttempt
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Password, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs
from nce_sim.problems import Forbidden

router = APIRouter(tags=["Account"])
_OWN = needs("account.own_user")
_EMAILS = needs("account.add_email")


class OwnUser(Shown):
    """The user who calls; a salutation is "1" (Mr), "2" (Ms) or null."""

    email: str
    salutation: str | None
    first_name: str
    last_name: str
    role: str
    newsletter: bool
    notifications: bool  # of outages and maintenance


class ChangeOwnUser(Body):
    """What is to change; an empty salutation takes it away."""

    salutation: Literal["1", "2", ""] | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    newsletter: bool | None = None
    notifications: bool | None = None


class NewEmail(Body):
    """One's own password, and the address to sign in with from now on."""

    current_password: Password
    email: Line


class AddEmail(Body):
    """Another address, and what is sent there."""

    kind: Literal["INVOICE", "VOLUME"]
    email: Line


class ShownEmail(Shown):
    """An additional address."""

    id: str
    kind: str
    email: str


@router.get("/session/user", **_OWN)
async def own_user(backend: TheBackend, caller: PortalCaller) -> OwnUser:
    """The user who is signed in."""
    return _own(backend.access.user_of(caller))


@router.patch("/session/user", **_OWN)
async def change_own_user(
    backend: TheBackend, caller: PortalCaller, body: ChangeOwnUser
) -> OwnUser:
    """Change one's own salutation, name, and what one is sent."""
    changed = await backend.write(
        lambda work: backend.access.users.change_own(
            backend.access.user_of(caller), **body.model_dump(), work=work
        )
    )
    return _own(changed)


@router.put("/session/email", **_OWN)
async def change_email(
    backend: TheBackend, caller: PortalCaller, attempt: TheAttempt, body: NewEmail
) -> OwnUser:
    """Change the address that one signs in with; sessions go on."""
    password = body.current_password.get_secret_value()
    try:
        async with attempt:
            changed = await backend.write(
                lambda work: backend.access.change_email(caller, password, body.email, work)
            )
    except BadCredentials as problem:
        raise Forbidden("the current password is wrong; give the one you signed in with") from (
            problem
        )
    return _own(changed)


@router.get("/organisation/emails", **needs("account.see"))
async def emails(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownEmail]:
    """Where invoices and notifications of the volume go besides."""
    found = backend.organisations.emails.of(caller.organisation_id)
    return [_email(entry) for entry in cut(found, page, response)]


@router.post("/organisation/emails", status_code=201, **_EMAILS)
async def add_email(backend: TheBackend, caller: PortalCaller, body: AddEmail) -> ShownEmail:
    """Add an address."""
    entry = await backend.write(
        lambda work: backend.organisations.emails.add(
            caller.organisation_id, body.kind, body.email, work
        )
    )
    return _email(entry)


@router.delete("/organisation/emails/{email_id}", status_code=204, **_EMAILS)
async def delete_email(backend: TheBackend, caller: PortalCaller, email_id: str) -> None:
    """Delete an address."""
    await backend.write(
        lambda work: backend.organisations.emails.delete(caller.organisation_id, email_id, work)
    )


def _own(user: User) -> OwnUser:
    return OwnUser(
        email=user.email,
        salutation=user.salutation,
        first_name=user.first_name,
        last_name=user.last_name,
        role=user.role.value,
        newsletter=bool(user.newsletter),
        notifications=bool(user.notifications),
    )


def _email(entry: AdditionalEmail) -> ShownEmail:
    return ShownEmail(id=entry.email_id, kind=entry.kind, email=entry.email)
