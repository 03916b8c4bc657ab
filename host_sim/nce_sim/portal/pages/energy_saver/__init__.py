"""Energy Saver: the templates, a workbench that judges one as it is written, and the savings."""

from nce_sim.portal.pages.energy_saver.page import build

__all__ = ["build"]
