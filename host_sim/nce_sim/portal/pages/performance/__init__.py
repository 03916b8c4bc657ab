"""Performance: components with their states, incidents, and the simulator's own health."""

from __future__ import annotations

from fastapi import Request

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.performance import components, health
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box
from nce_sim.portal.visit import NO_PORTAL


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/performance", "Performance") as frame:
        if frame.visit.portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            return
        with box("div", "grid"):
            await components.show(frame, frame.visit.portal)
            await health.show(frame)
