"""Device Controller: send something to a device by UDP, CoAP or LwM2M, and watch its fate."""

from nce_sim.portal.pages.controller.page import build

__all__ = ["build"]
