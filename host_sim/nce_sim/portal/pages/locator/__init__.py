"""Device Locator: where devices are and were, geofences, cell tower events, the credits."""

from nce_sim.portal.pages.locator.page import build

__all__ = ["build"]
