"""Organisation: sub-accounts, and the transfer of SIMs (1nce_os_2.md, 3.6)."""

from nce_sim.portal.pages.organisation.page import build

__all__ = ["build"]
