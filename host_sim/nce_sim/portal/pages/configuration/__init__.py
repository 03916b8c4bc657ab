"""Configuration: what holds for all SIMs, and where their data goes (1nce_os_2.md, 3.3)."""

from nce_sim.portal.pages.configuration.page import build

__all__ = ["build"]
