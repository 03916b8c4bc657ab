"""Device Integrator: the endpoints that devices send to, a device's key, and a test message."""

from nce_sim.portal.pages.device_integrator.page import build

__all__ = ["build"]
