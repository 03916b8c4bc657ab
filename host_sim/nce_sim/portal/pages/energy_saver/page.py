"""The page: savings, the templates of the account, and the workbench."""

from __future__ import annotations

from fastapi import Request

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.energy_saver.sample import SampleCard
from nce_sim.portal.pages.energy_saver.savings import SavingsCard
from nce_sim.portal.pages.energy_saver.templates import Templates
from nce_sim.portal.pages.energy_saver.workbench import Workbench
from nce_sim.portal.parts.tags import box


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/energy-saver", "Energy Saver") as frame:
        workbench = Workbench(frame)
        templates = Templates(frame, workbench.open)
        savings = SavingsCard(frame)
        with box("div", "grid"):
            await templates.build()
            await savings.build()
            workbench.build(templates.build_form)
            sample = SampleCard(frame, workbench, savings.renew)
            await sample.build()
