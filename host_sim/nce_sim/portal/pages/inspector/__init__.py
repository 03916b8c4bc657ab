"""Device Inspector: the messages of all devices as they come, and one device in detail."""

from nce_sim.portal.pages.inspector.device import build_device
from nce_sim.portal.pages.inspector.page import build

__all__ = ["build", "build_device"]
