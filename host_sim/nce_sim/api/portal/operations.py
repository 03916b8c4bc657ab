"""The Management API for portal users: the same operations, each with the permission it needs.

    GET /portal-api/management-api/v2/sims        # with the token of a session

At `/management-api` a client id has all of it. Behind the pages of the portal a user does what the
role permits (1nce_os_2.md, 3.5), and the server is who refuses.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from nce_api.operations import OPERATIONS, Operation
from nce_sim.api.caller import CALLER
from nce_sim.api.platform import BACKEND
from nce_sim.api.portal.permission import may, no_permission
from nce_sim.api.shapes import PORTAL, door_path, refusal

DOOR = f"{PORTAL}/management-api"

# What differs from its group.
_NAMED = {
    "sims.update": "sims.state",
    "sims.update_many": "sims.state",
    "sims.transfer": "organisation.sim_transfer",
    "sims.reset": "sims.reset",
    "sims.send_sms": "sims.send_sms",
    "sims.cancel_sms": "sims.send_sms",
    "sims.top_up": "sims.top_up",
    "sims.top_up_many": "sims.top_up",
    "sims.extend": "sims.top_up",
    "sims.set_auto_top_up": "sims.auto_top_up",
    "sims.limits": "configuration.monthly_limit",
    "sims.set_limits": "configuration.monthly_limit",
    "sims.selectable_limits": "configuration.monthly_limit",
    "orders.create": "orders.create",
    "settings.accept": "os.accept",
    "support.create": "support.create",
}
# [U] The table of 1NCE knows one permission for all of 1NCE OS; the other one is ours.
_GROUPS = {"sims": "sims.see", "orders": "orders.see", "products": "orders.see"}
_GROUPS |= {"support": "support.see"}


def permission_of(operation: Operation) -> str:
    """The permission that a user needs for an operation."""
    group = operation.group.removesuffix("_v2")
    name = operation.name.replace("_v2", "")
    if name in _NAMED:
        return _NAMED[name]
    if group in _GROUPS:
        return _GROUPS[group]
    return "os.open" if operation.method == "GET" else "os.change"


def _pattern(operation: Operation) -> re.Pattern[str]:
    parts = re.split(r"({\w+})", operation.path)
    return re.compile("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts))


# A path without a parameter is looked for first: `/v1/sims/limits` is no SIM.
_PATTERNS = [
    (operation, _pattern(operation))
    for operation in sorted(OPERATIONS, key=lambda one: len(one.path_parameters))
    if operation.group != "token"
]


async def permitted(request: Request, receive: Receive) -> Response | None:
    """The answer to a user who may not do it, or None."""
    path = door_path(request)
    for operation, pattern in _PATTERNS:
        if operation.method == request.method and pattern.fullmatch(path):
            caller, permission = request.scope[CALLER], permission_of(operation)
            if may(request.scope[BACKEND], caller, permission):
                return None
            return refusal(request, 403, no_permission(caller, permission))
    return refusal(request, 404, "there is no such operation; /management-api/docs lists them")
