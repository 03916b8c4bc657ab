"""The permission that an operation of the portal needs.

@router.get("/users")
async def users(caller: Annotated[Caller, needs("users.see")]) -> ...:
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends

from nce_sim.account.access.permissions import PERMISSIONS
from nce_sim.account.access.service import Caller
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.platform import TheBackend
from nce_sim.problems import Forbidden


def needs(permission: str) -> Any:
    """The caller, when its role has the permission; Forbidden (403) else."""
    if permission not in PERMISSIONS:
        raise ValueError(f"there is no permission {permission!r}")

    async def check(backend: TheBackend, caller: ManagementCaller) -> Caller:
        if not backend.access.may(caller, permission):
            raise Forbidden(f"the role {caller.role} has no permission {permission!r}")
        return caller

    return Depends(check)
