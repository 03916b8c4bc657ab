"""Plugins: services of partners that get the events of devices, or serve devices by the proxy."""

from nce_sim.portal.pages.plugins.page import build

__all__ = ["build"]
