"""Account: customer and user data, mail, payment, addresses, credentials (1nce_os_2.md, 3.4)."""

from __future__ import annotations

from fastapi import Request

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.account import (
    addresses,
    credentials,
    customer,
    emails,
    own_user,
    payment,
)
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box
from nce_sim.portal.visit import NO_PORTAL

_SECTIONS = (customer, own_user, emails, payment, addresses, credentials)


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/account", "Account") as frame:
        portal = frame.visit.portal
        if portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            return
        with box("div", "grid"):
            for section in _SECTIONS:
                await section.show(frame, portal)
