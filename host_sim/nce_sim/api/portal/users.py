"""Portal users: list, add, change, delete; one's own password."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import SecretStr

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.service import Caller
from nce_sim.account.access.users import NewUser, User
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.bodies import Body, Shown
from nce_sim.api.portal.permission import needs
from nce_sim.problems import NotFound
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["Users"])
Seer = Annotated[Caller, needs("users.see")]


class AddUser(Body):
    """A new user; without a password one is made and shown once."""

    email: str
    first_name: str
    last_name: str
    role: Role
    password: SecretStr | None = None


class ChangeUser(Body):
    """What is to change."""

    first_name: str | None = None
    last_name: str | None = None
    role: Role | None = None
    state: Literal["ACTIVE", "DISABLED"] | None = None


class NewPassword(Body):
    """One's own new password."""

    password: SecretStr


class ShownUser(Shown):
    """A user as the list has it."""

    id: str
    email: str
    first_name: str
    last_name: str
    role: str
    state: str
    created: str


class AddedUser(ShownUser):
    """A new user with the password that was given or made."""

    password: str


@router.get("/users")
async def users(backend: TheBackend, caller: Seer) -> list[ShownUser]:
    """All users of the organisation."""
    found = backend.access.users.of(caller.organisation_id)
    return [ShownUser(**_fields(user)) for user in found]


@router.post("/users", status_code=201)
async def add(backend: TheBackend, caller: Seer, body: AddUser) -> AddedUser:
    """Add a user whose role the caller may manage."""
    password = None if body.password is None else body.password.get_secret_value()
    new = NewUser(body.email, body.first_name, body.last_name, body.role, password)
    issued = await backend.write(
        lambda work: backend.access.users.create(
            caller.organisation_id, new, caller.role, backend.wall_ms(), work
        )
    )
    return AddedUser(**_fields(issued.user), password=issued.password)


@router.patch("/users/{user_id}")
async def change(backend: TheBackend, caller: Seer, user_id: str, body: ChangeUser) -> ShownUser:
    """Change a user."""
    user = await backend.write(
        lambda work: backend.access.users.change(
            caller.organisation_id,
            user_id,
            by=caller.role,
            first_name=body.first_name,
            last_name=body.last_name,
            role=body.role,
            state=body.state,
            work=work,
        )
    )
    return ShownUser(**_fields(user))


@router.delete("/users/{user_id}", status_code=204)
async def delete(backend: TheBackend, caller: Seer, user_id: str) -> None:
    """Delete a user; its tokens end."""
    await backend.write(
        lambda work: backend.access.delete_user(caller.organisation_id, user_id, caller.role, work)
    )


@router.put("/password", status_code=204)
async def set_password(
    backend: TheBackend, caller: Annotated[Caller, needs("account.own_user")], body: NewPassword
) -> None:
    """The caller's own new password; all its tokens end."""
    user = backend.access.users.by_email(caller.name)
    if user is None:
        raise NotFound("the user was deleted meanwhile")
    await backend.write(
        lambda work: backend.access.set_password(
            caller.organisation_id, user.user_id, body.password.get_secret_value(), work
        )
    )


def _fields(user: User) -> dict[str, str]:
    return {
        "id": user.user_id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role.value,
        "state": user.state,
        "created": iso_time(user.created_ms),
    }
