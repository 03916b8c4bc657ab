"""Who calls: the bearer of a token, and what the doors ask about it.

async def products(caller: ManagementCaller) -> ...:
    caller.organisation_id
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from nce_sim.account.access.service import Caller

CALLER = "nce.caller"  # in the scope of a request
_SCHEME = "bearer "


def bearer_of(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The token of an `Authorization: Bearer` header (RFC 6750, 2.1), or None."""
    for name, value in headers:
        if name == b"authorization":
            text = value.decode("latin-1")
            if text[: len(_SCHEME)].lower() == _SCHEME:
                return text[len(_SCHEME) :].strip() or None
    return None


async def _caller(request: Request) -> Caller:
    return cast(Caller, request.scope[CALLER])


# The gate has let this caller through before the route is looked for.
ManagementCaller = Annotated[Caller, Depends(_caller)]
PortalCaller = ManagementCaller
