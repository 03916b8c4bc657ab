"""The pages: address, name, what they need of the role and of the service.

`build` gets the request; the frame shows all of them, and why one is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nce_sim.portal.pages import (
    configuration,
    controller,
    dashboard,
    device,
    energy_saver,
    inspector,
    orders,
    organisation,
    sim,
    sims,
    users,
    world,
)

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
    Page("/os/inspector", "Device Inspector", inspector.build),
    Page("/os/controller", "Device Controller", controller.build),
    Page("/os/energy-saver", "Energy Saver", energy_saver.build),
    Page("/orders", "Orders", orders.build),
    Page("/users", "Users", users.build),
    Page("/organisation", "Organisation", organisation.build),
    Page("/world", "World", world.build),
    Page("/world/{number}", "Device", device.build),
)
