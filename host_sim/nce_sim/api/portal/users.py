"""Portal users: list, add, change, disable, delete.

What the role of the managed user asks for beyond `users.manage_others`, the service checks.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import DISABLED, NewUser, User
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Password, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time
from nce_sim.storage import Work

router = APIRouter(tags=["Users"])
AnyRole = Annotated[Role, Field(strict=False)]


class AddUser(Body):
    """A new user; without a password one is made and shown once."""

    email: Line
    first_name: Line
    last_name: Line
    role: AnyRole
    password: Password | None = None
    newsletter: bool = False
    notifications: bool = False  # of outages and maintenance


class ChangeUser(Body):
    """What is to change."""

    first_name: Line | None = None
    last_name: Line | None = None
    role: AnyRole | None = None
    state: Literal["ACTIVE", "DISABLED"] | None = None
    newsletter: bool | None = None
    notifications: bool | None = None


class ShownUser(Shown):
    """A user as the list has it."""

    id: str
    email: str
    first_name: str
    last_name: str
    role: str
    state: str
    newsletter: bool
    notifications: bool
    created: str
    last_signed_in: str | None


class AddedUser(ShownUser):
    """A new user with the password that was given or made."""

    password: str


@router.get("/users", **needs("users.see"))
async def users(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownUser]:
    """The users of the organisation, the oldest first."""
    found = backend.access.users.of(caller.organisation_id)
    return [ShownUser(**_fields(user)) for user in cut(found, page, response)]


@router.post("/users", status_code=201, **needs("users.manage_others"))
async def add(
    backend: TheBackend, caller: PortalCaller, body: AddUser, response: Response
) -> AddedUser:
    """Add a user whose role the caller may manage."""
    response.headers["Cache-Control"] = "no-store"
    password = None if body.password is None else body.password.get_secret_value()
    new = NewUser(
        body.email,
        body.first_name,
        body.last_name,
        body.role,
        password,
        body.newsletter,
        body.notifications,
    )
    issued = await backend.write(
        lambda work: backend.access.users.create(
            caller.organisation_id, new, caller.role, backend.wall_ms(), work
        )
    )
    return AddedUser(**_fields(issued.user), password=issued.password)


@router.patch("/users/{user_id}", **needs("users.manage_others"))
async def change(
    backend: TheBackend, caller: PortalCaller, user_id: str, body: ChangeUser
) -> ShownUser:
    """Change a user; the tokens of one that is disabled end."""

    def write(work: Work) -> User:
        user = backend.access.users.change(
            caller.organisation_id,
            user_id,
            by=caller.role,
            first_name=body.first_name,
            last_name=body.last_name,
            role=body.role,
            state=body.state,
            newsletter=body.newsletter,
            notifications=body.notifications,
            work=work,
        )
        if user.state == DISABLED:
            backend.access.end_sessions(user, work)
        return user

    return ShownUser(**_fields(await backend.write(write)))


@router.delete("/users/{user_id}", status_code=204, **needs("users.manage_others"))
async def delete(backend: TheBackend, caller: PortalCaller, user_id: str) -> None:
    """Delete a user; its tokens end."""
    await backend.write(
        lambda work: backend.access.delete_user(caller.organisation_id, user_id, caller.role, work)
    )


def _fields(user: User) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role.value,
        "state": user.state,
        "newsletter": bool(user.newsletter),
        "notifications": bool(user.notifications),
        "created": iso_time(user.created_ms),
        "last_signed_in": None if user.last_used_ms is None else iso_time(user.last_used_ms),
    }
