"""The one permission that an operation of the portal needs, declared in its decorator.

@router.get("/users", **needs("users.see"))
async def users(backend: TheBackend, caller: PortalCaller) -> ...:

It is in the OpenAPI document as well, so a page can tell beforehand what a role may do.
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends
from fastapi.security import HTTPBearer

from nce_sim.account.access.permissions import PERMISSIONS
from nce_sim.account.access.service import Caller
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.backend import Backend
from nce_sim.problems import Forbidden

STEER = "world.steer"
PERMISSION = "x-permission"  # of an operation in the document
# For the document alone: the gate has looked at the token.
_BEARER = Depends(HTTPBearer(auto_error=False))


def no_permission(caller: Caller, permission: str) -> str:
    """Why the caller is refused."""
    return f"the role {caller.role} has no permission {permission!r}"


def may(backend: Backend, caller: Caller, permission: str) -> bool:
    """Whether the caller has a permission; the world is for users of its own account alone."""
    if (
        permission == STEER
        and caller.organisation_id != backend.world.settings.account.organisation_id
    ):
        return False
    return backend.access.may(caller, permission)


def needs(permission: str) -> dict[str, Any]:
    """The keywords of a route that a role without the permission is refused (403)."""
    if permission not in PERMISSIONS:
        raise ValueError(f"there is no permission {permission!r}")

    async def check(backend: TheBackend, caller: PortalCaller) -> None:
        if not may(backend, caller, permission):
            raise Forbidden(no_permission(caller, permission))

    return {
        "dependencies": [_BEARER, Depends(check)],
        "openapi_extra": {PERMISSION: permission},
    }
