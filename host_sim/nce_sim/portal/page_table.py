"""The pages: address, name, what they need of the role and of the service.

`build` gets the request; the frame shows all of them, and why one is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nce_sim.portal.pages import (
    account,
    admin_logs,
    cloud_integrator,
    configuration,
    controller,
    dashboard,
    device_integrator,
    energy_saver,
    inspector,
    locator,
    orders,
    organisation,
    os_overview,
    os_settings,
    performance,
    plugins,
    sim,
    sims,
    support,
    users,
)
from nce_sim.portal.pages.lab import page as device
from nce_sim.portal.pages.world import page as world

Build = Callable[..., Any]


class Page(NamedTuple):
    """One page; `permission` is of the portal's table (1nce_os_2.md, 3.5)."""

    path: str
    title: str
    build: Build


PAGES = (
    Page("/", "Dashboard", dashboard.build),
    Page("/sims", "My SIMs", sims.build),
    Page("/sims/{iccid}", "SIM", sim.build),
    Page("/configuration", "Configuration", configuration.build),
    Page("/os", "1NCE OS Overview", os_overview.build),
    Page("/os/device-integrator", "Device Integrator", device_integrator.build),
    Page("/os/cloud-integrator", "Cloud Integrator", cloud_integrator.build),
    Page("/os/inspector", "Device Inspector", inspector.build),
    Page("/os/inspector/{iccid}", "Device Inspector", inspector.build_device),
    Page("/os/controller", "Device Controller", controller.build),
    Page("/os/locator", "Device Locator", locator.build),
    Page("/os/energy-saver", "Energy Saver", energy_saver.build),
    Page("/os/plugins", "Plugins", plugins.build),
    Page("/os/logs", "Administrator Logs", admin_logs.build),
    Page("/os/settings", "1NCE OS Settings", os_settings.build),
    Page("/account", "Account", account.build),
    Page("/orders", "Orders", orders.build),
    Page("/users", "Users", users.build),
    Page("/organisation", "Organisation", organisation.build),
    Page("/performance", "Performance", performance.build),
    Page("/support", "Support", support.build),
    Page("/world", "World", world.build),
    Page("/world/{number}", "Device", device.build),
)
