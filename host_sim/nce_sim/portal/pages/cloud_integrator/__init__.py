"""Cloud Integrator: where the events of devices go, webhooks and AWS IoT Core."""

from nce_sim.portal.pages.cloud_integrator.page import build

__all__ = ["build"]
